"""Who is in the class: the roster an instructor gives, and what else a download says of a student."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from grader.intake.files import Unreadable, regular_bytes
from grader.intake.names import folded, stored, without_zeros, words_of
from grader.intake.roster_text import roster_rows
from grader.model.errors import UsageError
from grader.model.printable import one_line
from grader.model.student import Student

MAX_BYTES = 32 << 20
MAX_WORDS = 8
MAX_TITLES = 10
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
SWALLOWED = re.compile(r"\n.*[,;\t]")
SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+\d+")
NUMBERS = ("id", "sis_id", "login", "student")


@dataclass(frozen=True)
class Roster:
    """The class, in the order of its file. notes: what an instructor should know of how it was read, in sentences."""

    students: tuple[Student, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)

    def find(self, known: Student) -> Student | None:
        """The one student who has an id, the address or the name that is known of somebody.

        Where nobody has, it is the one whose number is the same but for leading zeros, which spreadsheets lose.
        """
        return self._found(known, _keys(known)) or self._found(known, _number_keys(known))

    def has_lost_zeros(self, known: Student) -> bool:
        """Whether somebody is found only by a number with more or fewer leading zeros."""
        return self._found(known, _keys(known)) is None and self._found(known, _number_keys(known)) is not None

    def _found(self, known: Student, keys: Iterator[tuple[str, str]]) -> Student | None:
        for key in keys:
            found = self._by_key.get(key)
            if found is not None and not _differ(found, known):
                return replace(found, **{name: getattr(known, name) for name in FACTS if not getattr(found, name)})
        return None

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, str], Student | None]:
        """Where two students share a key it is nobody's: marks are not guessed."""
        found: dict[tuple[str, str], Student | None] = {}
        for student in self.students:
            facts = [value for name in FACTS if (value := getattr(student, name))]
            named = {("student", folded(value)) for value in facts}
            numbered = {("student without zeros", number) for value in facts if (number := without_zeros(value))}
            for key in {*named, *numbered, *_keys(student), *_number_keys(student)}:
                found[key] = student if found.get(key, student) is student else None
        return found


def _differ(one: Student, other: Student) -> bool:
    """Whether they are two people of the same name: an id that both have is another one."""
    both = [(getattr(one, name), getattr(other, name)) for name in ("id", "sis_id", "email", "login")]
    return any(ours and theirs and not _same(ours, theirs) for ours, theirs in both)


def _same(one: str, other: str) -> bool:
    return (without_zeros(one) or folded(one)) == (without_zeros(other) or folded(other))


def _keys(student: Student) -> Iterator[tuple[str, str]]:
    """What a student can be known by, surest first: one number may be Canvas's of one and the school's of another."""
    yield "exactly", student.student
    for name in ("id", "sis_id", "email", "login", "student"):
        if value := folded(getattr(student, name)):
            yield name, value
    for name in (student.name, student.student):
        parts = words_of(name)
        for first in range(min(len(parts), MAX_WORDS)):  # Ada Doe; Doe, Ada; and Canvas's doeada
            yield "name", "".join(parts[first:] + parts[:first])


def _number_keys(student: Student) -> Iterator[tuple[str, str]]:
    """The numbers that a student can be known by, without their leading zeros."""
    for name in NUMBERS:
        if number := without_zeros(getattr(student, name)):
            yield f"{name} without zeros", number


def read_roster(path: Path) -> Roster:
    """The students of a CSV file, by whatever its columns are called. Raises `UsageError`."""
    try:
        rows, notes = roster_rows(regular_bytes(path, MAX_BYTES))
    except Unreadable as error:
        raise UsageError(f"{path} {error}.") from None
    (_, header), body = (rows[0], rows[1:]) if rows else ((1, []), [])
    columns = columns_of(header)
    if not _names_students(columns):
        later = next((line for line, row in body[:MAX_TITLES] if _names_students(columns_of(row))), None)
        repair = f" Row {later} does: delete what is above it." if later else ""
        raise UsageError(f"{path} has no column called student. Its first row must name its columns.{repair}")
    for line, row in body:
        if any(SWALLOWED.search(row[place]) for place in columns.values() if place < len(row)):
            raise UsageError(f"{path} has a quotation mark in row {line} that is not closed there. Close it.")
    records = ((line, record_of(columns, row)) for line, row in body)
    somebody = [(line, record) for line, record in records if _is_somebody(record)]
    notes = [*notes, *_doubtful(somebody)]
    return Roster(_students(somebody, path), tuple(f"{path} {note}." for note in notes))


def _doubtful(records: Sequence[tuple[int, Mapping[str, str]]]) -> Iterator[str]:
    """What may be wrong with numbers, each the end of a sentence: two students with one, digits that are gone."""
    lines: dict[tuple[str, str], int] = {}
    for line, record in records:
        for name in ("id", "sis_id", "login", "email"):
            value = record.get(name, "")
            if SHORTENED.fullmatch(value):
                yield f"has {value} in row {line}, a number of which a spreadsheet has kept the first digits only"
            elif value and lines.setdefault((name, folded(value)), line) != line:
                yield f"has {value} in rows {lines[name, folded(value)]} and {line}: nobody is found by it"


def _names_students(columns: Mapping[str, int]) -> bool:
    return bool(columns.keys() & {*IDENTIFYING, "first", "last"})


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Column -> where it is. A plain "ID" is the school's, except beside a column that says it is."""
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        word = "".join(words_of(title))
        for column, words in HEADERS.items():
            if word in words:
                found.setdefault(column, place)
    if "plain" in found:
        found.setdefault("id" if "sis_id" in found else "sis_id", found["plain"])
    return found


def record_of(columns: Mapping[str, int], row: Sequence[str]) -> dict[str, str]:
    """What a row says of a student, by the names of `HEADERS`."""
    record = {column: one_line(stored(row[place])) for column, place in columns.items() if place < len(row)}
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
