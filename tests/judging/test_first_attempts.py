"""What people write first: naive formulas, the book's code, two mistakes at once. Each is told what is wrong, and no more.

tests/data/first_attempts.json holds the code, what is wrong with it in a sentence that was written before anything was
graded, and the mistakes that are to be named. The longest are in docs/first_attempts.md with all that is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from grader.grading.exercise import judged
from grader.model.result import ExerciseResult
from grader.runner.respond import respond
from tests.helpers.course import ROOT
from tests.helpers.keys import exercise_key

ATTEMPTS: list[Mapping[str, Any]] = json.loads((ROOT / "tests" / "data" / "first_attempts.json").read_text("utf-8"))
LEAST_TOLD = 0.9


def result_of(attempt: Mapping[str, Any]) -> ExerciseResult:
    key = exercise_key(attempt["function"])
    namespace: dict[str, Any] = {"__name__": key.topic, "__file__": f"{key.topic}.py"}
    exec(compile(attempt["source"], namespace["__file__"], "exec"), namespace)
    return judged(key, attempt["source"], tuple(respond(namespace, question) for question in key.questions))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: str(attempt["id"]))
def test_a_first_attempt_is_told_what_is_wrong(attempt: Mapping[str, Any]) -> None:
    """It does not pass, and exactly the mistakes that are in the code are named."""
    result = result_of(attempt)
    assert not result.passed
    assert set(result.mistakes) == set(attempt["mistakes"]), attempt["truth"]


def test_most_of_them_are_told() -> None:
    """By name; what is left is said by the exception's own words."""
    told = [attempt for attempt in ATTEMPTS if attempt["mistakes"]]
    assert len(told) >= LEAST_TOLD * len(ATTEMPTS)


def test_two_mistakes_stand_with_two_failures() -> None:
    """Each hint has a failed check of its own to stand under."""
    (attempt,) = (each for each in ATTEMPTS if each["id"] == "broadcasting.center.b")
    result = result_of(attempt)
    first, second = result.hints
    assert set(first.explained) - set(second.explained)
    assert set(second.explained) - set(first.explained)
