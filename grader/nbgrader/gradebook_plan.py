"""What the gradebook says a notebook should hold: the instructor's cells, not those that came back."""

from __future__ import annotations

from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from grader.nbgrader.planned_cell import NotebookPlan, PlannedCell

PLAN = "d2l_grader_plan"


def plan_of(gradebook: Gradebook, notebook: str, assignment: str) -> NotebookPlan:
    """The cells of a notebook; none of one that the gradebook does not know."""
    try:
        known = gradebook.find_notebook(notebook, assignment)
    except MissingEntry:
        return ()
    points = {cell.name: float(cell.max_score) for cell in (*known.grade_cells, *known.task_cells)}
    solutions, tasks = ({cell.name for cell in cells} for cells in (known.solution_cells, known.task_cells))
    return tuple(
        PlannedCell(
            id=cell.name,
            kind=cell.cell_type,
            source=cell.source or "",
            locked=bool(cell.locked),
            solution=cell.name in solutions,
            task=cell.name in tasks,
            points=points.get(cell.name),
            checksum=cell.checksum,
        )
        for cell in known.source_cells
    )


def planned(resources: Any) -> NotebookPlan:
    """The plan of the notebook that nbgrader converts; the first step of ours to ask leaves it there for the others."""
    if PLAN not in resources:
        facts = resources["nbgrader"]
        with Gradebook(facts["db_url"]) as gradebook:
            resources[PLAN] = plan_of(gradebook, facts["notebook"], facts["assignment"])
    plan: NotebookPlan = resources[PLAN]
    return plan
