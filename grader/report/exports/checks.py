"""checks.csv: one row for each check of each exercise of each student."""

from __future__ import annotations

from collections.abc import Iterator

from grader.model.result import ClassResults, Verdict
from grader.report.explanation import full_explanation
from grader.report.grades_csv import csv_line, harmless
from grader.report.marks import DECIMALS
from grader.report.wording import number

COLUMNS = (
    *("student", "exercise", "points", "max_points", "misconceptions"),
    *("check", "aspect", "shown", "weight", "verdict", "dtype", "device", "detail"),
)


def check_lines(results: ClassResults) -> Iterator[str]:
    """For instructors: hidden checks are named, and say everything. Who was not graded has no rows."""
    yield csv_line(COLUMNS)
    for submission in results.submissions:
        for exercise in submission.exercises:
            earned = "" if exercise.verdict is Verdict.NOT_GRADED else number(exercise.points, DECIMALS)
            points = earned, number(exercise.max_points, DECIMALS)
            whose = (submission.student, exercise.id, *points, " ".join(exercise.mistakes))
            for check in exercise.checks:
                shown, weight = "yes" if check.shown else "no", number(check.weight, DECIMALS)
                facts = check.name, check.aspect, shown, weight, check.verdict.value
                detail = full_explanation(check)
                cells = (*whose, *facts, check.dtype or "", check.device, detail)
                yield csv_line(map(harmless, cells))
