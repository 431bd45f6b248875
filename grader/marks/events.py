"""What a log tells: one event after the other, never changed, in the order in which they were written.

Whoever folds all events up to some moment gets the marks of that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from grader.marks.lateness import UNKNOWN, HandInTime
from grader.marks.policy import Policy
from grader.model.vocabulary import Status


@dataclass(frozen=True, slots=True)
class Earned:
    """What the checks gave for one exercise: `points` of `most`, None where a fault of ours or of reading gave none.

    result: the digest under which the log keeps all the checks of it.
    """

    points: float | None
    most: float
    result: str = ""


@dataclass(frozen=True, slots=True)
class RunBegun:
    """A run over the class. exercises: what it grades, in book order; versions: of what the results rest on; source:
    where the submissions lay; key_digest: of the answer key with all else that results rest on."""

    run: int
    exercises: tuple[str, ...]
    key_digest: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """From now on the assignment has this policy."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class Received:
    """A student's work was seen, or something new was learnt of when it was handed in.

    digest: of what is read of it: another one is another attempt. files: topic -> digest of the source that was read.
    """

    digest: str
    time: HandInTime = UNKNOWN
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkGraded:
    """The student's last attempt was graded; partial: these exercises of it alone were asked anew."""

    status: Status
    exercises: Mapping[str, Earned] = field(default_factory=dict)
    partial: bool = False
    run: int = 0


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was handed in is gone, or (`back`) is there again."""

    back: bool = False


@dataclass(frozen=True, slots=True)
class Extended:
    """The student has until then; None: no longer.

    origin: "command", or the name of the assignment's file, which takes back its own extensions alone.
    """

    until: datetime | None
    origin: str = "command"


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A person gives points. exercise: None for the assignment as a whole. points: a decimal number as it was said.

    relative: they are added. automatic: the mark under it at that time, as a decimal number; None where there was none.
    """

    exercise: str | None
    points: str
    relative: bool = False
    automatic: str | None = None


@dataclass(frozen=True, slots=True)
class Commented:
    """A person says something to the student."""

    exercise: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Excused:
    """The exercise, or the whole assignment, does not count for the student."""

    exercise: str | None


@dataclass(frozen=True, slots=True)
class Undone:
    """The adjustment, comment, excuse or extension of that number is taken back."""

    number: int


@dataclass(frozen=True, slots=True)
class Removed:
    """All that was known of some person has been deleted; not of whom."""


Body = (
    RunBegun
    | PolicySet
    | Received
    | WorkGraded
    | Withdrawn
    | Extended
    | Adjusted
    | Commented
    | Excused
    | Undone
    | Removed
)
BY_PEOPLE = (Extended, Adjusted, Commented, Excused)
"""What a person says of a student, and may take back."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a log: its number, counted from 1, when (UTC) and by whom it was written, about whom, and why."""

    number: int
    time: datetime
    actor: str
    student: str | None
    body: Body
    reason: str = ""
