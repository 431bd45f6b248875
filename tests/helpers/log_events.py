"""Logs that are written by hand: each event a second after the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from grader.marks.events import Body, Earned, Event, Received, WorkGraded
from grader.marks.lateness import HandInTime
from grader.marks.policy import LatePolicy, Policy, WeightedExercise

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
DUE = datetime(2026, 3, 9, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TENTH_A_DAY = LatePolicy(DAY, Fraction(1, 10), Fraction(1, 2))


def log(*bodies: Body, student: str | None = "ada", reason: str = "why") -> list[Event]:
    """The events, numbered from one."""
    return [
        Event(number, START + number * timedelta(seconds=1), "prof", student, body, reason)
        for number, body in enumerate(bodies, 1)
    ]


def policy(*weights: float, **changes: object) -> Policy:
    """An assignment of the exercises t.a, t.b, …, each with its weight."""
    exercises = tuple(
        WeightedExercise(f"t.{letter}", Fraction(weight)) for letter, weight in zip("abcdefgh", weights, strict=False)
    )
    given: dict[str, object] = {"due": DUE, **changes}
    return Policy("hw1", "Homework 1", exercises, **given)  # type: ignore[arg-type]


def handed_in(late: timedelta | None, *shares: float | None, digest: str = "1") -> Sequence[Body]:
    """Work that came so late (None: nobody knows), and what the checks gave of 2 points for t.a, t.b, …"""
    time = HandInTime() if late is None else HandInTime(DUE + late, None, "--times")
    earned = {
        f"t.{letter}": Earned(None if share is None else 2 * share, 2.0)
        for letter, share in zip("abcdefgh", shares, strict=False)
    }
    return Received(digest, time), WorkGraded("graded", earned)
