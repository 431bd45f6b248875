"""Mistakes of a kind, made in exercises whose pages do not list them; and right answers that look like them."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle

import pytest

from grader.judging.findings import passes
from grader.judging.scoring import share
from grader.keymaking.expected import asker
from grader.model.keys.seeds import PUBLIC_SEED
from grader.model.result import ExerciseResult
from tests.helpers.answers import answers_in, complaints, module_of, result_of
from tests.helpers.course import ROOT, course, page
from tests.helpers.keys import exercise_key

FOLDER = ROOT / "tests" / "data" / "unlisted"


def named() -> Iterator[tuple[str, str, str]]:
    """Kind of mistake, which is what a file is called; exercise; function."""
    exercises = {name: f"{topic.name}.{name}" for topic in course().topics for name in topic.functions}
    for file in sorted(FOLDER.glob("*.py")):
        for exercise, function in answers_in(file):
            yield file.stem, exercises[exercise], function


def result(kind: str, id: str, name: str, seed: int) -> ExerciseResult:
    """Its source is its own, under the exercise's name."""
    function = vars(module_of(FOLDER / f"{kind}.py"))[name]
    source = inspect.getsource(function).replace(f"def {name}(", f"def {page(id).name}(")
    return result_of(function, source, id, seed)


ALL = list(named())
RIGHT = [each for each in ALL if not each[2].startswith("wrong_")]
WRONG = [each for each in ALL if each[2].startswith("wrong_")]
SEEDS = range(1, 51)

parametrize = partial(pytest.mark.parametrize, ids=lambda value: str(value).rpartition(".")[2])


@parametrize(("kind", "id", "name"), RIGHT)
def test_a_right_answer_gets_all_points(kind: str, id: str, name: str) -> None:
    """However it is written. The seed is the public one, whose keys are there; fifty are for `make soak`."""
    said = result(kind, id, name, PUBLIC_SEED)
    assert said.passed, complaints(said)


@parametrize(("kind", "id", "name"), WRONG)
def test_a_wrong_answer_does_not(kind: str, id: str, name: str) -> None:
    """However close it comes."""
    assert not result(kind, id, name, PUBLIC_SEED).passed


def earned(id: str, verdict: Callable[[], bool]) -> float:
    key = exercise_key(id)
    answers = list(map(asker(page(id), lambda *_: verdict()), key.questions))
    return share(key.checks, passes(key, answers))


VERDICTS = ("norms.is_norm", "backprop.grad_check")


@pytest.mark.parametrize("id", VERDICTS)
@pytest.mark.parametrize("turns", [[True], [False], [True, False], [False, True]])
def test_a_verdict_without_a_look_earns_nothing(id: str, turns: list[bool]) -> None:
    """Always the same, or yes and no in turn."""
    assert earned(id, partial(next, cycle(turns))) == 0


@pytest.mark.parametrize("id", VERDICTS)
def test_guessed_verdicts_earn_hardly_anything(id: str) -> None:
    """At most a twentieth, on average."""
    coins = random.Random(1)
    assert sum(earned(id, lambda: coins.random() < 0.5) for _ in range(20)) / 20 <= 0.05


@pytest.mark.soak
@parametrize(("kind", "id", "name"), ALL)
def test_no_seed_decides(kind: str, id: str, name: str) -> None:
    """One seed in fifty would be one student in fifty."""
    for seed in SEEDS:
        said = result(kind, id, name, seed)
        assert said.passed != name.startswith("wrong_"), f"seed {seed}: {complaints(said)}"
