"""Writing and reading a gradebook. Nothing here holds a class in memory: results are read one student at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, delete, insert, inspect, or_, select, update

from grader.gradebook.attempts import note_attempts, several_known
from grader.gradebook.changes import changed, settle
from grader.gradebook.class_marks import ClassMarks
from grader.gradebook.database import as_written
from grader.gradebook.empty_submissions import note_empty
from grader.gradebook.enrolment import enrol, enrolled
from grader.gradebook.log import Log, NewEvent, append
from grader.gradebook.log_results import log_result, log_time
from grader.gradebook.named_files import Named, name_files, named_files
from grader.gradebook.removal import remove
from grader.gradebook.rows import Submissions
from grader.gradebook.serialization import count, make_room, row_of, write_submission
from grader.gradebook.staleness import Conditions, KnownSubmission, RunFacts, RunRecord
from grader.gradebook.tables import OUTDATED, Exercised, Person, Run, Submitted
from grader.marks.events import Received, RunBegun, Withdrawn
from grader.marks.history import assigned
from grader.marks.lateness import UNKNOWN, HandInTime
from grader.marks.policy import Policy
from grader.model.errors import UsageError
from grader.model.exercise_id import topic_of
from grader.model.result import Changed, ClassResults, SubmissionResult
from grader.model.student import Student

ROWS = 500
NOTHING_GRADED = "Nothing has been graded into this gradebook yet. Grade first: d2l-grade run."
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Gradebook:
    """One writer's gradebook; see `open_gradebook`."""

    _engine: Engine
    seed: int

    def require(self, topics: Collection[str], left_out: Collection[str] = ()) -> None:
        """Refuses a run over less than the last one: marks would leave the reports in silence.

        left_out: exercises of these topics that are not graded, though the course has them.
        """
        with as_written(self._engine), self._engine.begin() as connection:
            known = connection.scalar(select(Run.exercises).order_by(Run.id.desc()).limit(1)) or []
        missing = dict.fromkeys(topic for id in known if (topic := topic_of(id)) not in topics)
        missing |= dict.fromkeys(id for id in known if id in left_out)
        if missing:
            has = f"The gradebook has marks for {', '.join(missing)} too"
            raise UsageError(f"{has}. Name them in --topics, or choose another folder with -o.")

    @property
    def log(self) -> Log:
        """What has happened, in its order."""
        return Log(self._engine)

    @property
    def policy(self) -> Policy | None:
        """The policy of the assignment that this gradebook is of; None where it is of none."""
        return assigned(self.log.of_class()).policy if self.log.exists else None

    def begin(self, facts: RunFacts, students: Iterable[str], source: str = "") -> int:
        """A run over these students; who was known and is not among them has withdrawn, until they come back.

        source: where the submissions lie.
        """
        with self._engine.begin() as connection:
            made = connection.execute(insert(Run).values(**_run(facts, self.seed))).inserted_primary_key
            run, there, entries = int(made[0]) if made else 0, set(students), []
            for row in connection.execute(select(Submitted.id, Submitted.student, Submitted.withdrawn)).all():
                if row.withdrawn != (row.student not in there):
                    gone = {"withdrawn": not row.withdrawn}
                    connection.execute(update(Submitted).where(Submitted.id == row.id).values(gone))
                    entries.append(NewEvent(row.student, Withdrawn(back=row.withdrawn)))
            begun = RunBegun(run, tuple(facts.graded_by), facts.key_digest, dict(facts.versions), source)
            append(connection, [NewEvent(None, begun), *entries])
        return run

    def remember(self, students: Iterable[Student]) -> None:
        """Who they are to people and to learning systems, in place of what was known of them."""
        rows = [asdict(each) for each in students]
        with self._engine.begin() as connection:
            for start in range(0, len(rows), ROWS):
                batch = rows[start : start + ROWS]
                connection.execute(delete(Person).where(Person.student.in_([each["student"] for each in batch])))
                connection.execute(insert(Person), batch)

    def enrol(self, students: Iterable[Student]) -> None:
        """Keeps the roster of a run, in place of the one before: exports list those who are only on it."""
        with self._engine.begin() as connection:
            enrol(connection, students)

    def roster(self) -> tuple[Student, ...]:
        """The roster of the last run that had one, in the order of its file."""
        with as_written(self._engine), self._engine.begin() as connection:
            return enrolled(connection)

    def names(self) -> list[str]:
        """Everyone who has a result, under the gradebook's name for them."""
        with as_written(self._engine), self._engine.begin() as connection:
            return sorted(connection.scalars(select(Submitted.student)))

    def without_work(self) -> set[str]:
        """Those of them of whom nothing is there: absent, or withdrawn."""
        nothing = or_(Submitted.withdrawn, Submitted.status == "absent")
        with as_written(self._engine), self._engine.begin() as connection:
            return set(connection.scalars(select(Submitted.student).where(nothing)))

    def students(self) -> dict[str, Student]:
        """What is known of each student beyond the marks: nothing, where that was written before it was asked for."""
        with as_written(self._engine), self._engine.begin() as connection:
            if not inspect(connection).has_table(Person.__tablename__):
                return {}
            found = connection.execute(select(*Person.__table__.columns)).mappings()
            return {row["student"]: Student(**row) for row in found}

    def name_files(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Keeps which file is whose topic's: student, topic, path; an empty path takes back what was said."""
        with self._engine.begin() as connection:
            name_files(connection, rows)

    def named_files(self) -> dict[str, Named]:
        """Student -> topic and path of each file that a person has named."""
        with as_written(self._engine), self._engine.begin() as connection:
            return named_files(connection)

    def finish(self, run: int, seconds: float) -> None:
        with self._engine.begin() as connection:
            done = {"finished": _now(), "seconds": seconds}
            connection.execute(update(Run).where(Run.id == run).values(done))

    def known(self, student: str) -> KnownSubmission:
        with as_written(self._engine), self._engine.begin() as connection:
            found = select(Submitted.id, Submitted.digest, Submitted.status).where(Submitted.student == student)
            row = connection.execute(found).one_or_none()
            if row is None:
                return KnownSubmission(None, False, {})
            asked = select(Exercised.exercise, Exercised.graded_by).where(Exercised.submission_id == row.id)
            graded_by = {each.exercise: each.graded_by for each in connection.execute(asked)}
        return KnownSubmission(row.digest, row.status == "graded", graded_by)

    def keep(
        self, run: int, result: SubmissionResult, digest: str | None, graded_by: Conditions, partial: bool = False,
        tried: Mapping[str, str] = NOTHING, time: HandInTime = UNKNOWN,
    ) -> None:  # fmt: skip
        """One student's result, in one transaction: in place of all that was known, or of some exercises; the attempts
        that it adds, by what was `tried`: topic -> digest of its source; and the log's events.

        time: when it was handed in, as far as that is known.
        """
        with self._engine.begin() as connection:
            known = connection.scalar(select(Submitted.id).where(Submitted.student == result.student))
            id = write_submission(connection, known, run, result, digest, partial)
            note_empty(connection, id, result.empty, first=known is None)
            rows = [row_of(id, run, each, graded_by) for each in result.exercises]
            if known is not None:
                make_room(connection, id, rows, digest is not None, partial)
            if rows:
                connection.execute(insert(Exercised), rows)
            if known is not None:
                count(connection, id, tuple(graded_by))
            note_attempts(connection, id, run, result, tried, first=known is None)
            received = Received(digest, time, dict(tried)) if digest and result.status != "absent" else None
            log_result(connection, run, result, received, partial, {row["exercise"]: row["result"] for row in rows})

    def learn(self, student: str, received: Received) -> None:
        """Writes down what is known of when the student's last work was handed in, where that is news."""
        with self._engine.begin() as connection:
            log_time(connection, student, received)

    def remove(self, student: str, reason: str) -> None:
        """Deletes all that is known of a student, for good."""
        with self._engine.begin() as connection:
            remove(connection, student, reason)

    def outdate(self, exercises: Collection[str]) -> None:
        """Has these exercises asked again for everyone. What a killed regrade has done already is not done again."""
        with self._engine.begin() as connection:
            pending = Exercised.exercise.in_(exercises), Exercised.before.is_(None)
            again = {"graded_by": OUTDATED, "before": Exercised.points}
            connection.execute(update(Exercised).where(*pending).values(again))

    def changed(self) -> Iterator[Changed]:
        """Those whose points changed because they were asked again; as often as one likes, until `settle`."""
        return changed(self._engine)

    def settle(self) -> None:
        """Forgets what the points were before: their table has been written."""
        settle(self._engine)

    def last_run(self) -> RunRecord:
        """How the last run asked."""
        with as_written(self._engine), self._engine.begin() as connection:
            run = connection.execute(select(*Run.__table__.columns).order_by(Run.id.desc()).limit(1)).one_or_none()
        if run is None:
            raise UsageError(NOTHING_GRADED)
        return RunRecord(run.device, run.dtype, dict(run.limits), dict(run.versions), tuple(run.exercises))

    def results(self, others: Iterable[Log] = ()) -> ClassResults:
        """The class as it stands, described by the last run; submissions are read while they are gone through.

        others: the logs of the term's other assignments, where free late days are counted over all of them.
        """
        with as_written(self._engine), self._engine.begin() as connection:
            run = connection.execute(select(*Run.__table__.columns).order_by(Run.id.desc()).limit(1)).one_or_none()
            attempts = several_known(connection)
        if run is None:
            raise UsageError(NOTHING_GRADED)
        log = self.log if self.log.exists else None
        marks = ClassMarks.of(self.log, others) if log and log.matters() else None
        title = marks.known.policy.title if marks and marks.known.policy else run.title
        return ClassResults(
            run.course, title, run.device, tuple(run.layers), dict(run.versions),
            Submissions(self._engine, tuple(run.exercises), attempts, marks, log), run.seconds or 0.0,
        )  # fmt: skip


def _run(facts: RunFacts, seed: int) -> dict[str, Any]:
    return {
        "started": _now(),
        "course": facts.course,
        "title": facts.title,
        "key_digest": facts.key_digest,
        "seed": str(seed),
        "device": facts.device,
        "dtype": facts.dtype,
        "layers": list(facts.layers),
        "limits": dict(facts.limits),
        "versions": dict(facts.versions),
        "exercises": list(facts.graded_by),
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)  # SQLite has no time zones
