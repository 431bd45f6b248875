"""The table of students and exercises, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.model.result import ClassResults, ExerciseResult, SubmissionResult
from grader.model.student import Student
from grader.report.marks import BROKEN, counted, mark, outcome, total
from grader.report.statistics import Figures
from grader.report.wording import number, remark, symbol

Numbered = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One student's exercise in the table; `mistake` is the number of its first misconception in the ranking,
    `attempts` how many there were where there was more than one."""

    outcome: str
    symbol: str
    points: str
    mistake: int | None = None
    attempts: int | None = None


@dataclass(frozen=True, slots=True)
class StudentRow:
    """One student in the table. Without cells there is a reason; `groups` are what the reader can filter by."""

    student: str
    status: str
    points: str
    percent: str
    groups: tuple[str, ...]
    cells: tuple[Cell | None, ...]
    reason: str
    about: str = ""
    late: bool = False


@dataclass(frozen=True)
class Roll:
    """What is known of students beside their results: who they are, and who of them was late in this run's download."""

    students: Mapping[str, Student] = field(default_factory=dict)
    late: frozenset[str] = frozenset()

    def about(self, name: str) -> str:
        """Name and section, as far as they say more than what the student is called anyway."""
        known = self.students.get(name, Student(name))
        return " · ".join(each for each in (known.name, known.section) if each and each != name)


def rows_of(results: ClassResults, counted: Figures, roll: Roll | None = None) -> Iterator[StudentRow]:
    """The rows, each made when it is written."""
    known = roll or Roll()
    numbered: Numbered = {(each.exercise, each.name): place for place, each in enumerate(counted.misunderstandings, 1)}
    return (_row(submission, counted.exercises, numbered, known) for submission in results.submissions)


def _row(submission: SubmissionResult, ids: Sequence[str], numbered: Numbered, roll: Roll) -> StudentRow:
    percent = mark(submission)
    exercises = (counted(submission, exercise) for exercise in submission.exercises)
    found = {exercise.id: exercise for exercise in exercises} if submission.status == "graded" else {}
    return StudentRow(
        student=submission.student,
        status=submission.status,
        points=number(total(submission)) if found or percent is not None else "",
        percent="" if percent is None else number(percent, 1),
        groups=(*_groups(submission, percent), *["late"] * (submission.student in roll.late)),
        cells=tuple(_cell(found[id], numbered) if id in found else None for id in ids) if found else (),
        reason=remark(submission),
        about=roll.about(submission.student),
        late=submission.student in roll.late,
    )


def _groups(submission: SubmissionResult, percent: float | None) -> tuple[str, ...]:
    stopped = any(exercise.verdict in BROKEN for exercise in submission.exercises)
    tests = (
        ("full", percent is not None and percent >= 100),
        ("low", percent is not None and percent < 50),
        ("broke", stopped),
        ("open", percent is None),
    )
    return tuple(name for name, holds in tests if holds)


def _cell(exercise: ExerciseResult, numbered: Numbered) -> Cell:
    kind = outcome(exercise)
    silent = kind in ("missing", "not_graded")
    points = "" if silent else number(exercise.points)
    attempts = exercise.attempts.count if exercise.attempts and exercise.attempts.count > 1 else None
    mistake = next((numbered.get((exercise.id, name)) for name in exercise.mistakes), None)
    return Cell(kind, symbol(exercise), points, mistake, attempts)
