"""A sound course of one exercise, and what an author may do to it."""

from __future__ import annotations

from pathlib import Path

MEAN_COURSE = {
    "exercises/course.toml": 'title = "Means"\ntopics = ["means"]\n',
    "exercises/means.py": '''"""Means

What stands for many numbers.
"""

import torch
from torch import Tensor


def mean_of_rows(X: Tensor, weight: float) -> Tensor:
    """Average each row and multiply by a weight.

    Args:
        X: a matrix of shape (n, d) and any floating dtype.
        weight: any number.
    Returns:
        shape (n,).

    >>> mean_of_rows(torch.tensor([[1.0, 3.0]]), 2.0)
    tensor([4.])
    """
    raise NotImplementedError
''',
    "solutions/means/mean_of_rows.py": '''"""A mean along an axis."""

from grader import Exercise, alternative, case, misconception, reference

exercise = Exercise(points=1)


@reference
def mean_of_rows(X, weight):
    return weight * X.mean(1)


@case
def a_wide_matrix(draw):
    return draw.normal(3, 5), 2.5


@misconception("Those are means of columns.", "Average along axis 1.")
def of_columns(X, weight):
    return weight * X.mean(0)
''',
}


def write_mean_course(folder: Path) -> Path:
    for name, text in MEAN_COURSE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder
