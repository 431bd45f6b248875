"""Where the grades of a class lie: the folder of the reports, and the gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.gradebook.term_logs import place_of
from grader.grading.options import folder_of


@dataclass(frozen=True)
class Place:
    """Which gradebook is meant. template: its name, in which `{assignment}` may stand for the assignment's."""

    out: Path
    template: str
    assignment: str | None

    @staticmethod
    def of(out: Path | None, gradebook: str | None, assignment: str | None) -> Place:
        """From the options of a command."""
        folder = out or folder_of(assignment)
        return Place(folder, gradebook or str(folder / "gradebook.db"), assignment)

    @property
    def database(self) -> str:
        return place_of(self.template, self.assignment)
