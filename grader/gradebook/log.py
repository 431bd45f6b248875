"""The log of a gradebook: events are appended, read, and never changed.

Whoever appends holds the one row of `log_head` until the transaction ends, so that events have one order, whoever
writes them: a grader and several people at once.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, func, insert, inspect, select, update

from grader.gradebook.database import as_written
from grader.gradebook.tables import LogEntry, LogHead, StoredResult
from grader.marks.codec import NAMES, from_record, to_record
from grader.marks.events import BY_PEOPLE, Body, Event, PolicySet, Received

HEAD = 1
ROWS = 500
MATTERS = tuple(NAMES[kind] for kind in (PolicySet, *BY_PEOPLE))
"""The kinds of events without which a mark is the sum of the points."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event before it has its number. actor: who writes it; the user of this process where it is empty."""

    student: str | None
    body: Body
    reason: str = ""
    actor: str = ""


def user() -> str:
    """Who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for the user
        return str(os.getuid())


def append(connection: Connection, entries: Iterable[NewEvent], time: datetime | None = None) -> list[int]:
    """Writes events in the caller's transaction; their numbers. time: UTC; now, unless the past is written down."""
    given = list(entries)
    if not given:
        return []
    head = connection.execute(select(LogHead.number, LogHead.time).with_for_update()).one()
    moment = time or max(datetime.now(UTC).replace(tzinfo=None), head.time)
    rows = [_row(head.number + place, moment, each) for place, each in enumerate(given, 1)]
    connection.execute(insert(LogEntry), rows)
    last = {"number": head.number + len(rows), "time": max(moment, head.time)}
    connection.execute(update(LogHead).values(last))
    return [row["number"] for row in rows]


def _row(number: int, time: datetime, entry: NewEvent) -> dict[str, Any]:
    kind, body = to_record(entry.body)
    written = {"actor": entry.actor or user(), "student": entry.student, "kind": kind, "reason": entry.reason}
    return {"number": number, "time": time, **written, "body": body}


def begin_log(connection: Connection) -> None:
    """Makes the row that whoever appends holds."""
    connection.execute(insert(LogHead), {"id": HEAD, "number": 0, "time": datetime(1970, 1, 1)})


def store_results(connection: Connection, records: Mapping[str, dict[str, Any]]) -> None:
    """Keeps those results that are not there yet: digest -> record."""
    there = set(connection.scalars(select(StoredResult.digest).where(StoredResult.digest.in_(records))))
    rows = [{"digest": digest, "result": record} for digest, record in records.items() if digest not in there]
    if rows:
        connection.execute(insert(StoredResult), rows)


def last_received(connection: Connection, student: str) -> Received | None:
    """What is known of when the student's last work was handed in."""
    mine = LogEntry.student == student, LogEntry.kind == NAMES[Received]
    body = connection.scalar(select(LogEntry.body).where(*mine).order_by(LogEntry.number.desc()).limit(1))
    return None if body is None else _received(body)


def _received(body: Mapping[str, Any]) -> Received:
    received = from_record(NAMES[Received], body)
    assert isinstance(received, Received)
    return received


@dataclass(frozen=True)
class Log:
    """A gradebook's log, read or appended to in short transactions; nobody's lock but the log's own is needed."""

    engine: Engine

    @property
    def exists(self) -> bool:
        """Whether there is one: not in a gradebook of an older version that nobody has written into since."""
        with self.engine.begin() as connection:
            return inspect(connection).has_table(LogEntry.__tablename__)

    def append(self, *entries: NewEvent) -> list[int]:
        """Writes events, all of them or none; their numbers."""
        with self.engine.begin() as connection:
            return append(connection, entries)

    def matters(self, until: datetime | None = None) -> bool:
        """Whether a mark may be other than the sum of the points: there is a policy, or somebody has said something."""
        return self.exists and bool(self._read(LogEntry.kind.in_(MATTERS), until=until, limit=1))

    def of_class(self, until: datetime | None = None) -> list[Event]:
        """The events about everybody."""
        return self._read(LogEntry.student.is_(None), until=until)

    def of_students(self, students: Collection[str], until: datetime | None = None) -> dict[str, list[Event]]:
        """Student -> the events about them, in their order."""
        found: dict[str, list[Event]] = {student: [] for student in students}
        for event in self._read(LogEntry.student.in_(students), until=until):
            found[event.student or ""].append(event)
        return found

    def all(self, student: str | None = None) -> list[Event]:
        """Every event, or those about a student."""
        return self._read(*([LogEntry.student == student] if student else []))

    def all_of(self, kind: type) -> list[Event]:
        """Every event of a kind."""
        return self._read(LogEntry.kind == NAMES[kind])

    def number(self, number: int) -> Event | None:
        """The event of that number."""
        return next(iter(self._read(LogEntry.number == number)), None)

    def students(self, until: datetime | None = None) -> list[str]:
        """Everyone of whom the log tells, sorted."""
        with as_written(self.engine), self.engine.begin() as connection:
            named = select(LogEntry.student).where(LogEntry.student.is_not(None), *_until(until)).distinct()
            return sorted(name for name in connection.scalars(named) if name is not None)

    def received(self, students: Collection[str] | None = None) -> dict[str, Received]:
        """Student -> what is known of when the last work was handed in; of everyone, or of these."""
        where = [LogEntry.kind == NAMES[Received]]
        where += [LogEntry.student.in_(students)] if students is not None else []
        with as_written(self.engine), self.engine.begin() as connection:
            last = select(func.max(LogEntry.number)).where(*where).group_by(LogEntry.student)
            found = connection.execute(select(LogEntry.student, LogEntry.body).where(LogEntry.number.in_(last)))
            return {row.student: _received(row.body) for row in found}

    def result(self, digest: str) -> dict[str, Any] | None:
        """The record of a result that the log names."""
        with as_written(self.engine), self.engine.begin() as connection:
            return connection.scalar(select(StoredResult.result).where(StoredResult.digest == digest))

    def _read(
        self, *where: ColumnElement[bool], until: datetime | None = None, limit: int | None = None
    ) -> list[Event]:
        wanted = select(*LogEntry.__table__.columns).where(*where, *_until(until)).order_by(LogEntry.number)
        with as_written(self.engine), self.engine.begin() as connection:
            return [_event(row) for row in connection.execute(wanted.limit(limit) if limit else wanted)]


def _until(until: datetime | None) -> tuple[ColumnElement[bool], ...]:
    return () if until is None else (LogEntry.time <= until.astimezone(UTC).replace(tzinfo=None),)


def _event(row: Row[Any]) -> Event:
    body = from_record(row.kind, row.body)
    return Event(row.number, row.time.replace(tzinfo=UTC), row.actor, row.student, body, row.reason)


def forget(connection: Connection, student: str) -> None:
    """Deletes what the log tells of a student, and the results that nobody else has."""
    graded = LogEntry.kind == "graded"
    named = select(LogEntry.body).where(LogEntry.student == student, graded)
    digests = {each["result"] for body in connection.scalars(named) for each in _earned(body) if each.get("result")}
    connection.execute(delete(LogEntry).where(LogEntry.student == student))
    others: Iterator[dict[str, Any]] = iter(connection.scalars(select(LogEntry.body).where(graded)))
    for body in others:
        digests -= {each.get("result") for each in _earned(body)}
    for some in _chunks(sorted(digests)):
        connection.execute(delete(StoredResult).where(StoredResult.digest.in_(some)))


def _earned(body: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    return list(body.get("exercises", {}).values())


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    return (items[start : start + ROWS] for start in range(0, len(items), ROWS))
