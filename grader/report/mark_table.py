"""Everyone's mark as CSV, made from the log: the same bytes for the same moment, whenever it is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from grader.model.mark import Mark
from grader.report.grades_csv import csv_line, harmless

COLUMNS = (
    *("student", "points", "max_points", "open", "excused", "handed_in", "due", "late_seconds", "loss"),
    *("free_days", "attempts", "ignored", "exercises"),
)
AT_ONCE = 100

Marks = Callable[[Collection[str]], Mapping[str, Mark]]


def mark_lines(marks: Marks, students: Sequence[str]) -> Iterator[str]:
    """One row a student. `exercises`: id=points, an x behind those that do not count, ? where they are not known."""
    yield csv_line(COLUMNS)
    for start in range(0, len(students), AT_ONCE):
        some = students[start : start + AT_ONCE]
        found = marks(some)
        yield from (csv_line(_row(student, found[student])) for student in some)


def _row(student: str, mark: Mark) -> tuple[str, ...]:
    told = mark.handed_in
    losses = dict.fromkeys(str(each.loss) for each in mark.exercises if each.loss)
    exercises = " ".join(f"{each.id}={_digits(each.points)}{'' if each.counts else 'x'}" for each in mark.exercises)
    return (
        harmless(student),
        _digits(mark.points) if mark.points is not None else "",
        _digits(mark.most),
        " ".join(mark.open),
        "yes" if mark.excused else "",
        told.moment.isoformat() if told and told.moment else "",
        told.due.isoformat() if told and told.due else "",
        f"{told.late.total_seconds():.6f}".rstrip("0").rstrip(".") if told and told.late is not None else "",
        " ".join(losses),
        str(told.free_days) if told else "",
        str(mark.attempts),
        str(mark.ignored),
        exercises,
    )


def _digits(points: Decimal | None) -> str:
    return "?" if points is None else f"{points:.4f}"
