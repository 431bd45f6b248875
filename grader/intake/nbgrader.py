"""What nbgrader has collected: submitted/<student>/<assignment>/, with the time at which it was handed in beside it.

timestamp.txt     2026-03-09 10:00:00.000000 UTC, or with another zone's name; nbgrader writes it when it collects
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from grader.intake import folders
from grader.intake.download import Download
from grader.intake.files import Unreadable, regular_bytes
from grader.intake.handed_in import HandedIn, Part
from grader.intake.moments import moment
from grader.marks.lateness import UNKNOWN, HandInTime

TIMESTAMP = "timestamp.txt"
MAX_BYTES = 1 << 10


def students(here: Download, assignment: str | None = None) -> Iterator[HandedIn]:
    """One for each folder; with an assignment's name, what lies in its folder, where the student has one."""
    for one in folders.students(here):
        root = here.path / one.student
        own = root / assignment if assignment else root
        if here.inside is None and root.is_dir():
            parts = (Part(own),) if own.is_dir() else one.parts
            yield replace(one, parts=parts, time=_time(parts[0].path))
        else:
            yield one


def _time(folder: Path) -> HandInTime:
    """What the one timestamp says, here or one folder below; several may be of several assignments."""
    found = [path for path in (folder / TIMESTAMP, *sorted(folder.glob(f"*/{TIMESTAMP}"))) if path.is_file()]
    if len(found) != 1:
        return UNKNOWN
    try:
        told = moment(regular_bytes(found[0], MAX_BYTES).decode())
    except (Unreadable, UnicodeDecodeError):
        return UNKNOWN
    return HandInTime(told, None, "nbgrader") if told else UNKNOWN
