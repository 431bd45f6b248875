"""Which submissions are empty: none of their files was of these topics, and there was nothing else to say of them.

They stand in a table of their own, which an older gradebook gets when it is next written.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, inspect, select

from grader.gradebook.tables import Emptied, Submitted
from grader.model.earlier_result import empty_told


def note_empty(connection: Connection, id: int, empty: bool, first: bool) -> None:
    """Writes whether this submission is empty. first: nothing is known of this student."""
    if not first:
        connection.execute(delete(Emptied).where(Emptied.submission_id == id))
    if empty:
        connection.execute(insert(Emptied), {"submission_id": id})


def empty_among(connection: Connection, ids: Collection[int]) -> set[int]:
    """Those of these submissions that are empty."""
    if not inspect(connection).has_table(Emptied.__tablename__):
        return {id for id in _told(connection) if id in ids}
    return set(connection.scalars(select(Emptied.submission_id).where(Emptied.submission_id.in_(ids))))


def adopt_earlier(connection: Connection) -> None:
    """Makes the table of a gradebook that is older than it."""
    if inspect(connection).has_table(Emptied.__tablename__):
        return
    told = [{"submission_id": id} for id in _told(connection)]
    Emptied.metadata.tables[Emptied.__tablename__].create(connection)
    if told:
        connection.execute(insert(Emptied), told)


def _told(connection: Connection) -> list[int]:
    found = connection.execute(select(Submitted.id, Submitted.status, Submitted.reason))
    return [row.id for row in found if empty_told(row.status, row.reason)]
