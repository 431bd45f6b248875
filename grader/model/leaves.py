"""An answer of any form as a flat sheet, path -> leaf.

Paths: `value`, `value['w1'][0]`, `gradient[0]`, `after['state']`; lists and tuples are interchangeable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from grader.model.question import Question, Returned
from grader.model.value import Array, Library, Opaque, Value, leaves
from grader.model.vocabulary import LeafKind

Sheet = dict[str, Value]
KINDS_OF_ARRAYS: Mapping[Library, LeafKind] = {"torch": "tensor", "numpy": "numpy.ndarray"}


def sheet(question: Question, answer: Returned) -> Sheet:
    """Every leaf that an answer shows, by path; of several calls, the first."""
    seen: Sheet = {}
    if answer.values:
        seen |= {f"value{path}": _named_if_empty(leaf) for path, leaf in leaves(answer.values[0])}
    seen |= {f"gradient{path}": leaf for path, leaf in zip(question.gradients, answer.gradients, strict=False)}
    for path, value in zip(question.after, answer.after, strict=False):
        seen |= {f"after{path}{rest}": leaf for rest, leaf in leaves(value)}
    return seen


def _named_if_empty(leaf: Value) -> Value:
    return Opaque("an empty collection") if isinstance(leaf, (list, tuple, dict)) else leaf


def numbers(leaf: Value) -> np.ndarray | None:
    """A leaf as an array, or None where it holds no numbers."""
    if isinstance(leaf, Array):
        return leaf.numpy()
    if isinstance(leaf, (bool, float)):
        return np.asarray(leaf)
    if isinstance(leaf, int):
        return np.asarray(leaf, dtype=np.int64) if leaf.bit_length() < 64 else np.asarray(_rounded(leaf))
    return None


def _rounded(large: int) -> float:
    try:
        return float(large)
    except OverflowError:
        return math.inf if large > 0 else -math.inf


def kind(leaf: Value) -> str:
    """The name of a leaf's type: "tensor", "int", "str", "None"; for what is no plain value what is known of it."""
    if isinstance(leaf, Array):
        return KINDS_OF_ARRAYS[leaf.library]
    if leaf is None:
        return "None"
    return str(leaf.type.strip() or "object") if isinstance(leaf, Opaque) else type(leaf).__name__.lower()
