"""A cell as the instructor made it: what nbgrader's gradebook holds of it. Plain data, for any process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grader.nbgrader import cell_ids

SCHEMA = 3


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
        return cell_ids.exercise_in(self.source) if self.is_test else None

    @property
    def is_test(self) -> bool:
        """Whether nbgrader takes the points of this cell from what it prints."""
        return self.points is not None and self.kind == "code" and not self.solution

    @property
    def metadata(self) -> dict[str, Any]:
        """Gives the metadata that nbgrader wants to find in the cell."""
        graded = self.points is not None and not self.task
        facts = {"schema_version": SCHEMA, "grade_id": self.id, "grade": graded, "solution": self.solution}
        facts |= {"locked": self.locked, "task": self.task, "cell_type": self.kind, "checksum": self.checksum}
        return facts if self.points is None else {**facts, "points": self.points}


NotebookPlan = tuple[PlannedCell, ...]


def is_ours(plan: Iterable[PlannedCell]) -> bool:
    """Whether a notebook has exercises of ours; nbgrader runs the others as it always did."""
    return any(cell.exercise for cell in plan)
