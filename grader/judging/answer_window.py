"""A failed finding -> the part of the answer around its worst entry, beside the truth."""

from __future__ import annotations

import numpy as np

from grader.judging.compare import wrong_entries
from grader.judging.findings import Finding
from grader.model.answer_window import COLUMNS, ROWS, AnswerWindow, Region
from grader.model.keys.key import Expected
from grader.model.leaves import numbers
from grader.model.value import Array

DIGITS = 6


def window_of(finding: Finding) -> AnswerWindow | None:
    """The window of a wrong number among several, of an answer with one or two axes; None where nothing is to be seen.

    Nothing is where four digits do not show the difference, as of a right number in too coarse a dtype.
    """
    mismatch = finding.mismatch
    if mismatch is None or mismatch.kind not in ("value", "nan") or mismatch.size < 2:
        return None
    expected = next((each for each in finding.entry.expected if each.path == mismatch.path), None)
    if expected is None or len(expected.shape) not in (1, 2) or not isinstance(finding.got, Array):
        return None
    truth, got = np.atleast_2d(np.asarray(numbers(expected.truth))), np.atleast_2d(finding.got.numpy())
    if f"{truth[_place(expected, mismatch.index)]:.4g}" == f"{got[_place(expected, mismatch.index)]:.4g}":
        return None
    return _window(expected, truth, got, np.atleast_2d(wrong_entries(expected, finding.got)), mismatch.index)


def _place(expected: Expected, index: tuple[int, ...]) -> tuple[int, ...]:
    return (0, *index) if len(expected.shape) == 1 else index


def _window(
    expected: Expected, truth: np.ndarray, got: np.ndarray, wrong: np.ndarray, index: tuple[int, ...]
) -> AnswerWindow:
    row, column = _place(expected, index)
    top, left = _begin(row, truth.shape[0], ROWS), _begin(column, truth.shape[1], COLUMNS)
    part = np.s_[top : top + ROWS, left : left + COLUMNS]
    region, place = _region(wrong)
    return AnswerWindow(
        vector=len(expected.shape) == 1,
        shape=(truth.shape[0], truth.shape[1]),
        first=(top, left),
        expected=_rows(truth[part]),
        got=_rows(got[part]),
        wrong=tuple(tuple(bool(each) for each in line) for line in wrong[part]),
        region=region,
        place=place,
    )


def _begin(place: int, size: int, most: int) -> int:
    """Where a window begins that holds this place: at the front if it can."""
    return 0 if place < most else min(place - most // 2, size - most)


def _rows(part: np.ndarray) -> tuple[tuple[bool | int | float, ...], ...]:
    return tuple(tuple(_short(each) for each in line) for line in part.tolist())


def _short(number: bool | int | float) -> bool | int | float:
    return float(f"{number:.{DIGITS}g}") if isinstance(number, float) else number


def _region(wrong: np.ndarray) -> tuple[Region, int]:
    """Where all wrong entries lie, if that says something: other entries there could have been wrong as well."""
    rows, columns = np.flatnonzero(wrong.any(1)), np.flatnonzero(wrong.any(0))
    height, width = wrong.shape
    if height > 1 and len(rows) == 1 and wrong[rows[0]].all():
        return "row", int(rows[0])
    if width > 1 and height > 1 and len(columns) == 1 and wrong[:, columns[0]].all():
        return "column", int(columns[0])
    diagonal = np.eye(height, width, dtype=bool)
    if height == width > 1 and np.array_equal(wrong, diagonal):
        return "diagonal", 0
    if height == width > 1 and np.array_equal(wrong, ~diagonal):
        return "off_diagonal", 0
    return "", 0
