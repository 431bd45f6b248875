"""What asking again has changed: before and after, student by student."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Engine, select, update

from grader.gradebook.database import as_written
from grader.gradebook.tables import OUTDATED, Exercised, Submitted
from grader.model.result import Change, Changed


def changed(engine: Engine) -> Iterator[Changed]:
    """Those whose points changed since the last table, sorted by student."""
    with as_written(engine), engine.begin() as connection:
        moved = select(Exercised.submission_id).where(*_moved())
        there = select(Submitted.id, Submitted.student).where(Submitted.id.in_(moved), Submitted.withdrawn.is_(False))
        students = sorted(connection.execute(there).all(), key=lambda row: row.student)
    for row in students:
        with as_written(engine), engine.begin() as connection:
            one = _changed(connection, row.id, row.student)
        yield one


def settle(engine: Engine) -> None:
    """Forgets what the points were before, of all that has been asked again."""
    with engine.begin() as connection:
        done = Exercised.before.is_not(None), Exercised.graded_by != OUTDATED
        connection.execute(update(Exercised).where(*done).values(before=None))


def _moved() -> tuple[ColumnElement[bool], ...]:
    return Exercised.graded_by != OUTDATED, Exercised.before != Exercised.points


def _changed(connection: Connection, id: int, student: str) -> Changed:
    mine = Exercised.submission_id == id
    found = select(Exercised.exercise, Exercised.before, Exercised.points).where(mine, *_moved())
    rows = connection.execute(found.order_by(Exercised.exercise))
    changes = tuple(Change(row.exercise, row.before or 0.0, row.points) for row in rows)
    counted = select(Submitted.points, Submitted.max_points).where(Submitted.id == id)
    after, most = connection.execute(counted).one()
    gained = sum(change.after - change.before for change in changes)
    return Changed(student, round(after - gained, 4), after, most, changes)
