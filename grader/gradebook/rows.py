"""A class as a gradebook has it, results of a few students at a time: one of any size takes the same memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine, Row, func, select

from grader.gradebook.attempts import attempts_of
from grader.gradebook.class_marks import ClassMarks
from grader.gradebook.database import as_written
from grader.gradebook.empty_submissions import empty_among
from grader.gradebook.log import Log
from grader.gradebook.serialization import from_record
from grader.gradebook.tables import Exercised, Submitted
from grader.model.result import ExerciseResult, SubmissionResult
from grader.model.vocabulary import STATUSES, one_of

AT_ONCE = 16  # to ask the database for each student alone takes most of the time of a report
WITHDRAWN = "withdrawn: what was handed in is gone"


@dataclass(frozen=True)
class Submissions(Collection[SubmissionResult]):
    """The results of a class, sorted by student, read when they are asked for, and as often as one likes."""

    _engine: Engine
    _exercises: tuple[str, ...]
    _attempts: bool = False
    _marks: ClassMarks | None = None
    _log: Log | None = None

    def __len__(self) -> int:
        with self._engine.begin() as connection:
            return connection.scalar(select(func.count()).select_from(Submitted)) or 0

    def __contains__(self, result: object) -> bool:
        return any(each == result for each in self)

    def __iter__(self) -> Iterator[SubmissionResult]:
        with self._engine.begin() as connection:
            found = connection.execute(select(Submitted.id, Submitted.student)).all()
        ids = [row.id for row in sorted(found, key=lambda row: row.student)]
        for start in range(0, len(ids), AT_ONCE):
            with as_written(self._engine):
                some = self._results(ids[start : start + AT_ONCE])
            yield from self._marked(some)

    def _marked(self, results: Sequence[SubmissionResult]) -> Sequence[SubmissionResult]:
        """With the digests of what was graded, and with marks where something makes them other than the points."""
        students = [each.student for each in results]
        if self._marks is None:
            received = self._log.received(students) if self._log else {}
            return [
                replace(each, digests=received[each.student].files) if each.student in received else each
                for each in results
            ]
        marks = self._marks.marks(students)
        return [replace(each, mark=marks[each.student], digests=marks[each.student].digests) for each in results]

    def _results(self, ids: Sequence[int]) -> list[SubmissionResult]:
        """Reads the results of a few submissions, in the order of their ids."""
        with self._engine.begin() as connection:
            found = connection.execute(select(*Submitted.__table__.columns).where(Submitted.id.in_(ids)))
            rows = {row.id: row for row in found}
            graded = [id for id, row in rows.items() if row.status == "graded" and not row.withdrawn]
            records = connection.execute(
                select(Exercised.submission_id, Exercised.result).where(Exercised.submission_id.in_(graded))
            )
            stored: dict[int, dict[str, ExerciseResult]] = {id: {} for id in graded}
            attempts = attempts_of(connection, graded) if self._attempts else {}
            empties = empty_among(connection, [id for id in rows if id not in stored])
            for id, record in records:
                result = from_record(record)
                known = attempts.get((id, result.id))
                stored[id][result.id] = replace(result, attempts=known) if known else result
        return [self._result(rows[id], stored.get(id, {}), id in empties) for id in ids if id in rows]

    def _result(self, row: Row[Any], stored: Mapping[str, ExerciseResult], empty: bool) -> SubmissionResult:
        if row.withdrawn:
            return SubmissionResult(row.student, "absent", reason=WITHDRAWN)
        exercises = tuple(stored[each] for each in self._exercises if each in stored)
        return SubmissionResult(row.student, one_of(STATUSES, row.status), exercises, row.reason, row.seconds, empty)
