"""What the gradebook says a notebook should hold: the instructor's cells, not those that came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from grader.nbgrader import ids

SCHEMA = 3
PLAN = "d2l_grader_plan"


@dataclass(frozen=True)
class PlannedCell:
    """A cell as `generate_assignment` left it in the gradebook. `points` is None where there is nothing to grade."""

    id: str
    kind: str
    source: str
    locked: bool
    solution: bool
    task: bool
    points: float | None
    checksum: str | None

    @property
    def exercise(self) -> str | None:
        """The exercise that this cell checks, if it is a cell of ours."""
        return ids.exercise_in(self.source) if self.is_test else None

    @property
    def is_test(self) -> bool:
        """Whether nbgrader takes the points of this cell from what it prints."""
        return self.points is not None and self.kind == "code" and not self.solution

    @property
    def metadata(self) -> dict[str, Any]:
        """What nbgrader wants to find in the cell."""
        graded = self.points is not None and not self.task
        facts = {"schema_version": SCHEMA, "grade_id": self.id, "grade": graded, "solution": self.solution}
        facts |= {"locked": self.locked, "task": self.task, "cell_type": self.kind, "checksum": self.checksum}
        return facts if self.points is None else {**facts, "points": self.points}


Plan = tuple[PlannedCell, ...]


def plan_of(gradebook: Gradebook, notebook: str, assignment: str) -> Plan:
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


def is_ours(plan: Iterable[PlannedCell]) -> bool:
    """Whether a notebook has exercises of ours; nbgrader runs the others as it always did."""
    return any(cell.exercise for cell in plan)


def planned(resources: Any) -> Plan:
    """The plan of the notebook that nbgrader converts; the first step of ours to ask leaves it there for the others."""
    if PLAN not in resources:
        facts = resources["nbgrader"]
        with Gradebook(facts["db_url"]) as gradebook:
            resources[PLAN] = plan_of(gradebook, facts["notebook"], facts["assignment"])
    plan: Plan = resources[PLAN]
    return plan
