"""What met where sizes do not fit, as lines; for broadcasting as that sees it, with the last axes below one another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from grader.model.operand import Operand
from grader.report.answer_window_text import MARK


def shapes_below_another(operands: Sequence[Operand]) -> list[str]:
    """A line for each operand, and stars below the axes that do not fit; nothing where all of them do."""
    wide = max((len(operand.text) for operand in operands), default=0)
    columns = [
        [str(size) for size in each] for each in zip_longest(*(reversed(o.shape) for o in operands), fillvalue="")
    ]
    widths = [max(map(len, column)) for column in columns]
    rows = [
        [column[place].rjust(width) for column, width in zip(columns, widths, strict=True)]
        for place in range(len(operands))
    ]
    stars = [(MARK if _differ(column) else "").rjust(width) for column, width in zip(columns, widths, strict=True)]
    if MARK not in "".join(stars):
        return []
    named = [*(operand.text for operand in operands), ""]
    lines = (
        f"{name.ljust(wide)}   {'  '.join(reversed(row))}" for name, row in zip(named, [*rows, stars], strict=True)
    )
    return [line.rstrip() for line in lines]


def shapes_in_a_list(operands: Sequence[Operand]) -> list[str]:
    """A line for each operand; nothing where there is none to be compared with."""
    wide = max((len(operand.text) for operand in operands), default=0)
    return [f"{operand.text.ljust(wide)}   {operand.shape}" for operand in operands] if len(operands) > 1 else []


def _differ(column: Sequence[str]) -> bool:
    """Whether sizes of one axis cannot be broadcast to each other."""
    return len(set(column) - {"", "1"}) > 1
