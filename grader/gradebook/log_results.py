"""What grading tells the log: what was received, when, and what the checks gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from grader.gradebook.log import NewEvent, append, last_received, store_results
from grader.gradebook.serialization import archived
from grader.marks.events import Earned, Received, WorkGraded
from grader.marks.lateness import HandInTime
from grader.model.result import ExerciseResult, SubmissionResult, Verdict


def log_result(
    connection: Connection, run: int, result: SubmissionResult, received: Received | None, partial: bool,
    stored: Mapping[str, dict[str, Any]],
) -> None:  # fmt: skip
    """Appends what became of a submission. received: None where nothing was, or where nobody could read it. stored:
    exercise -> its result as it is stored."""
    records = {each.id: archived(stored[each.id]) for each in result.exercises}
    store_results(connection, dict(records.values()))
    earned = {each.id: _earned(each, records[each.id][0]) for each in result.exercises}
    news = _news(connection, result.student, received) if received else None
    graded = NewEvent(result.student, WorkGraded(result.status, earned, partial, run))
    append(connection, [NewEvent(result.student, news), graded] if news else [graded])


def log_time(connection: Connection, student: str, received: Received) -> None:
    """Appends what was learnt of work that is known already, where it is news."""
    if news := _news(connection, student, received):
        append(connection, [NewEvent(student, news)])


def _news(connection: Connection, student: str, received: Received) -> Received | None:
    """What is not known yet; of the same work a known time is not forgotten because nobody says it again."""
    known = last_received(connection, student)
    if known is None or known.digest != received.digest:
        return received
    time = received.time if is_news(known.time, received.time) else known.time
    merged = replace(received, time=time, files=received.files or known.files)
    return None if merged == known else merged


def is_news(known: HandInTime, told: HandInTime) -> bool:
    """Whether what is told of a time is more, or something else, than is known."""
    if told.moment is not None:
        return told != known
    return told.late is not None and known.moment is None and told != known


def _earned(result: ExerciseResult, digest: str) -> Earned:
    points = None if result.verdict is Verdict.NOT_GRADED else result.points
    return Earned(points, result.max_points, digest)
