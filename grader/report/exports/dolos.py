"""The table that Dolos reads beside files: which is whose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from grader.report.grades_csv import csv_line, harmless


def dolos_lines(files: Iterable[tuple[str, str]]) -> Iterator[str]:
    """info.csv: a row for each file with its student."""
    yield csv_line(("filename", "full_name"))
    for file, student in files:
        yield csv_line((file, harmless(student)))
