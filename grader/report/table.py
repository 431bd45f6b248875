"""grades.csv: one row a student, for spreadsheets and learning systems."""

from __future__ import annotations

import csv
import io

from grader.report.figures import exercise_ids
from grader.report.words import DECIMALS, mark, number, total, unfinished_because
from grader.verdict import ClassResults, ExerciseResult, SubmissionResult, Verdict

COLUMNS = ("student", "status", "reason", "points", "max_points", "percent")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def to_csv(results: ClassResults) -> str:
    """RFC 4180, so lines end in CR LF: write it with `newline=""`. A cell is empty where there is no mark, never 0."""
    ids = exercise_ids(results)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow((*COLUMNS, *map(_harmless, ids)))
    writer.writerows(_row(submission, ids) for submission in results.submissions)
    return lines.getvalue()


def _row(submission: SubmissionResult, ids: tuple[str, ...]) -> list[str]:
    row = [
        _harmless(submission.student),
        submission.status,
        _harmless(unfinished_because(submission) or submission.reason or ""),
    ]
    if submission.status != "graded":
        return row + [""] * (len(COLUMNS) - len(row) + len(ids))
    percent = mark(submission)
    row += [number(total(submission), DECIMALS), number(submission.max_points, DECIMALS)]
    row += ["" if percent is None else number(percent)]
    points = {exercise.id: _cell(exercise) for exercise in submission.exercises}
    return row + [points.get(each, "") for each in ids]


def _cell(exercise: ExerciseResult) -> str:
    return "" if exercise.verdict is Verdict.NOT_GRADED else number(exercise.points, DECIMALS)


def _harmless(text: str) -> str:
    """Text that a spreadsheet shows and does not run."""
    text = "".join("\ufffd" if letter == "\0" or "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return f"'{text}" if text.startswith(FORMULA) else text
