"""Mistakes of a kind, made in exercises whose pages do not list them; and right answers that look like them."""

from __future__ import annotations

from functools import partial

import pytest

from grader.model.keys.seeds import PUBLIC_SEED
from tests.helpers.answers import complaints, named, result_of

ALL = list(named())
RIGHT = [each for each in ALL if not each[2].startswith("wrong_")]
WRONG = [each for each in ALL if each[2].startswith("wrong_")]
SEEDS = range(1, 51)

parametrize = partial(pytest.mark.parametrize, ids=lambda value: str(value).rpartition(".")[2])


@parametrize(("kind", "id", "name"), RIGHT)
def test_a_right_answer_gets_all_points(kind: str, id: str, name: str) -> None:
    """However it is written. The seed is the public one, whose keys are there; fifty are for `make soak`."""
    result = result_of(kind, id, name, PUBLIC_SEED)
    assert result.passed, complaints(result)


@parametrize(("kind", "id", "name"), WRONG)
def test_a_wrong_answer_does_not(kind: str, id: str, name: str) -> None:
    """However close it comes."""
    assert not result_of(kind, id, name, PUBLIC_SEED).passed


@pytest.mark.soak
@parametrize(("kind", "id", "name"), ALL)
def test_no_seed_decides(kind: str, id: str, name: str) -> None:
    """One seed in fifty would be one student in fifty."""
    for seed in SEEDS:
        result = result_of(kind, id, name, seed)
        assert result.passed != name.startswith("wrong_"), f"seed {seed}: {complaints(result)}"
