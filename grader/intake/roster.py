"""Who is in the class: the roster an instructor gives, and what else a download says of a student."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from grader.intake.files import Unreadable, decoded, regular_bytes
from grader.model.errors import UsageError
from grader.model.printable import one_line
from grader.model.student import Student

MAX_BYTES = 32 << 20
MAX_WORDS = 8
DELIMITERS = ",;\t"
HEADERS = {
    "student": ("student", "handle"),
    "name": ("name", "fullname", "studentname", "sortablename", "displayname", "姓名"),
    "email": ("email", "emailaddress", "mail", "邮箱", "电子邮件"),
    "id": ("canvasid", "canvasuserid", "moodleid", "identifier", "participant"),
    "sis_id": ("sisid", "sisuserid", "sid", "idnumber", "studentid", "studentnumber", "学号"),
    "login": ("login", "loginid", "sisloginid", "username"),
    "section": ("section", "sections", "group", "班级"),
    "first": ("firstname", "givenname"),
    "last": ("lastname", "surname", "familyname"),
    "plain": ("id", "userid"),
}
FACTS = ("name", "email", "id", "sis_id", "login", "section")
IDENTIFYING = ("student", "login", "email", "sis_id", "id", "name")


@dataclass(frozen=True)
class Roster:
    """The class, in the order of its file."""

    students: tuple[Student, ...]

    def find(self, known: Student) -> Student | None:
        """The one student who has an id, the address or the name that is known of somebody."""
        for key in _keys(known):
            found = self._by_key.get(key)
            if found is not None and not _differ(found, known):
                return replace(found, **{name: getattr(known, name) for name in FACTS if not getattr(found, name)})
        return None

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, str], Student | None]:
        """Where two students share a key it is nobody's: marks are not guessed."""
        found: dict[tuple[str, str], Student | None] = {}
        for student in self.students:
            named = {("student", getattr(student, name).casefold()) for name in FACTS if getattr(student, name)}
            for key in {*named, *_keys(student)}:
                found[key] = student if found.get(key, student) is student else None
        return found


def _differ(one: Student, other: Student) -> bool:
    """Whether they are two people of the same name: an id that both have is another one."""
    both = [(getattr(one, name), getattr(other, name)) for name in ("id", "sis_id", "email", "login")]
    return any(ours and theirs and ours.casefold() != theirs.casefold() for ours, theirs in both)


def _keys(student: Student) -> Iterator[tuple[str, str]]:
    """What a student can be known by, surest first: one number may be Canvas's of one and the school's of another."""
    yield "exactly", student.student
    for name in ("id", "sis_id", "email", "login", "student"):
        if value := getattr(student, name).casefold():
            yield name, value
    for name in (student.name, student.student):
        words = re.findall(r"\w+", name.replace("_", " ").casefold())
        for first in range(min(len(words), MAX_WORDS)):  # Ada Doe; Doe, Ada; and Canvas's doeada
            yield "name", "".join(words[first:] + words[:first])


def read_roster(path: Path) -> Roster:
    """The students of a CSV file, by whatever its columns are called. Raises `UsageError`."""
    try:
        text = decoded(regular_bytes(path, MAX_BYTES))
    except Unreadable as error:
        raise UsageError(f"{path} {error}.") from None
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UsageError(f"{path} is not a CSV file: {error}.") from None
    columns = _columns(rows[0] if rows else [])
    if not columns.keys() & {*IDENTIFYING, "first", "last"}:
        raise UsageError(f"{path} has no column called student. Its first row must name its columns.")
    records = ((line, _record(columns, row)) for line, row in enumerate(rows[1:], 2))
    return Roster(_students([(line, record) for line, record in records if _is_somebody(record)], path))


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Column -> where it is. A plain "ID" is the school's, except beside a column that says it is."""
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        word = "".join(letter for letter in title.casefold() if letter.isalnum())
        for column, words in HEADERS.items():
            if word in words:
                found.setdefault(column, place)
    if "plain" in found:
        found.setdefault("id" if "sis_id" in found else "sis_id", found["plain"])
    return found


def _record(columns: Mapping[str, int], row: Sequence[str]) -> dict[str, str]:
    record = {column: one_line(row[place]) for column, place in columns.items() if place < len(row)}
    both = [record[part] for part in ("first", "last") if record.get(part)]
    record["name"] = record.get("name") or " ".join(both)
    record["id"] = re.sub(r"^\D+ (\d+)$", r"\1", record.get("id", ""))  # Moodle's "Participant 12345"
    return record


def _is_somebody(record: Mapping[str, str]) -> bool:
    """Canvas's own export has a row of points below its header."""
    return any(record.get(name) for name in IDENTIFYING) and record.get("student") != "Points Possible"


def _students(records: Sequence[tuple[int, Mapping[str, str]]], path: Path) -> tuple[Student, ...]:
    lines: dict[str, int] = {}
    students = []
    for line, record in records:
        student = next(record[name] for name in IDENTIFYING if record.get(name))
        if student in lines:
            raise UsageError(f"{path} names {student} twice, in rows {lines[student]} and {line}. Keep one.")
        lines[student] = line
        students.append(Student(student, **{name: record.get(name, "") for name in FACTS}))
    if not students:
        raise UsageError(f"{path} names no students.")
    return tuple(students)
