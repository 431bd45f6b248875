"""Outcomes into nbgrader's gradebook. What a human gave, marks, comments and extra credit, is never touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry, SubmittedNotebook

from grader.nbgrader import cell_ids
from grader.nbgrader.cell_outcome import Outcomes
from grader.nbgrader.planned_cell import NotebookPlan


@dataclass(frozen=True)
class StudentNotebook:
    """One student's copy of one notebook."""

    assignment: str
    notebook: str
    student: str


def write(gradebook: Gradebook, place: StudentNotebook, plan: NotebookPlan, outcomes: Outcomes) -> None:
    """Scores, comments, and the flag for what a human should look at; all of it or nothing."""
    notebook = gradebook.find_submission_notebook(place.notebook, place.assignment, place.student)
    grades, comments = _by_cell(gradebook, Grade, notebook), _by_cell(gradebook, Comment, notebook)
    for cell in plan:
        outcome = outcomes.get(cell.id)
        if outcome is None:
            continue
        if cell.id not in grades:
            raise MissingEntry(f"No such grade: {cell.id} in {place}")
        grade = grades[cell.id]
        if not outcome.is_in(grade.auto_score):
            grade.auto_score = outcome.points
        grade.needs_manual_grade = outcome.points is None or grade.manual_score is not None
        comment = comments.get(cell_ids.answer(cell.exercise)) if cell.exercise else None
        if comment:  # none where the instructor has called the answer otherwise
            comment.auto_comment = outcome.comment  # an instructor's own comment goes before it
    gradebook.db.commit()


def _by_cell(gradebook: Gradebook, table: Any, notebook: SubmittedNotebook) -> dict[str, Any]:
    """A student's grades, or comments, of a notebook by the names of their cells; asked for all at once."""
    rows = gradebook.db.query(table, BaseCell.name).join(BaseCell, BaseCell.id == table.cell_id)
    return {name: row for row, name in rows.filter(table.notebook_id == notebook.id)}
