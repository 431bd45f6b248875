"""Events as JSON: what was written is what is read, to the bit."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from grader.marks.codec import KINDS, from_record, to_record
from grader.marks.events import (
    Adjusted,
    Body,
    Commented,
    Earned,
    Excused,
    Extended,
    PolicySet,
    Received,
    Removed,
    RunBegun,
    Undone,
    Withdrawn,
    WorkGraded,
)
from grader.marks.lateness import HandInTime
from grader.marks.policy import LatePolicy, Policy, WeightedExercise

MOMENT = datetime(2026, 3, 1, 23, 59, 59, 999_999, timezone(timedelta(hours=8)))
LATE = LatePolicy(timedelta(hours=1), Fraction(1, 3), Fraction(2, 3), 5)
RULES = Policy(
    "hw1", "Homework 动手学", (WeightedExercise("t.a", Fraction(1, 7), True),), MOMENT, MOMENT, timedelta(minutes=1),
    LATE, "best", 3, 1,
)  # fmt: skip
BODIES: tuple[Body, ...] = (
    RunBegun(3, ("t.a", "t.b"), "k", {"torch": "2.13"}, "submissions"),
    PolicySet(RULES),
    PolicySet(Policy("hw1", "", ())),
    Received("d", HandInTime(MOMENT, None, "gradescope"), {"t": "f"}),
    Received("d", HandInTime(late=True, source="canvas")),
    Received("d"),
    WorkGraded("graded", {"t.a": Earned(0.1 + 0.2, 2.0, "r"), "t.b": Earned(None, 2.0)}, True, 7),
    WorkGraded("absent"),
    Withdrawn(),
    Withdrawn(back=True),
    Extended(MOMENT, "hw1.toml"),
    Extended(None),
    Adjusted("t.a", "-0.5", True, "0.3333"),
    Adjusted(None, "12"),
    Commented(None, "zwei\nZeilen"),
    Excused("t.a"),
    Undone(12),
    Removed(),
)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_it_comes_back_as_it_was(body: Body) -> None:
    """Through JSON's text, as a database keeps it; a time is the same moment, in UTC."""
    kind, record = to_record(body)
    assert from_record(kind, json.loads(json.dumps(record))) == body
    assert to_record(from_record(kind, record)) == (kind, record)


def test_every_kind_is_tried() -> None:
    assert {type(body) for body in BODIES} == set(KINDS.values())


def test_any_float_comes_back() -> None:
    """Points are floats of results: none loses a bit on its way."""
    rng = random.Random(23)
    for _ in range(1000):
        body = WorkGraded("graded", {"t.a": Earned(rng.random() * 10 ** rng.randint(-9, 3), 3.0)})
        kind, record = to_record(body)
        assert from_record(kind, json.loads(json.dumps(record))) == body


def test_times_are_kept_in_utc() -> None:
    _, record = to_record(Extended(MOMENT))
    assert record["until"] == "2026-03-01T15:59:59.999999+00:00"
    assert datetime.fromisoformat(record["until"]).tzinfo == UTC


@pytest.mark.parametrize(
    ("kind", "record"),
    [("nosuch", {}), ("undo", {"nosuch": 1}), ("graded", {"status": "lost"}), ("extension", {"until": "tomorrow"})],
)
def test_what_is_no_event_is_refused(kind: str, record: dict[str, object]) -> None:
    """As damage is: with an error that the gradebook turns into one line."""
    with pytest.raises((ValueError, LookupError, TypeError)):
        from_record(kind, record)
