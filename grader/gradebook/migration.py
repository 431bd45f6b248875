"""A gradebook without a log gets one, in one transaction: what its tables tell, written down as events.

Attempts before the last one are known by their points alone, and what was handed in for them by a digest of its topics.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from grader.gradebook.log import NewEvent, append, begin_log, store_results
from grader.gradebook.serialization import archived
from grader.gradebook.tables import SCHEMA, WITHOUT_LOG, About, Attempted, Exercised, Run, Submitted
from grader.marks.events import Earned, Received, RunBegun, Withdrawn, WorkGraded
from grader.model.digest import fingerprint
from grader.model.exercise_id import topic_of
from grader.model.result import Verdict
from grader.model.vocabulary import STATUSES, one_of

ACTOR = "migration"


def migrate(connection: Connection) -> None:
    """From schema 1 to 2; the caller's transaction does all of it or nothing."""
    begin_log(connection)
    started: dict[int, datetime] = {}
    for run in connection.execute(select(*Run.__table__.columns).order_by(Run.id)):
        started[run.id] = run.started
        begun = RunBegun(run.id, tuple(run.exercises), run.key_digest, dict(run.versions))
        append(connection, [NewEvent(None, begun, actor=ACTOR)], run.started)
    for row in connection.execute(select(*Submitted.__table__.columns).order_by(Submitted.student)).all():
        for run_id, entry in (*_earlier(connection, row), *_newest(connection, row)):
            append(connection, [entry], started.get(run_id, datetime(1970, 1, 1)))
    connection.execute(update(About).where(About.schema == WITHOUT_LOG).values(schema=SCHEMA))


def _earlier(connection: Connection, row: Row[Any]) -> Iterator[tuple[int, NewEvent]]:
    """The attempts that runs before the last one have seen."""
    mine = select(*Attempted.__table__.columns).where(Attempted.submission_id == row.id)
    tried = connection.execute(mine.order_by(Attempted.run_id, Attempted.exercise)).all()
    runs = list(dict.fromkeys(each.run_id for each in tried))
    earned: dict[str, Earned] = {}
    digests: dict[str, str] = {}
    for run in runs[:-1]:
        for each in tried:
            if each.run_id == run:
                earned[each.exercise] = Earned(each.points, each.max_points)
                digests[topic_of(each.exercise)] = each.digest
        yield run, NewEvent(row.student, Received(fingerprint(digests), files=dict(digests)), actor=ACTOR)
        yield run, NewEvent(row.student, WorkGraded("graded", dict(earned), run=run), actor=ACTOR)


def _sources(connection: Connection, id: int) -> dict[str, str]:
    """Topic -> digest of the source that was tried last."""
    mine = select(Attempted.exercise, Attempted.digest).where(Attempted.submission_id == id)
    tried = connection.execute(mine.order_by(Attempted.run_id, Attempted.number))
    return {topic_of(each.exercise): each.digest for each in tried}


def _newest(connection: Connection, row: Row[Any]) -> Iterator[tuple[int, NewEvent]]:
    """What was handed in last, and what became of it."""
    status = one_of(STATUSES, row.status)
    if row.digest and status != "absent":
        yield row.run_id, NewEvent(row.student, Received(row.digest, files=_sources(connection, row.id)), actor=ACTOR)
    earned = {}
    mine = select(*Exercised.__table__.columns).where(Exercised.submission_id == row.id)
    for each in connection.execute(mine.order_by(Exercised.exercise)).all():
        digest, record = archived(each.result)
        store_results(connection, {digest: record})
        points = None if each.verdict == Verdict.NOT_GRADED.value else each.points
        earned[each.exercise] = Earned(points, each.max_points, digest)
    graded = WorkGraded(status, earned if status == "graded" else {}, run=row.run_id)
    yield row.run_id, NewEvent(row.student, graded, actor=ACTOR)
    if row.withdrawn:
        yield row.run_id, NewEvent(row.student, Withdrawn(), actor=ACTOR)
