"""Where a student's work lies: data only, so that a class is found at once and read by the workers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from grader.intake.roster import Student


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
    """

    student: str
    parts: tuple[Part, ...] = ()
    about: Student | None = None
    notes: tuple[str, ...] = ()


def by_student(found: Iterable[HandedIn]) -> tuple[HandedIn, ...]:
    """One for each student, in the order of their names: several parts of one student's come together."""
    together: dict[str, HandedIn] = {}
    for one in found:
        known = together.get(one.student)
        together[one.student] = (
            one
            if known is None
            else replace(
                known,
                parts=tuple(dict.fromkeys((*known.parts, *one.parts))),
                notes=tuple(dict.fromkeys((*known.notes, *one.notes))),
            )
        )
    return tuple(together[student] for student in sorted(together))
