"""A course without torch: stubs, pages and students write NumPy."""

from __future__ import annotations

from pathlib import Path

NUMPY_COURSE = {
    "exercises/course.toml": 'title = "Arrays"\ntopics = ["arrays"]\n',
    "exercises/arrays.py": '''"""Arrays

Four functions about NumPy.
"""

import numpy as np


def center(X: np.ndarray, axis: int) -> np.ndarray:
    """Take the mean along an axis away.

    Args:
        X: a matrix of shape (n, d) and floating dtype; that axis has at least one number.
        axis: may be negative.
    Returns:
        an array like X.

    >>> center(np.array([[1.0, 3.0]]), 1)
    array([[-1.,  1.]])
    """
    raise NotImplementedError


def one_hot(labels: np.ndarray, q: int) -> np.ndarray:
    """Make a row of zeros and a single one of each label.

    Args:
        labels: shape (n,), int64, from 0 to q - 1.
        q: how many classes there are.
    Returns:
        shape (n, q), float64.

    >>> one_hot(np.array([1, 0]), 2)
    array([[0., 1.],
           [1., 0.]])
    """
    raise NotImplementedError


def clip_in_place(X: np.ndarray, most: float) -> None:
    """Cut all numbers above a bound down to it, in place.

    Args:
        X: any shape and floating dtype.
        most: the bound.
    Returns:
        nothing: X itself changes.

    >>> X = np.array([1.0, 3.0])
    >>> clip_in_place(X, 2.0)
    >>> X
    array([1., 2.])
    """
    raise NotImplementedError


def drop(X: np.ndarray, p: float, rng: np.random.Generator) -> np.ndarray:
    """Zero each number with a probability, and scale the others so that the mean stays.

    Args:
        X: any shape and floating dtype.
        p: the probability, 0 <= p < 1.
        rng: where the coins come from.
    Returns:
        an array like X.

    >>> drop(np.zeros(2), 0.5, np.random.default_rng(0))
    array([0., 0.])
    """
    raise NotImplementedError
''',
    "solutions/arrays/center.py": '''"""The mean must keep its axis."""

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(points=2, arrays="numpy")


@reference
def center(X, axis):
    return X - X.mean(axis=axis, keepdims=True)


@alternative
def by_expanding(X, axis):
    import numpy as np

    return X - np.expand_dims(np.mean(X, axis), axis)


@case
def rows_of_a_square(draw):
    return draw.normal(4, 4), 1


@case
def columns(draw):
    return draw.normal(5, 3), 0


@domain(dtypes=("float64", "float32"), outside={"half precision": "NumPy adds it up in half precision, too"})
def any_matrix(draw):
    X = draw.any(draw.size(1), draw.size(1), without="inf huge")
    return X, draw.axis(X)


@batch
def more_rows(draw, n):
    return draw.normal(n, 3), 1


@misconception("The mean loses its axis and meets the columns.", "Say keepdims=True.")
def without_keepdims(X, axis):
    return X - X.mean(axis=axis)
''',
    "solutions/arrays/one_hot.py": '''"""Indexing with two arrays."""

import numpy as np

from grader import Exercise, case, misconception, reference

exercise = Exercise(points=1, arrays="numpy", forbid=("eye",), forbid_reason="Write the ones yourself.")


@reference
def one_hot(labels, q):
    rows = np.zeros((len(labels), q))
    rows[np.arange(len(labels)), labels] = 1
    return rows


@case
def some_labels(draw):
    return draw.integers(6, high=4), 4


@case(aspect="edge")
def no_labels(draw):
    return draw.integers(0, high=3), 3


@misconception("Those are columns.", "Let the rows be the labels.")
def transposed(labels, q):
    columns = np.zeros((q, len(labels)))
    columns[labels, np.arange(len(labels))] = 1
    return columns
''',
    "solutions/arrays/clip_in_place.py": '''"""In place."""

from grader import Exercise, case, misconception, reference

exercise = Exercise(points=1, arrays="numpy", mutates=("X",))


@reference
def clip_in_place(X, most):
    X[X > most] = most


@case
def a_matrix(draw):
    return draw.normal(3, 4), 0.25


@case
def a_view(draw):
    return draw.every_second(draw.normal(3, 4)), 0.25


@misconception("That makes another array, and X stays as it was.", "Write into X.")
def a_new_one(X, most):
    X = X.clip(max=most)
''',
    "solutions/arrays/drop.py": '''"""Masks."""

import numpy as np

from grader import Exercise, case, law, laws, misconception, reference

exercise = Exercise(points=1, arrays="numpy")


@reference
def drop(X, p, rng):
    return np.where(rng.random(X.shape) < p, 0, X / (1 - p)).astype(X.dtype)


@laws
def what_holds(X, p, rng):
    if p == 0:
        return []
    return [law.share_of_zeros(p=p), law.survivors_scaled_by(factor=1 / (1 - p)), law.same_seed_same_answer()]


@case
def three_in_ten(draw):
    return draw.full(150, 150, value=2.0), 0.3, draw.generator()


@case(aspect="edge")
def nothing_is_dropped(draw):
    return draw.normal(3, 4), 0, draw.generator()


@misconception("The sum shrinks, for nothing makes up for what is dropped.", "Divide by 1 - p.")
def unscaled(X, p, rng):
    return np.where(rng.random(X.shape) < p, 0, X).astype(X.dtype)
''',
}
SOLVED = """import numpy as np


def center(X, axis):
    return X - X.mean(axis, keepdims=True)


def one_hot(labels, q):
    return (np.arange(q) == labels[:, None]).astype(np.float64)


def clip_in_place(X, most):
    np.minimum(X, most, out=X)


def drop(X, p, rng):
    kept = rng.random(X.shape) >= p
    return (X * kept / (1 - p)).astype(X.dtype)
"""
MISTAKEN = """import numpy as np
import torch


def center(X, axis):
    return X - X.mean(axis)


def one_hot(labels, q):
    return np.eye(q)[labels]


def clip_in_place(X, most):
    X = np.minimum(X, most)


def drop(X, p, rng):
    return torch.tensor(X)
"""


def write_numpy_course(folder: Path) -> Path:
    for name, text in NUMPY_COURSE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder
