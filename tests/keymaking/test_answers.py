"""Answers by someone who knows the stubs and not the pages: right ones get all points, wrong ones do not."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from grader.model.keys.seeds import PUBLIC_SEED
from grader.model.result import ExerciseResult
from tests.helpers.answers import answers_in, complaints, module_of, result_of
from tests.helpers.course import ROOT, course

FOLDER = ROOT / "tests" / "data" / "answers"
SEEDS = range(1, 51)


def file_of(topic: str) -> Path:
    return FOLDER / f"{topic}.py"


def named() -> Iterator[tuple[str, str]]:
    """Exercise and function."""
    for topic in course().topics:
        if file_of(topic.name).is_file():
            for exercise, function in answers_in(file_of(topic.name)):
                assert exercise in topic.functions, f"there is no exercise {exercise}"
                yield f"{topic.name}.{exercise}", function


def result(id: str, name: str, seed: int) -> ExerciseResult:
    """Its source is that of the whole file, in which it has the exercise's name."""
    topic, exercise = id.split(".")
    module = module_of(file_of(topic))
    source = inspect.getsource(module).replace(f"def {name}(", f"def {exercise}(")
    return result_of(vars(module)[name], source, id, seed)


ALL = list(named())
RIGHT = [each for each in ALL if not each[1].startswith("wrong_")]
WRONG = [each for each in ALL if each[1].startswith("wrong_")]


parametrize = partial(pytest.mark.parametrize, ids=lambda value: str(value).rpartition(".")[2])


@parametrize(("id", "name"), RIGHT)
def test_a_right_answer_gets_all_points(id: str, name: str) -> None:
    """However it is written. The seed is the public one, whose keys are there; fifty are for `make soak`."""
    said = result(id, name, PUBLIC_SEED)
    assert said.passed, complaints(said)


@parametrize(("id", "name"), WRONG)
def test_a_wrong_answer_does_not(id: str, name: str) -> None:
    """However close it comes."""
    assert not result(id, name, PUBLIC_SEED).passed


@pytest.mark.soak
@parametrize(("id", "name"), ALL)
def test_no_seed_decides(id: str, name: str) -> None:
    """One seed in fifty would be one student in fifty."""
    for seed in SEEDS:
        said = result(id, name, seed)
        assert said.passed != name.startswith("wrong_"), f"seed {seed}: {complaints(said)}"
