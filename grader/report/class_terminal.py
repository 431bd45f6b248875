"""What `d2l-grade` prints when a class has been gone through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.model.printable import one_line
from grader.report.statistics import Figures, Overview
from grader.report.terminal_text import spell
from grader.report.wording import WORD, number, plural

MOST = 10
MOST_UNREAD = 100  # each of them has to be looked at
UNREAD = "Not final: nobody has read this (--map STUDENT:FILE=TOPIC says which file is meant)"
STATUS = {"graded": "in part", "not_graded": "not graded", "absent": "absent"}

TextRow = tuple[str | Text, ...]


def class_summary(counted: Figures, *, files: Mapping[str, str] | None = None, ascii: bool = False) -> RenderableType:
    """How the class did, which misconceptions lead, who has no mark and why, and where the files are (word -> path)."""
    parts: list[RenderableType] = [_spelt(Text(line), ascii) for line in _figures(counted.overview)]
    for title, rows in _sections(counted, files or {}):
        if rows:
            parts += [Text(), _spelt(Text(title, style="bold"), ascii), _table(rows, ascii)]
    return Group(*parts)


def _figures(counted: Overview) -> Iterator[str]:
    others = [(counted.not_graded, "not graded"), (counted.absent, "absent")]
    parts = [f"{counted.graded:,} graded", *(f"{count:,} {word}" for count, word in others if count)]
    yield f"{plural(counted.students, 'student')}: {', '.join(parts)}"
    if counted.mean is not None and counted.median is not None:
        line = f"mean {number(counted.mean, 1)} %, median {number(counted.median, 1)} %"
        yield f"{line}, {counted.full_marks:,} with full marks"


def _sections(counted: Figures, files: Mapping[str, str]) -> Iterator[tuple[str, list[TextRow]]]:
    ranked = [(f"{len(each.students):,}", each.exercise, each.name) for each in counted.misunderstandings]
    yield "Most frequent misconceptions", _first(ranked)
    looked_for = [(each.student, each.topic or "not graded", each.found) for each in counted.unread]
    yield UNREAD, _first(looked_for, MOST_UNREAD)
    named = {each.student for each in counted.unread}
    others = [each for each in counted.unfinished if each.student not in named]
    yield "Without a final mark", _first([(each.student, STATUS[each.status], each.why) for each in others])
    stopped = [(each.student, id, WORD[verdict]) for each in counted.broken for id, verdict in each.exercises.items()]
    yield "Out of time, out of memory, or crashed", _first(stopped)
    yield "Files", [(word, Text(path, style="cyan")) for word, path in files.items()]


def _first(rows: Iterable[tuple[str, ...]], most: int = MOST) -> list[TextRow]:
    found: list[TextRow] = [tuple(map(one_line, row)) for row in rows]
    more = len(found) - most
    return found if more <= 0 else [*found[:most], ("…", f"and {more:,} more in the report")]


def _table(rows: list[TextRow], ascii: bool) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(1 + max(map(len, rows))):
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row("", *(_spelt(cell if isinstance(cell, Text) else Text(cell), ascii) for cell in row))
    return table


def _spelt(text: Text, ascii: bool) -> Text:
    return spell(text) if ascii else text
