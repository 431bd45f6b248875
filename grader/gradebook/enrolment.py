"""The roster that the last run with one was given. It stands in a table that an older gradebook gets when it is next
written into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, inspect, select

from grader.gradebook.tables import Enrolled
from grader.model.student import Student


def enrol(connection: Connection, students: Iterable[Student]) -> None:
    """Keeps this roster, in place of the one before."""
    connection.execute(delete(Enrolled))
    rows = [{"number": number, **asdict(each)} for number, each in enumerate(students)]
    if rows:
        connection.execute(insert(Enrolled), rows)


def enrolled(connection: Connection) -> tuple[Student, ...]:
    """The students of the roster; none where no run had one."""
    if not inspect(connection).has_table(Enrolled.__tablename__):
        return ()
    columns = [column for column in Enrolled.__table__.columns if column.name != "number"]
    found = connection.execute(select(*columns).order_by(Enrolled.number)).mappings()
    return tuple(Student(**row) for row in found)
