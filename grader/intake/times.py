"""--times FILE.csv: when who handed in, for systems whose downloads do not say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path

from grader.intake.files import Unreadable, regular_bytes
from grader.intake.handed_in import HandedIn
from grader.intake.moments import moment
from grader.intake.names import words_of
from grader.intake.roster import Roster, columns_of, record_of
from grader.intake.roster_text import roster_rows
from grader.marks.lateness import HandInTime
from grader.model.errors import UsageError
from grader.model.printable import one_line
from grader.model.student import Student

MAX_BYTES = 32 << 20
TIME = (
    "time", "submitted", "submittedat", "submissiontime", "timestamp", "handedin", "handedinat", "submissiondate",
    "lastmodifiedsubmission", "提交时间",
)  # fmt: skip
FORM = "2026-03-09 23:59:00 +01:00"
SOURCE = "--times"
IDENTIFYING = ("student", "login", "email", "sis_id", "id", "name")


@dataclass(frozen=True, slots=True)
class Times:
    """Student, as the class calls them -> when they handed in. strangers: names in the file that nobody has."""

    moments: Mapping[str, datetime]
    strangers: tuple[str, ...] = ()


def read_times(path: Path, class_: Sequence[HandedIn], zone: tzinfo | None = None) -> Times:
    """The times of a CSV file with a column for the student and one for the time.

    zone: of times that do not say theirs. Raises `UsageError` with the row that cannot be read.
    """
    try:
        rows, _ = roster_rows(regular_bytes(path, MAX_BYTES))
    except Unreadable as error:
        raise UsageError(f"{path} {error}.") from None
    (_, header), body = (rows[0], rows[1:]) if rows else ((1, []), [])
    place = next((n for n, title in enumerate(header) if "".join(words_of(title)) in TIME), None)
    columns = columns_of(header)
    if place is None or not columns:
        raise UsageError(f"{path} needs a column student and a column time. Its first row must name its columns.")
    known = Roster(tuple(replace(each.about or Student(each.student), student=each.student) for each in class_))
    moments: dict[str, datetime] = {}
    strangers = []
    for line, row in body:
        said = row[place].strip() if place < len(row) else ""
        record = record_of(columns, row)
        name = next((record[key] for key in IDENTIFYING if record.get(key)), "")
        if not said or not name:
            continue
        told = moment(said, zone)
        if told is None:
            raise UsageError(_unreadable(path, line, said, zone))
        facts = {key: value for key, value in record.items() if key in IDENTIFYING and key != "student"}
        found = known.find(Student(name, **facts))
        if found is None:
            strangers.append(name)
        elif found.student in moments:
            raise UsageError(f"{path}, row {line}, names {one_line(name)} a second time. Keep the row that counts.")
        else:
            moments[found.student] = told
    return Times(moments, tuple(strangers))


def _unreadable(path: Path, line: int, said: str, zone: tzinfo | None) -> str:
    lacks_zone = zone is None and moment(f"{said} UTC") is not None
    why = "does not say its time zone" if lacks_zone else "is no time that can be read"
    return f"{path}, row {line}: {one_line(said)!r} {why}. Write {FORM}."


def with_times(class_: Iterable[HandedIn], times: Times) -> list[HandedIn]:
    """The class with the times that the file tells; they take the place of what a download says."""
    return [
        replace(each, time=HandInTime(times.moments[each.student], None, SOURCE))
        if each.student in times.moments
        else each
        for each in class_
    ]
