"""A part of an answer beside the truth, as rows of a table, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from grader.model.answer_window import AnswerWindow, Number
from grader.model.digits import number_text

MARK, MORE = "*", "…"
BETWEEN, INDENT = 4, 4
_REGIONS = {
    "row": "Just row {} is wrong.",
    "column": "Just column {} is wrong.",
    "diagonal": "Just the diagonal is wrong.",
    "off_diagonal": "Just the diagonal is right.",
}


def region_text(window: AnswerWindow) -> str:
    """Where all wrong entries lie, in a sentence; empty where they lie nowhere in particular."""
    return _REGIONS[window.region].format(window.place) if window.region else ""


def labels(window: AnswerWindow) -> tuple[list[str], list[str]]:
    """What stands before each row and above each column: its index; nothing before a vector's only row."""
    (top, left), columns = window.first, len(window.expected[0]) if window.expected else 0
    rows = [""] if window.vector else [f"[{top + at}]" for at in range(len(window.expected))]
    return rows, [f"[{left + at}]" for at in range(columns)]


def is_cut(window: AnswerWindow) -> bool:
    """Whether the answer has more rows or columns than are shown."""
    return window.shape != (len(window.expected), len(window.expected[0]) if window.expected else 0)


def window_lines(window: AnswerWindow, width: int) -> list[Text]:
    """The window as lines: side by side where there is room, else one below the other. Wrong entries have a star."""
    expected = list(_block("expected", window, window.expected, marked=False))
    got = list(_block("got", window, window.got, marked=True))
    wide = max(line.cell_len for line in expected)
    if INDENT + wide + BETWEEN + max(line.cell_len for line in got) <= width:
        lines = [_beside(left, right, wide + BETWEEN) for left, right in zip(expected, got, strict=True)]
    else:
        lines = [*expected, *got]
    said = [_size(window)] if is_cut(window) else []
    said += [region_text(window)] if window.region else []
    return [Text(" " * INDENT).append_text(line) for line in (*lines, *(Text(each, "dim") for each in said))]


def _size(window: AnswerWindow) -> str:
    height, width = window.shape
    return f"{MORE} of {width} entries" if window.vector else f"{MORE} of {height} rows and {width} columns"


def _block(title: str, window: AnswerWindow, numbers: Iterable[tuple[Number, ...]], marked: bool) -> Iterator[Text]:
    """One of the two tables: a title with the indices of the columns, and the rows with theirs."""
    names, heads = labels(window)
    cells = [[number_text(each) for each in row] for row in numbers]
    marks = [[MARK if marked and wrong else " " for wrong in row] for row in window.wrong]
    size = max((len(each) for row in (heads, *cells) for each in row), default=0)
    edge = max(map(len, names))
    yield Text(title.ljust(edge), "bold")
    yield Text.assemble(" " * edge, *((f"  {each.rjust(size)} ", "dim") for each in heads))
    for name, row, stars in zip(names, cells, marks, strict=True):
        line = Text().append(name.rjust(edge), "dim")
        for cell, star in zip(row, stars, strict=True):
            line.append(f"  {cell.rjust(size)}{star}", "red" if star == MARK else "")
        yield line


def _beside(left: Text, right: Text, at: int) -> Text:
    return Text.assemble(left, " " * (at - left.cell_len), right)
