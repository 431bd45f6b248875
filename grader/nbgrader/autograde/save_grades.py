"""The step that nbgrader runs in place of its `SaveAutoGrades`: scores, comments, and a flag where a human should look.

nbgrader's own asks and commits cell by cell. What was graded here is written at once; the rest is left to it.
"""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution, is_task

from grader.nbgrader import cell_ids
from grader.nbgrader.autograde.execute import OUTCOMES
from grader.nbgrader.cell_outcome import Outcomes
from grader.nbgrader.gradebook_plan import planned
from grader.nbgrader.gradebook_writer import StudentNotebook, write
from grader.nbgrader.planned_cell import NotebookPlan


class Record(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader is untyped
    """Stores the outcomes of a notebook, and what nbgrader itself has to say of its other cells."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        outcomes: Outcomes = resources.get(OUTCOMES, {})
        plan = planned(resources)
        if others := _others(notebook, plan, outcomes):
            SaveAutoGrades(parent=self.parent).preprocess(NotebookNode(cells=others), resources)
        if outcomes:
            facts = resources["nbgrader"]
            place = StudentNotebook(facts["assignment"], facts["notebook"], facts["student"])
            with Gradebook(facts["db_url"]) as gradebook:
                write(gradebook, place, plan, outcomes)
        return notebook, resources


def _others(notebook: NotebookNode, plan: NotebookPlan, outcomes: Outcomes) -> list[NotebookNode]:
    """The cells that nbgrader keeps a score or a comment for and whose outcome is not ours."""
    tests = {cell.id for cell in plan if cell.id in outcomes}
    answers = {cell_ids.answer(cell.exercise) for cell in plan if cell.id in outcomes and cell.exercise}
    return [
        cell
        for cell in notebook.cells
        if (is_grade(cell) and cell.metadata.nbgrader.grade_id not in tests)
        or (is_solution(cell) and cell.metadata.nbgrader.grade_id not in answers)
        or is_task(cell)
    ]
