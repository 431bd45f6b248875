"""timings.csv: a row for each submission, which no later run takes away."""

from __future__ import annotations

import csv
from pathlib import Path

from grader.report.timings_csv import Timings


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_runs_add_to_it(tmp_path: Path) -> None:
    """Moments in UTC to the millisecond, an empty cell where there is none, one head, names that no spreadsheet obeys."""
    path = tmp_path / "timings.csv"
    Timings(path, 1).add("ada", "process 7", (0.0, 1.25, 1.5, 86_400.001, 86_401.0))
    Timings(path, 2).add("=cmd()", "lab-3", (None, None, None, None, 5.0))
    assert read(path) == [
        ["run", "student", "worker", "handed_over", "started", "asked", "judged", "kept"],
        ["1", "ada", "process 7", "1970-01-01T00:00:00.000+00:00", "1970-01-01T00:00:01.250+00:00",
         "1970-01-01T00:00:01.500+00:00", "1970-01-02T00:00:00.001+00:00", "1970-01-02T00:00:01.000+00:00"],
        ["2", "'=cmd()", "lab-3", "", "", "", "", "1970-01-01T00:00:05.000+00:00"],
    ]  # fmt: skip
