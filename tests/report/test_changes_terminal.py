"""What an instructor reads of a regrade."""

from __future__ import annotations

import csv
import io

from rich.console import Console

from grader.model.result import Change, Changed
from grader.report.changes_terminal import MOST, changes_table
from grader.report.grades_csv import change_lines


def printed(*changed: Changed, ascii: bool = False) -> list[str]:
    """What is printed, without blanks that only line things up."""
    console = Console(file=io.StringIO(), width=100)
    console.print(changes_table(changed, "out/regrade.csv", ascii=ascii))
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def of(student: str, before: float, after: float) -> Changed:
    return Changed(student, before, after, 9.0, (Change("softmax.softmax", before - 1, after - 1),))


def test_before_and_after_and_how_many() -> None:
    """Each student with the exercises and the total; how many went up and down."""
    level = Changed("eve", 3.0, 3.0, 9.0, (Change("a.b", 1.0, 2.0), Change("a.c", 2.0, 1.0)))
    lines = printed(of("ada", 4.0, 5.5), of("bob", 4.0, 3.0), level)
    assert "Marks of 3 students have changed: 1 up, 1 down, 1 level" in lines
    assert lines[lines.index("ada softmax.softmax 3 4.5") + 1] == "all 4 5.5"
    assert lines[lines.index("eve a.b 1 2") :] == ["eve a.b 1 2", "a.c 2 1", "all 3 3", "All changes: out/regrade.csv"]


def test_a_long_table_is_cut_and_says_so() -> None:
    """A thousand students fill no screen; the file has them all."""
    lines = printed(*(of(f"s{number:04}", 1.0, 2.0) for number in range(1000)))
    assert len(lines) < 2 * MOST + 8
    assert "Marks of 1,000 students have changed: 1,000 up" in lines
    assert lines[-1] == f"All changes, {1000 - MOST} more of them: out/regrade.csv"


def test_nothing_has_changed() -> None:
    assert printed() == ["No mark has changed."]


def test_ascii_alone_is_enough() -> None:
    """A name that a terminal cannot show is spelt."""
    assert all(line.isascii() for line in printed(of("王小明", 1.0, 2.0), ascii=True))


def test_the_file_survives_every_name() -> None:
    """No formula, no lost comma: read back as it was written."""
    names = ["=cmd()|' /C calc'!A0", 'O\'Brien, "Pat"', "caf\udce9"]
    text = "".join(change_lines(of(name, 2.0, 1 / 3) for name in names))
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head == ["student", "exercise", "before", "after", "total_before", "total_after", "max_points"]
    assert [row[0] for row in rows] == ["'" + names[0], names[1], "caf\ufffd"]
    assert rows[1][1:] == ["softmax.softmax", "1", "-0.6667", "2", "0.3333", "9"]
    assert text.encode()
