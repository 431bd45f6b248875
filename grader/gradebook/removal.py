"""Removing a person from a gradebook: everything that is about them, the log's events too."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from grader.gradebook.log import NewEvent, append, forget
from grader.gradebook.tables import Attempted, Emptied, Enrolled, Exercised, NamedFile, Person, Submitted
from grader.marks.events import Removed


def remove(connection: Connection, student: str, reason: str) -> None:
    """Deletes all that is known of a student, in the caller's transaction; the log says that, and not whom."""
    id = connection.scalar(select(Submitted.id).where(Submitted.student == student))
    if id is not None:
        for table in (Exercised, Attempted, Emptied):
            connection.execute(delete(table).where(table.submission_id == id))
        connection.execute(delete(Submitted).where(Submitted.id == id))
    for named in (Person, Enrolled, NamedFile):
        connection.execute(delete(named).where(named.student == student))
    forget(connection, student)
    append(connection, [NewEvent(None, Removed(), reason)])
