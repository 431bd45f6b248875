"""The files that people have named for topics (`--map`), kept so that the next run knows of them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from grader.gradebook.tables import NamedFile

Named = tuple[tuple[str, str], ...]
"""Topic and path of each file that was named."""


def name_files(connection: Connection, rows: Iterable[tuple[str, str, str]]) -> None:
    """Keeps student, topic and path, in place of what was kept; an empty path is forgotten."""
    for student, topic, file in rows:
        connection.execute(delete(NamedFile).where(NamedFile.student == student, NamedFile.topic == topic))
        if file:
            connection.execute(insert(NamedFile), {"student": student, "topic": topic, "file": file})


def named_files(connection: Connection) -> dict[str, Named]:
    """Student -> topic and path of each file that was named."""
    found: dict[str, Named] = {}
    for row in connection.execute(select(*NamedFile.__table__.columns).order_by(NamedFile.topic)):
        found[row.student] = (*found.get(row.student, ()), (row.topic, row.file))
    return found
