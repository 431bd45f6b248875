"""A student's mark for an assignment with all that it was made of, as reports and exports show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Open = Literal["ungraded", "unread", "withdrawn", "time_unknown", "late_by_unknown", "days_unknown", "nothing"]
"""Why a mark is not final: a fault of ours, or something that nobody has read, in an exercise that counts; it is gone;
nobody knows when it was handed in, by how much it was late, or how many free days earlier assignments took; nothing
was handed in."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Points that a person gave. before: the mark under it when they were given; now: the one under it today.

    number: of the log's entry, by which it can be undone. relative: the points were added.
    """

    number: int
    time: datetime
    actor: str
    points: Decimal
    relative: bool
    reason: str
    before: Decimal | None
    now: Decimal | None

    @property
    def is_outdated(self) -> bool:
        """Whether the mark under it has changed since."""
        return self.before != self.now


@dataclass(frozen=True, slots=True)
class Comment:
    """What a person says to the student, or (`excuse`) why it does not count."""

    number: int
    time: datetime
    actor: str
    text: str
    excuse: bool = False


@dataclass(frozen=True, slots=True)
class ExerciseMark:
    """What one exercise adds to a mark: `points` of `most`, None while they are not known.

    automatic: what the checks give, in points of the assignment, before lateness. loss: the share that lateness costs.
    attempt: the number of the attempt that counts. dropped, excused: it counts neither for nor against.
    """

    id: str
    points: Decimal | None
    most: Decimal
    automatic: Decimal | None
    loss: Fraction = Fraction(0)
    attempt: int | None = None
    extra: bool = False
    dropped: bool = False
    excused: bool = False
    adjustments: tuple[Adjustment, ...] = ()
    comments: tuple[Comment, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether its points are part of the total."""
        return not (self.dropped or self.excused)


@dataclass(frozen=True, slots=True)
class HandedInOn:
    """What is known of when the attempt that counts was handed in, and what follows from it.

    moment, source: the time and who says it. due: the student's own deadline. late: beyond it, None where not known.
    free_days: of the term's, taken here; days_left: after this assignment. extended: whether the deadline is the
    student's alone.
    """

    moment: datetime | None
    source: str
    due: datetime | None
    late: timedelta | None
    free_days: int = 0
    days_left: int | None = None
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A student's mark: `points` of `most`, None while it is not final, because of `open`, or excused.

    automatic: the total without what people gave for the whole. attempts: how many there were; ignored: those beyond
    the limit. digests: topic -> digest of the source that counts.
    """

    assignment: str
    points: Decimal | None
    most: Decimal
    exercises: tuple[ExerciseMark, ...]
    open: tuple[Open, ...] = ()
    excused: bool = False
    handed_in: HandedInOn | None = None
    attempts: int = 0
    ignored: int = 0
    adjustments: tuple[Adjustment, ...] = ()
    comments: tuple[Comment, ...] = ()
    automatic: Decimal | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    def exercise(self, id: str) -> ExerciseMark | None:
        """What the exercise adds, if it is part of the assignment."""
        return next((each for each in self.exercises if each.id == id), None)
