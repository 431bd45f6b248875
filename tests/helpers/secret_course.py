"""A course of one exercise with a hidden case, whose number is a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

SECRET = "73921.25"
HIDDEN_COURSE = {
    "exercises/course.toml": 'name = "tiny"\ntitle = "A tiny course"\ntopics = ["doubling"]\n',
    "exercises/doubling.py": '''"""Doubling

One function, to be doubled.
"""

import torch
from torch import Tensor


def double(x: Tensor) -> Tensor:
    """Double every entry.

    Args:
        x: a tensor of any shape and floating dtype.
    Returns:
        Twice x.

    >>> double(torch.tensor([1.0]))
    tensor([2.])
    """
    raise NotImplementedError
''',
    "solutions/doubling/double.py": f'''"""Twice."""

from grader import Exercise, case, misconception, reference

exercise = Exercise(points=1)


@reference
def double(x):
    return 2 * x


@case
def some(draw):
    return draw.normal(3)


@case(hidden=True, aspect="edge")
def a_secret_number(draw):
    return draw.full(2, 3, value={SECRET})


@misconception("You forget the factor. Multiply by two.")
def unchanged(x):
    return x.clone()
''',
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one exercise with a hidden case."""
    folder = tmp_path_factory.mktemp("tiny course")
    for name, text in HIDDEN_COURSE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
