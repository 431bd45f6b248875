"""What `d2l-grade` prints when asking again has changed marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.model.printable import one_line
from grader.report.terminal_text import spell
from grader.report.wording import number, plural

if TYPE_CHECKING:
    from grader.model.result import Changed

MOST = 20


def changes_table(changed: Iterable[Changed], file: str, *, ascii: bool = False) -> RenderableType:
    """The first students whose marks changed, how many there are, and in which file all of them stand."""
    shown: list[Changed] = []
    ways: Counter[str] = Counter()
    for student in changed:
        ways["up" if student.after > student.before else "down" if student.after < student.before else "level"] += 1
        if len(shown) < MOST:
            shown.append(student)
    if not shown:
        return Text("No mark has changed.")
    said = ", ".join(f"{ways[way]:,} {way}" for way in ("up", "down", "level") if ways[way])
    more = f", {ways.total() - MOST:,} more of them" if ways.total() > MOST else ""
    head = Text(f"Marks of {plural(ways.total(), 'student')} have changed: {said}", style="bold")
    foot = Text.assemble(f"All changes{more}: ", (file, "cyan"))
    parts = (Text(), head, _table(shown, ascii), foot)
    return Group(*(spell(part) if ascii and isinstance(part, Text) else part for part in parts))


def _table(students: Iterable[Changed], ascii: bool) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("student", "exercise"):
        table.add_column(heading, overflow="fold")
    for heading in ("before", "after"):
        table.add_column(heading, justify="right")
    for student in students:
        name = spell(Text(one_line(student.student))) if ascii else Text(one_line(student.student))
        for change in student.changes:
            table.add_row(name, change.exercise, number(change.before), number(change.after))
            name = Text()
        table.add_row("", "all", number(student.before), number(student.after), style="bold")
    return table
