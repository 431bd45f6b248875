"""Outcomes into nbgrader's gradebook. What a human gave, marks, comments and extra credit, is never touched."""

from __future__ import annotations

from dataclasses import dataclass

from nbgrader.api import Gradebook, MissingEntry

from grader.nbgrader import ids
from grader.nbgrader.outcome import Outcomes
from grader.nbgrader.plan import Plan


@dataclass(frozen=True)
class Place:
    """One student's copy of one notebook."""

    assignment: str
    notebook: str
    student: str


def write(gradebook: Gradebook, place: Place, plan: Plan, outcomes: Outcomes) -> None:
    """Scores, comments, and the flag for what a human should look at; all of it or nothing."""
    for cell in plan:
        outcome = outcomes.get(cell.id)
        if outcome is None:
            continue
        grade = gradebook.find_grade(cell.id, place.notebook, place.assignment, place.student)
        grade.auto_score = outcome.points
        grade.needs_manual_grade = outcome.points is None or grade.manual_score is not None
        if cell.exercise:
            _comment(gradebook, place, ids.answer(cell.exercise), outcome.comment)
    gradebook.db.commit()


def _comment(gradebook: Gradebook, place: Place, cell: str, text: str | None) -> None:
    """The automatic comment of an answer; an instructor's own comment goes before it."""
    try:
        comment = gradebook.find_comment(cell, place.notebook, place.assignment, place.student)
    except MissingEntry:
        return  # the instructor has called the answer otherwise
    comment.auto_comment = text
