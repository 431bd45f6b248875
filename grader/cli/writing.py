"""Writes everything that people read about a class, from results that are read one by one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from grader.errors import UsageError
from grader.gradebook.regrade import Changed
from grader.report.feedback import feedback_name, to_feedback_html, to_feedback_text
from grader.report.figures import Figures
from grader.report.page import html_parts
from grader.report.results import json_parts
from grader.report.table import change_lines, csv_lines
from grader.verdict import ClassResults

CHANGES = "regrade.csv"


def make_writable(out: Path) -> None:
    """The folder, or a `UsageError`: better now than after a night of grading."""
    try:
        (out / "feedback").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}. Choose another folder with -o.") from None


def write_reports(results: ClassResults, counted: Figures, out: Path) -> dict[str, str]:
    """Writes the reports and the feedback; what each file is called and where it lies."""
    write(out / "results.json", json_parts(results))
    write(out / "grades.csv", csv_lines(results, counted.exercises))
    write(out / "report.html", html_parts(results, counted))
    for submission in results.submissions:
        name = feedback_name(submission.student)  # it may hold a dot: with_suffix would cut it
        write(out / "feedback" / f"{name}.html", [to_feedback_html(submission, results.title)])
        write(out / "feedback" / f"{name}.md", [to_feedback_text(submission, results.title)])
    names = {"Report": "report.html", "Marks": "grades.csv", "Results": "results.json", "Feedback": "feedback"}
    return {title: str(out / name) for title, name in names.items()}


def write_changes(changed: Iterable[Changed], out: Path) -> Path:
    """The table of what asking again has changed."""
    path = out / CHANGES
    write(path, change_lines(changed))
    return path


def write(path: Path, parts: Iterable[str]) -> None:
    """The whole file or the one that was there: whoever reads it, or stops us, never meets half of it."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.writelines(parts)
    os.replace(beside, path)
