"""timings.csv: when each submission was handed over, started, asked, judged and kept, and which worker graded it.

Runs add to it and never take anything away, line by line: after a crash it tells how far the run had come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.report.grades_csv import csv_line, harmless

TIMINGS = "timings.csv"
COLUMNS = ("run", "student", "worker", "handed_over", "started", "asked", "judged", "kept")


@dataclass(frozen=True)
class Timings:
    """The table in a folder, for the rows of one run."""

    path: Path
    run: int

    def add(self, student: str, worker: str, moments: Sequence[float | None]) -> None:
        """A row. moments: those of the columns after the worker's, in seconds since 1970; None where there is none."""
        row = csv_line((str(self.run), harmless(student), harmless(worker), *map(_written, moments)))
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(row if file.tell() else csv_line(COLUMNS) + row)


def _written(moment: float | None) -> str:
    """A moment as ISO 8601 in UTC, to the millisecond."""
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
