"""The step that puts the instructor's cells back: nbgrader's own, asked only where there is something to put back."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import OverwriteCells

from grader.nbgrader.gradebook_plan import planned
from grader.nbgrader.planned_cell import NotebookPlan, is_ours


class Restore(OverwriteCells):  # type: ignore[misc]  # nbgrader is untyped
    """nbgrader's `OverwriteCells`, which asks the gradebook for every cell. After `Mend` there is nothing to do."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        plan = planned(resources)
        if is_ours(plan) and as_planned(notebook, plan):
            return notebook, resources
        restored: tuple[NotebookNode, Any] = super().preprocess(notebook, resources)
        return restored


def as_planned(notebook: NotebookNode, plan: NotebookPlan) -> bool:
    """Whether the gradebook's cells are all there, each of them once, and as they are there."""
    known = {cell.id: cell for cell in plan}
    needed = {cell.id for cell in plan if cell.locked or cell.points is not None}
    for cell in notebook.cells:
        if not (facts := cell.metadata.get("nbgrader")):
            continue
        owner = known.pop(facts.get("grade_id"), None)
        if owner is None or facts != owner.metadata or cell.cell_type != owner.kind:
            return False
        if owner.locked and cell.source != owner.source:
            return False
    return needed.isdisjoint(known)
