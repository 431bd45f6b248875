"""Where a student's work lies: data only, so that a class is found at once and read by the workers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from grader.intake.names import stored
from grader.marks.lateness import UNKNOWN, HandInTime
from grader.model.printable import clean
from grader.model.student import Student

IN_A_LINE = {ord("\t"): "\u2409", ord("\n"): "\u240a"}


@dataclass(frozen=True, slots=True)
class Part:
    """A folder, a file or an archive: on disk, or inside the one zip of the whole class.

    inside: the name in that zip; a folder's ends in "/". name: what the student called a file that the learning
    system has renamed.
    """

    path: Path
    inside: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a student has handed in, not yet read: a class of these weighs little. Without parts: nothing.

    about: what the download or the roster says of the student. notes: of what was handed in, each half a sentence.
    late: whether the learning system says that it came after the deadline. time: what is known of when it came.
    mapped: topic and path of each file that a person has named for a topic.
    """

    student: str
    parts: tuple[Part, ...] = ()
    about: Student | None = None
    notes: tuple[str, ...] = ()
    late: bool = False
    mapped: tuple[tuple[str, str], ...] = ()
    time: HandInTime = UNKNOWN


def _fit_to_be_shown(one: HandedIn) -> HandedIn:
    """What people, files and archives call students comes in here, and nowhere else."""
    about = one.about and replace(
        one.about, **{each.name: _name(getattr(one.about, each.name)) for each in fields(one.about)}
    )
    return replace(one, student=_name(one.student), about=about)


def _name(name: str) -> str:
    """A name that can be shown. Two that look alike then stay two: each that was changed tells so by a digest."""
    name = stored(name)
    shown = clean(name).translate(IN_A_LINE)
    if shown == name:
        return name
    return f"{shown}~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"


def by_student(found: Iterable[HandedIn]) -> tuple[HandedIn, ...]:
    """One for each student, in the order of their names: several parts of one student's come together."""
    together: dict[str, HandedIn] = {}
    for one in map(_fit_to_be_shown, found):
        known = together.get(one.student)
        together[one.student] = (
            one
            if known is None
            else replace(
                known,
                parts=tuple(dict.fromkeys((*known.parts, *one.parts))),
                notes=tuple(dict.fromkeys((*known.notes, *one.notes))),
                late=known.late or one.late,
                time=known.time if known.parts or not one.parts else one.time,
            )
        )
    return tuple(together[student] for student in sorted(together))
