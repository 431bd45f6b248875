"""A download of Canvas's: flat files that carry who handed them in, and Canvas's numbers, in their names.

doeada_12345_67890_softmax.py           who, the student's id, the file's id, what the student called it
doeada_LATE_12345_67890_softmax-1.py    after the deadline; uploaded once more, so Canvas has counted
anon_Xk3Pq_67890_softmax.py             marked anonymously
doeada_12345_text.html                  written into Canvas, or a link (link.html), instead of a file
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from grader.intake.download import Download
from grader.intake.handed_in import HandedIn
from grader.intake.names import stored
from grader.marks.lateness import HandInTime
from grader.model.student import Student

NAMED = re.compile(r"(?P<who>.+?)_(?P<late>LATE_)?(?P<id>\d+)_(?:\d+_(?P<file>.+)|(?:text|link)\.html)", re.DOTALL)
ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<who>anon)_(?P<id>\w+?)_(?:\d+_(?P<file>.+)|(?:text|link)\.html)", re.DOTALL
)
UPLOADED_AGAIN = re.compile(r"(?P<stem>.+)-(?P<count>\d{1,4})(?P<ending>\.(?:py|ipynb))")
LATE = "handed in late, says Canvas"
NO_FILE = "text or a link was handed in, which is not read"


def recognised(here: Download) -> bool:
    return sum(_matched(name) is not None for name in here.files) > len(here.folders)


def students(here: Download) -> Iterator[HandedIn]:
    """One for each student, of each file its last upload."""
    uploads: dict[str, list[tuple[str, re.Match[str]]]] = {}
    for name in here.files:
        if found := _matched(name):
            uploads.setdefault(stored(f"{found['who']}_{found['id']}"), []).append((name, found))
    for student, found_here in uploads.items():
        called = {name: found["file"] for name, found in found_here if found["file"]}
        last = _last_uploads(called.values())
        first = found_here[0][1]
        late = any(found["late"] for _, found in found_here)
        lateness = [LATE] if late else []
        text = [NO_FILE] if not called else []
        older = [f"{name} was uploaded again" for name in called.values() if name not in last]
        yield HandedIn(
            student,
            tuple(here.file(name, last[file]) for name, file in called.items() if file in last),
            Student(student, "" if first["who"] == "anon" else first["who"], id=first["id"]),
            (*lateness, *text, *older),
            late,
            time=HandInTime(late=late, source="canvas"),
        )


def _matched(name: str) -> re.Match[str] | None:
    return ANONYMOUS.fullmatch(name) or NAMED.fullmatch(name)


def _last_uploads(names: Iterable[str]) -> dict[str, str]:
    """The name of each file's last upload -> the name without Canvas's count."""
    last: dict[str, tuple[int, str]] = {}
    for name in names:
        found = UPLOADED_AGAIN.fullmatch(name)
        plain, count = (f"{found['stem']}{found['ending']}", int(found["count"])) if found else (name, 0)
        last[plain] = max(last.get(plain, (-1, "")), (count, name))
    return {name: plain for plain, (_, name) in last.items()}
