"""The tables of a gradebook, schema 2. `docs/grading.md` explains them to people who ask in SQL.

`events` and `results` are the log, from which all marks can be made again; the others are its newest view.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Dialect, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

SCHEMA = 2
WITHOUT_LOG = 1
OUTDATED = ""


class Words(TypeDecorator[str]):
    """Text as people write it. A folder's name need not be Unicode: what a database cannot hold is spelt out."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return re.sub("[\\\\\0\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), value)


class Base(DeclarativeBase):
    """The tables."""

    type_annotation_map = {str: Words, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012 (SQLAlchemy's own name)


class About(Base):
    """The gradebook itself, in one row."""

    __tablename__ = "gradebook"

    schema: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Secret(Base):
    """Holds what is chosen once for a gradebook: the seed."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str]


class Run(Base):
    """One run over the class. Times are UTC; `exercises` are the ids, in book order."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    started: Mapped[datetime]
    finished: Mapped[datetime | None]
    seconds: Mapped[float | None]
    course: Mapped[str]
    title: Mapped[str]
    key_digest: Mapped[str]
    seed: Mapped[str]
    device: Mapped[str]
    dtype: Mapped[str | None]
    layers: Mapped[list[str]]
    limits: Mapped[dict[str, Any]]
    versions: Mapped[dict[str, Any]]
    exercises: Mapped[list[str]]


class Submitted(Base):
    """What became of one student's submission, last graded in `run_id`.

    digest: of what was handed in; NULL where the result is our fault, and the next run tries again.
    withdrawn: what was graded is no longer in the folder.
    """

    __tablename__ = "submissions"

    id: Mapped[int] = mapped_column(primary_key=True)
    student: Mapped[str] = mapped_column(unique=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    digest: Mapped[str | None]
    status: Mapped[str]
    reason: Mapped[str | None]
    points: Mapped[float]
    max_points: Mapped[float]
    seconds: Mapped[float]
    withdrawn: Mapped[bool] = mapped_column(default=False)


class Emptied(Base):
    """A submission in which there was no file of these topics, and nothing else to say of it."""

    __tablename__ = "empty_submissions"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)


class SaidOfStudent:
    """The columns of what a roster or a download says of a student."""

    name: Mapped[str]
    email: Mapped[str]
    id: Mapped[str]
    sis_id: Mapped[str]
    login: Mapped[str]
    section: Mapped[str]


class Person(SaidOfStudent, Base):
    """What a roster or a download says of a student: exports are made of it, whoever is graded when."""

    __tablename__ = "students"

    student: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)


class Enrolled(SaidOfStudent, Base):
    """A row of the roster that the last run with one was given, in the order of its file."""

    __tablename__ = "roster"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-2)
    student: Mapped[str] = mapped_column(sort_order=-1)


class NamedFile(Base):
    """The file that a person has named for a student's topic, by its path in what was handed in."""

    __tablename__ = "mapped_files"

    student: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str]


class Exercised(Base):
    """One student's exercise, graded in `run_id`.

    graded_by: a digest of its key and of whatever else the result rests on; empty where it is to be asked again.
    before: the points before the regrade that is going on, or whose table has not been written yet.
    result: everything, as JSON.
    """

    __tablename__ = "exercises"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    exercise: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    graded_by: Mapped[str]
    points: Mapped[float]
    max_points: Mapped[float]
    verdict: Mapped[str]
    misconception: Mapped[str | None]
    before: Mapped[float | None]
    result: Mapped[dict[str, Any]]


class Attempted(Base):
    """One student's attempt at an exercise, first seen in `run_id`; `number` counts from one.

    digest: of the source of the exercise's topic. The marks are those of the last time that it was asked.
    """

    __tablename__ = "attempts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 (it halves the file; SQLAlchemy's own name)

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    exercise: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    digest: Mapped[str] = mapped_column(String(64))
    points: Mapped[float]
    max_points: Mapped[float]
    passed: Mapped[bool]


class LogEntry(Base):
    """An event of the log: never changed, and deleted only where a person is removed. `time` is UTC.

    student: None where it is about the class. kind, body: as `marks.codec` writes them.
    """

    __tablename__ = "events"
    __table_args__ = (Index("events_of_a_student", "student", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime]
    actor: Mapped[str]
    student: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str]
    body: Mapped[dict[str, Any]]


class LogHead(Base):
    """The last number and time of the log, in one row: whoever appends holds it, so that events have one order."""

    __tablename__ = "log_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    time: Mapped[datetime]


class StoredResult(Base):
    """An exercise's result as the log names it, by its digest; what many students got alike stands here once."""

    __tablename__ = "results"

    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    result: Mapped[dict[str, Any]]
