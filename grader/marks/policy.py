"""What an assignment counts: its exercises with weights, its dates, what lateness costs, which attempt counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal

Counting = Literal["last", "best"]
COUNTING: tuple[Counting, ...] = ("last", "best")


@dataclass(frozen=True, slots=True)
class WeightedExercise:
    """An exercise of an assignment. weight: the points that it counts; extra: they are on top of the maximum."""

    id: str
    weight: Fraction
    extra: bool = False


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """What lateness costs: a share of what was earned for each unit of time that has begun, `cap` at most.

    free_days: the days of the whole term for which a student pays nothing.
    """

    unit: timedelta
    loss: Fraction
    cap: Fraction = Fraction(1)
    free_days: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one assignment. Times have a time zone.

    grace: lateness up to this costs nothing; beyond it all of the lateness counts. limit: how many attempts count, the
    first ones. drop_lowest: how many of the exercises count neither for nor against, those with the lowest share.
    earlier: the assignments with an earlier deadline, which take free days of the term before this one.
    """

    assignment: str
    title: str
    exercises: tuple[WeightedExercise, ...]
    release: datetime | None = None
    due: datetime | None = None
    grace: timedelta = timedelta()
    late: LatePolicy | None = None
    counting: Counting = "last"
    limit: int | None = None
    drop_lowest: int = 0
    earlier: tuple[str, ...] = ()

    @property
    def needs_times(self) -> bool:
        """Whether a mark depends on the time at which something was handed in."""
        return self.due is not None and self.late is not None
