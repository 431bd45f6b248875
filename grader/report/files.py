"""Writes everything that people read about a class, from results that are read one by one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, tee, zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from grader.model.errors import UsageError
from grader.model.result import Changed, ClassResults, SubmissionResult
from grader.report.class_html import html_parts
from grader.report.class_table import Roll
from grader.report.feedback_html import to_feedback_html
from grader.report.feedback_markdown import to_feedback_markdown
from grader.report.feedback_text import to_feedback_text
from grader.report.file_names import feedback_name
from grader.report.grades_csv import change_lines, csv_lines, item_lines
from grader.report.results_json import json_parts
from grader.report.statistics import Figures

CHANGES, ITEMS = "regrade.csv", "items.csv"
FEEDBACK = {"html": to_feedback_html, "md": to_feedback_markdown, "txt": to_feedback_text}


def make_writable(out: Path) -> None:
    """The folder, or a `UsageError`: better now than after a night of grading."""
    try:
        (out / "feedback").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}. Choose another folder with -o.") from None


def write_reports(
    results: ClassResults, counted: Figures, out: Path, titles: Mapping[str, str] = MappingProxyType({}),
    roll: Roll | None = None,
) -> dict[str, str]:  # fmt: skip
    """Writes the reports and the feedback, with the topics' titles; what each file is called and where it lies."""
    for_json, for_csv, for_feedback = tee(results.submissions, 3)  # side by side: to read a class takes a while
    with _whole(out / "results.json") as document, _whole(out / "grades.csv") as marks:
        documents = json_parts(results, for_json)
        rows = csv_lines(for_csv, counted.exercises)
        for part, row, submission in zip_longest(documents, rows, chain([None], for_feedback)):
            document.write(part)
            marks.write(row or "")
            if submission:
                _write_feedback(submission, out / "feedback", results.title, titles)
    write(out / "report.html", html_parts(results, counted, titles, roll))
    write(out / ITEMS, item_lines(counted))
    names = {"Report": "report.html", "Marks": "grades.csv", "Results": "results.json", "Feedback": "feedback"}
    return {title: str(out / name) for title, name in names.items()}


def write_changes(changed: Iterable[Changed], out: Path) -> Path:
    """The table of what asking again has changed."""
    return write(out / CHANGES, change_lines(changed))


def _write_feedback(submission: SubmissionResult, folder: Path, title: str, titles: Mapping[str, str]) -> None:
    name = feedback_name(submission.student)  # it may hold a dot: with_suffix would cut it
    for ending, made in FEEDBACK.items():
        write(folder / f"{name}.{ending}", [made(submission, title, titles)])


def write(path: Path, parts: Iterable[str]) -> Path:
    """The whole file or the one that was there."""
    with _whole(path) as file:
        file.writelines(parts)
    return path


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A file that takes its place when it is complete: whoever reads it, or stops us, never meets half of it."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8", newline="") as file:
        yield file
    os.replace(beside, path)
