"""A part of an answer beside the truth, for those who would rather look than read."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from grader.model.vocabulary import one_of

ROWS, COLUMNS = 6, 6
"""How much of an answer is shown at most."""

Number = bool | int | float
Region = Literal["", "row", "column", "diagonal", "off_diagonal"]
REGIONS: tuple[Region, ...] = ("", "row", "column", "diagonal", "off_diagonal")


@dataclass(frozen=True, slots=True)
class AnswerWindow:
    """Rows and columns of an answer around the entry that is furthest off, and the same of the truth.

    vector: the answer has one axis, and its entries stand in one row. shape: how many rows and columns there are in
    all. first: the row and the column with which the window begins, from 0. expected, got: rows of numbers. wrong: rows
    that say of each entry whether it is further off than it may be.
    region, place: where all wrong entries of the whole answer lie, if that is one row, one column or a diagonal; the
    place is the number of the row or the column.
    """

    vector: bool
    shape: tuple[int, int]
    first: tuple[int, int]
    expected: tuple[tuple[Number, ...], ...]
    got: tuple[tuple[Number, ...], ...]
    wrong: tuple[tuple[bool, ...], ...]
    region: Region = ""
    place: int = 0


def window_to_json(window: AnswerWindow) -> dict[str, Any]:
    """The window as a JSON object; numbers that JSON has not are "nan", "inf" and "-inf"."""
    return asdict(window) | {name: _told(getattr(window, name)) for name in ("expected", "got")}


def window_from_json(node: Any) -> AnswerWindow:
    """The window that a JSON object tells of. Raises `ValueError` where it tells of none."""
    try:
        return AnswerWindow(
            vector=bool(node["vector"]),
            shape=_pair(node["shape"]),
            first=_pair(node["first"]),
            expected=_read(node["expected"]),
            got=_read(node["got"]),
            wrong=tuple(tuple(map(bool, line)) for line in node["wrong"]),
            region=one_of(REGIONS, node["region"]),
            place=int(node["place"]),
        )
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"a window lacks something: {error}") from None


def _told(rows: tuple[tuple[Number, ...], ...]) -> list[list[Number | str]]:
    return [[each if math.isfinite(each) else str(each) for each in row] for row in rows]


def _pair(node: Any) -> tuple[int, int]:
    first, second = node
    return int(first), int(second)


def _read(rows: Any) -> tuple[tuple[Number, ...], ...]:
    return tuple(tuple(each if isinstance(each, int) else float(each) for each in row) for row in rows)
