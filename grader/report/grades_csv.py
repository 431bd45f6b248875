"""grades.csv: one row a student, for spreadsheets and learning systems."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from grader.model.printable import clean
from grader.model.result import ClassResults, ExerciseResult, SubmissionResult, Verdict
from grader.report.marks import DECIMALS, mark, maximum, total
from grader.report.statistics import Figures, figures
from grader.report.wording import number, remark

if TYPE_CHECKING:
    from grader.model.result import Changed

COLUMNS = ("student", "status", "reason", "points", "max_points", "percent")
ITEM_COLUMNS = ("exercise", "students", "mean_share", "item_rest", "low", "high", "attempts", "seconds")
CHANGE_COLUMNS = ("student", "exercise", "before", "after", "total_before", "total_after", "max_points")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def to_csv(results: ClassResults) -> str:
    return "".join(csv_lines(results.submissions, figures(results).exercises))


def csv_lines(submissions: Iterable[SubmissionResult], exercises: tuple[str, ...]) -> Iterator[str]:
    """RFC 4180, so lines end in CR LF: write it with `newline=""`. A cell is empty where there is no mark, never 0,
    and so is a total while a part of it is not known."""
    yield csv_line((*COLUMNS, *map(harmless, exercises)))
    for submission in submissions:
        yield csv_line(_row(submission, exercises))


def change_lines(changed: Iterable[Changed]) -> Iterator[str]:
    """regrade.csv: one row a changed exercise, with the student's totals."""
    yield csv_line(CHANGE_COLUMNS)
    for student in changed:
        for change in student.changes:
            numbers = (change.before, change.after, student.before, student.after, student.max_points)
            names = harmless(student.student), harmless(change.exercise)
            yield csv_line((*names, *(number(each, DECIMALS) for each in numbers)))


def item_lines(counted: Figures) -> Iterator[str]:
    """items.csv: one row an exercise; a cell is empty where nothing can be said. attempts, seconds: their medians."""
    yield csv_line(ITEM_COLUMNS)
    tried = {rate.id: rate for rate in counted.attempts}
    for item in counted.items:
        rate = tried.get(item.id)
        needed = (rate.median, rate.seconds) if rate else (None, None)
        numbers = (item.mean, item.correlation, item.low, item.high, *needed)
        cells = ("" if each is None else number(each, DECIMALS) for each in numbers)
        yield csv_line((harmless(item.id), str(item.students), *cells))


def csv_line(cells: Iterable[str]) -> str:
    """One row, quoted where it has to be."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _row(submission: SubmissionResult, ids: tuple[str, ...]) -> list[str]:
    row = [
        harmless(submission.student),
        submission.status,
        harmless(remark(submission)),
    ]
    percent = mark(submission)
    if submission.status != "graded" and percent is None:
        return row + [""] * (len(COLUMNS) - len(row) + len(ids))
    row += ["" if percent is None else number(total(submission), DECIMALS), number(maximum(submission), DECIMALS)]
    row += ["" if percent is None else number(percent)]
    points = {exercise.id: _cell(submission, exercise) for exercise in submission.exercises}
    return row + [points.get(each, "") for each in ids]


def _cell(submission: SubmissionResult, exercise: ExerciseResult) -> str:
    """What the exercise adds; empty while that is not known, and where it does not count."""
    counts = submission.mark.exercise(exercise.id) if submission.mark else None
    if counts:
        return "" if counts.points is None or not counts.counts else number(float(counts.points), DECIMALS)
    return "" if exercise.verdict is Verdict.NOT_GRADED else number(exercise.points, DECIMALS)


def harmless(text: str) -> str:
    """Text that a terminal and a spreadsheet show, and neither obeys nor runs."""
    text = clean(text)
    return f"'{text}" if text.startswith(FORMULA) else text
