"""Answers by someone who knows the stubs and not the pages: right ones get all points, wrong ones do not."""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache, partial
from types import ModuleType

import pytest

from grader.grading.exercise import judged
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.model.keys.key import ExerciseKey
from grader.model.keys.seeds import PUBLIC_SEED
from grader.model.result import ExerciseResult, Verdict
from grader.report.explanation import full_explanation, note_of
from tests.helpers.course import ROOT, course, page
from tests.helpers.keys import exercise_key

FOLDER = ROOT / "tests" / "data" / "answers"
SEEDS = range(1, 51)


@cache
def answers(topic: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"answers_{topic}", FOLDER / f"{topic}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def named() -> Iterator[tuple[str, str]]:
    """Exercise and function; of `sgd___in_place` the exercise is sgd_."""
    for topic in course().topics:
        if (FOLDER / f"{topic.name}.py").is_file():
            for function in vars(answers(topic.name)):
                match = re.fullmatch(r"(?:wrong_)?([a-z]\w*?_?)__(?!_)\w+", function)
                if match:
                    assert match[1] in topic.functions, f"there is no exercise {match[1]}"
                    yield f"{topic.name}.{match[1]}", function


@lru_cache(maxsize=128)
def key(id: str, seed: int) -> ExerciseKey:
    """With the public seed the one that is there; others without misconceptions, which are most of the work."""
    if seed == PUBLIC_SEED:
        return exercise_key(id)
    return make_exercise_key(replace(page(id), misconceptions=()), seed)


def answer(id: str, name: str) -> Callable[..., object]:
    return vars(answers(id.partition(".")[0]))[name]


def result_of(id: str, name: str, seed: int) -> ExerciseResult:
    """As a submission would be judged: from what it answers, and from a look at its source."""
    function, (topic, exercise) = answer(id, name), id.split(".")
    source = inspect.getsource(answers(topic)).replace(f"def {name}(", f"def {exercise}(")
    asked = key(id, seed)
    return judged(asked, source, list(map(asker(page(id), function), asked.questions)))


def complaints(result: ExerciseResult) -> str:
    failed = [f"{c.name}: {c.verdict}: {full_explanation(c)}" for c in result.checks if c.verdict is not Verdict.PASSED]
    return "\n".join([note_of(result), *failed])


ALL = list(named())
RIGHT = [each for each in ALL if not each[1].startswith("wrong_")]
WRONG = [each for each in ALL if each[1].startswith("wrong_")]


parametrize = partial(pytest.mark.parametrize, ids=lambda value: str(value).rpartition(".")[2])


@parametrize(("id", "name"), RIGHT)
def test_a_right_answer_gets_all_points(id: str, name: str) -> None:
    """However it is written. The seed is the public one, whose keys are there; fifty are for `make soak`."""
    result = result_of(id, name, PUBLIC_SEED)
    assert result.passed, complaints(result)


@parametrize(("id", "name"), WRONG)
def test_a_wrong_answer_does_not(id: str, name: str) -> None:
    """However close it comes."""
    assert not result_of(id, name, PUBLIC_SEED).passed


@pytest.mark.soak
@parametrize(("id", "name"), ALL)
def test_no_seed_decides(id: str, name: str) -> None:
    """One seed in fifty would be one student in fifty."""
    for seed in SEEDS:
        result = result_of(id, name, seed)
        assert result.passed != name.startswith("wrong_"), f"seed {seed}: {complaints(result)}"
