"""The results of a class as a gradebook has them, one student at a time: a class of any size takes the same memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from grader.gradebook.record import from_record
from grader.gradebook.tables import Exercised, Submitted
from grader.verdict import ExerciseResult, SubmissionResult

WITHDRAWN = "withdrawn: what was handed in is gone"


@dataclass(frozen=True)
class Submissions(Collection[SubmissionResult]):
    """The results of a class, sorted by student, each read when it is asked for, and as often as one likes."""

    _engine: Engine
    _exercises: tuple[str, ...]

    def __len__(self) -> int:
        with self._engine.begin() as connection:
            return connection.scalar(select(func.count()).select_from(Submitted)) or 0

    def __contains__(self, result: object) -> bool:
        return any(each == result for each in self)

    def __iter__(self) -> Iterator[SubmissionResult]:
        with self._engine.begin() as connection:
            found = connection.execute(select(Submitted.id, Submitted.student)).all()
        for row in sorted(found, key=lambda row: row.student):
            with self._engine.begin() as connection:
                result = self._result(connection, row.id)
            yield result

    def _result(self, connection: Connection, id: int) -> SubmissionResult:
        row = connection.execute(select(*Submitted.__table__.columns).where(Submitted.id == id)).one()
        if row.withdrawn:
            return SubmissionResult(row.student, "absent", reason=WITHDRAWN)
        stored: dict[str, ExerciseResult] = {}
        if row.status == "graded":
            records = connection.scalars(select(Exercised.result).where(Exercised.submission_id == id))
            stored = {record["id"]: from_record(record) for record in records}
        exercises = tuple(stored[each] for each in self._exercises if each in stored)
        return SubmissionResult(row.student, row.status, exercises, row.reason, row.seconds)
