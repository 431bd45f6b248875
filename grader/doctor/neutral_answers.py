"""Answers that are wrong and come from no mistake that a page lists: whoever names one blames somebody for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader.model.question import Answer, Returned
from grader.model.value import Array, Value, map_leaves

NeutralChange = Callable[[np.ndarray], np.ndarray]


def _noise(x: np.ndarray) -> np.ndarray:
    return x + np.random.default_rng(x.size).normal(size=x.shape)


CHANGES: Mapping[str, NeutralChange] = {
    "a mean of the right numbers": lambda x: np.full_like(x, x.mean() if x.size else 0),
    "the right numbers with noise": _noise,
    "2 everywhere": lambda x: np.full_like(x, 2),
    "a half everywhere": lambda x: np.full_like(x, 0.5),
    "nothing but zeros": np.zeros_like,
    "nothing but ones": np.ones_like,
    "the right numbers in other places": lambda x: np.roll(x, 1),
    "the right numbers and 0.37": lambda x: x + 0.37,
    "1.37 times the right numbers": lambda x: x * 1.37,
}


def neutral_answers(own: Sequence[Answer]) -> Iterator[tuple[str, tuple[Answer, ...]]]:
    """Each kind of them, made from the right answers."""
    for name, change in CHANGES.items():
        yield name, tuple(_changed(answer, change) for answer in own)


def _changed(answer: Answer, change: NeutralChange) -> Answer:
    if not isinstance(answer, Returned):
        return answer
    values = tuple(map_leaves(lambda leaf: _leaf(leaf, change), value) for value in answer.values)
    gradients = tuple(map_leaves(lambda leaf: _leaf(leaf, change), value) for value in answer.gradients)
    return replace(answer, values=values, gradients=gradients)


def _leaf(leaf: Value, change: NeutralChange) -> Value:
    if not isinstance(leaf, Array) or not leaf.is_float() or leaf.dtype == "bfloat16":
        return leaf
    numbers = leaf.numpy()
    with np.errstate(all="ignore"):
        return Array.of(change(numbers).astype(numbers.dtype), leaf.library)
