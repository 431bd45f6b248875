"""What becomes of one test cell: what is written into it, and what nbgrader is told beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from grader.model.printable import one_line
from grader.model.result import ExerciseResult, Verdict
from grader.nbgrader.planned_cell import PlannedCell
from grader.report.explanation import note_of
from grader.report.hints import hints_of
from grader.report.notebook_html import to_table, to_text
from grader.report.wording import number, tally, word_of


@dataclass(frozen=True)
class Outcome:
    """The points of a cell, or None where a human must look, with what is shown in it and a line about it.

    rounded: by how much the points may be others because they were written down in between.
    """

    points: float | None
    html: str
    text: str
    comment: str | None
    rounded: float = 0.0

    def is_in(self, points: float | None) -> bool:
        """Whether these points, of a gradebook, are the same but for rounding."""
        if self.points is None or points is None:
            return self.points is points
        return abs(self.points - points) <= self.rounded


def outcome_of(result: ExerciseResult, cell: PlannedCell) -> Outcome:
    """The outcome of an exercise, in the points of its cell: an instructor may have changed them."""
    most = cell.points or 0.0
    html, text = to_table([result]), to_text([result])
    if result.verdict is Verdict.NOT_GRADED:
        return Outcome(None, html, text, f"Not graded: {one_line(note_of(result))} That is not your mistake.")
    share = result.points / result.max_points if result.max_points else float(result.passed)
    points = min(max(round(most * share, 6), 0.0), most)
    return Outcome(points, html, text, _comment(result, points, most))


def for_a_human(reason: str) -> Outcome:
    """The outcome of a cell that nothing here can judge."""
    line = one_line(reason)
    return Outcome(None, f"<div>{escape(line)}</div>", line, line)


def _comment(result: ExerciseResult, points: float, most: float) -> str | None:
    """Our own words only: nbgrader shows a comment as Markdown, and a student's text could be any."""
    head = f"{number(points)} of {number(most)}: {word_of(result)}"
    if result.passed:
        return None
    if result.verdict is Verdict.MISSING:
        return f"{head}."
    return f"{head} ({tally(result)}). {one_line(hints_of(result))}".strip()


Outcomes = Mapping[str, Outcome]
"""Outcomes by the name of their cell."""
