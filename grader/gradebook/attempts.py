"""Attempts, as far as runs have seen them: what was handed in and replaced between two runs is not known.

An attempt at an exercise is a source of its topic that is another than the last one and has the exercise written in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, case, exists, func, insert, inspect, select, update

from grader.gradebook.tables import Attempted, Run
from grader.model.result import Attempts, ExerciseResult, SubmissionResult, Verdict

NOTHING_TRIED = (Verdict.MISSING, Verdict.NOT_GRADED)


def note_attempts(
    connection: Connection, id: int, run: int, result: SubmissionResult, tried: Mapping[str, str], first: bool
) -> None:
    """Adds the attempts that are new; of those that are known, what became of them when they were asked again.

    first: nothing is known of this student.
    """
    written = [each for each in result.exercises if each.topic in tried and each.verdict not in NOTHING_TRIED]
    if not written:
        return
    found = select(*Attempted.__table__.columns).where(Attempted.submission_id == id).order_by(Attempted.number)
    last = {} if first else {row.exercise: row for row in connection.execute(found)}
    rows = []
    for each in written:
        before, digest, marks = last.get(each.id), tried[each.topic], _marks(each)
        if before is None or before.digest != digest:
            number = before.number + 1 if before else 1
            here = {"submission_id": id, "exercise": each.id, "number": number, "run_id": run, "digest": digest}
            rows.append({**here, **marks})
        elif any(getattr(before, name) != value for name, value in marks.items()):
            there = (Attempted.submission_id == id, Attempted.exercise == each.id, Attempted.number == before.number)
            connection.execute(update(Attempted).where(*there).values(marks))
    if rows:
        connection.execute(insert(Attempted), rows)


def several_known(connection: Connection) -> bool:
    """Whether anybody has tried anything more than once. Not in a gradebook that is older than the table."""
    if not inspect(connection).has_table(Attempted.__tablename__):
        return False
    return bool(connection.scalar(select(exists().where(Attempted.number > 1))))


def attempts_of(connection: Connection, ids: Collection[int]) -> dict[tuple[int, str], Attempts]:
    """Submission and exercise -> what is known of the attempts at it."""
    one = Attempted.submission_id, Attempted.exercise
    solved, then = (func.min(case((Attempted.passed, each))) for each in (Attempted.number, Run.started))
    counted = select(*one, func.count(), solved, func.min(Run.started), then).join(Run, Run.id == Attempted.run_id)
    found = connection.execute(counted.where(Attempted.submission_id.in_(ids)).group_by(*one))
    return {
        (id, exercise): Attempts(count, number, (then - first).total_seconds() if then else None)
        for id, exercise, count, number, first, then in found
    }


def _marks(result: ExerciseResult) -> dict[str, Any]:
    return {"points": result.points, "max_points": result.max_points, "passed": result.passed}
