"""Lateness: how long after the deadline, what it costs, and how many of the term's free days it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from grader.marks.policy import Policy

DAY = timedelta(days=1)
NONE = timedelta()


@dataclass(frozen=True, slots=True)
class HandInTime:
    """What is known of when something was handed in.

    moment: the time, with a time zone. late: where no time is known, what the learning system says. source: who says
    so ("gradescope", "nbgrader", "--times", "canvas"); empty where nobody does.
    """

    moment: datetime | None = None
    late: bool | None = None
    source: str = ""


UNKNOWN = HandInTime()


def lateness(time: HandInTime, due: datetime | None, grace: timedelta) -> timedelta | None:
    """How late it was, with nothing for what the grace period forgives; None where nobody knows."""
    if due is None:
        return NONE
    if time.moment is None:
        return NONE if time.late is False else None
    late = time.moment.astimezone(UTC) - due.astimezone(UTC)  # times of one zone are subtracted by the wall's clock
    return late if late > max(grace, NONE) else NONE


def days_begun(late: timedelta) -> int:
    """The days that have begun in it: what it takes of the free days."""
    return -(-late // DAY)


def loss(policy: Policy, late: timedelta, free_days: int = 0) -> Fraction:
    """The share of what was earned that lateness costs, after so many free days."""
    if policy.late is None:
        return Fraction(0)
    paid = late - free_days * DAY
    if paid <= NONE:
        return Fraction(0)
    units = -(-paid // policy.late.unit)  # a unit that has begun counts whole
    return min(policy.late.cap, units * policy.late.loss)
