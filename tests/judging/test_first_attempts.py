"""What people write first: naive formulas, the book's code, two mistakes at once. Each is told what is wrong, and no more.

tests/data/first_attempts.json holds the code, what is wrong with it in a sentence that was written before anything was
graded, and the mistakes that are to be named. Thirty are in docs/first_attempts.md with all that is said. Somebody who had
seen the stubs only wrote tests/data/more_first_attempts.json: kind a is the naive formula or the book's code, b two mistakes
at once, c a mistake that an author may not have thought of. No page was written with these in sight. A third person
wrote tests/data/first_attempts_of_all_topics.json, of the same kinds; a fourth read what each is told. When it was read
first, 30 of 33, 26 of 33 and 17 of 33 were told what is wrong; then pages got names for eight of kind c.
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

DATA = ROOT / "tests" / "data"
ATTEMPTS: list[Mapping[str, Any]] = json.loads((DATA / "first_attempts.json").read_text("utf-8"))
BY_SOMEBODY_ELSE: list[Mapping[str, Any]] = json.loads((DATA / "more_first_attempts.json").read_text("utf-8"))
OF_ALL_TOPICS: list[Mapping[str, Any]] = json.loads((DATA / "first_attempts_of_all_topics.json").read_text("utf-8"))
LEAST_TOLD = 0.9
LEAST_TOLD_OF_OTHERS = {"a": 0.9, "b": 0.6, "c": 0.4}
"""What is reached by names alone: 35 of 35, 23 of 35, 15 of 30."""
LEAST_TOLD_OF_ALL_TOPICS = {"a": 0.9, "b": 0.75, "c": 0.6}
"""What is reached by names alone: 30, 26 and 28 of 33."""


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


@pytest.mark.soak
@pytest.mark.parametrize(
    "attempt", BY_SOMEBODY_ELSE + OF_ALL_TOPICS, ids=lambda attempt: f"{attempt['id']}-{attempt['kind']}"
)
def test_an_attempt_by_somebody_else_gets_no_other_name(attempt: Mapping[str, Any]) -> None:
    """It does not pass; what it is called was read and found true, and is called so again."""
    result = result_of(attempt)
    assert not result.passed
    assert set(result.mistakes) == set(attempt["mistakes"]), attempt["truth"]


@pytest.mark.parametrize(
    ("attempts", "least"),
    [(BY_SOMEBODY_ELSE, LEAST_TOLD_OF_OTHERS), (OF_ALL_TOPICS, LEAST_TOLD_OF_ALL_TOPICS)],
    ids=["by somebody else", "of all topics"],
)
@pytest.mark.parametrize("kind", ["a", "b", "c"])
def test_most_attempts_by_others_are_told(
    attempts: list[Mapping[str, Any]], least: Mapping[str, float], kind: str
) -> None:
    """All that is naive, and most of the rest."""
    mine = [attempt for attempt in attempts if attempt["kind"] == kind]
    told = [attempt for attempt in mine if attempt["mistakes"]]
    assert len(told) >= least[kind] * len(mine)
