"""Answers -> the numbers that a picture shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.model.keys.picture import PictureKind
from grader.model.leaves import numbers
from grader.model.question import Returned
from grader.model.value import Value, leaves


def numbers_of(answers: Sequence[Returned], kind: PictureKind, part: str) -> np.ndarray:
    """The numbers of all answers, in float64: flat for curves and bars, a matrix for images and paths.

    Raises `ValueError`, in a student's words, where there are none of that kind.
    """
    found = np.concatenate([_flat(answer.values[0], part) for answer in answers]) if kind in ("curve", "bars") else None
    if found is not None:
        return found
    matrix = _part(answers[0].values[0], part)
    if matrix is None or matrix.ndim != 2:
        raise ValueError("the answer is no matrix")
    return matrix.astype(np.float64)


def _part(answer: Value, part: str) -> np.ndarray | None:
    leaf = next((leaf for path, leaf in leaves(answer) if path == part), None)
    return None if leaf is None else numbers(leaf)


def _flat(answer: Value, part: str) -> np.ndarray:
    """All numbers of a part, one after the other."""
    arrays = [numbers(leaf) for path, leaf in leaves(answer) if path.startswith(part)]
    if not arrays or any(array is None for array in arrays):
        raise ValueError("the answer holds no numbers" + (f" in its part {part}" if part else ""))
    return np.concatenate([np.asarray(array, np.float64).reshape(-1) for array in arrays])
