"""What a law looks at, and how it is stated: the sample that an answer makes, the halves of a statement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from grader.judging.bounds import chernoff
from grader.model.keys.statistic import Law, Statistic
from grader.model.question import Question
from grader.model.value import Array, Value, leaves


@dataclass(frozen=True, slots=True)
class Sample:
    """The arrays a law looks at: the argument, and one answer per call; `again` and `other` are renewed calls.

    gradient: that with respect to the argument, of `cotangent` times the answer.
    """

    argument: np.ndarray
    answers: tuple[np.ndarray, ...]
    again: np.ndarray | None = None
    other: np.ndarray | None = None
    dtype: str = "float32"
    gradient: np.ndarray | None = None
    cotangent: np.ndarray | None = None

    @property
    def answer(self) -> np.ndarray:
        return self.answers[0]


Statistics = Mapping[str, Statistic]

_SampleReader = Callable[..., Statistics]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a page calls; `read` is the judge's half of it."""

    read: _SampleReader
    calls: int
    renewed: bool
    gradient: bool

    def __call__(self, *, of: str = "", argument: int = 0, **numbers: Value) -> Law:
        numbers = {"of": of, "argument": argument, **numbers}
        return Law(self.read.__name__, numbers, self.calls, self.renewed, self.gradient)


def stated(calls: int = 1, *, renewed: bool = False, gradient: bool = False) -> Callable[[_SampleReader], Statement]:
    """Makes a statement of the function that reads it."""
    return lambda read: Statement(read, calls, renewed, gradient)


def reading_of(law: Law, question: Question, values: tuple[Value, ...], gradients: tuple[Value, ...] = ()) -> Sample:
    in_a_row = 1 + sum(call is None for call in question.calls)
    found = [dict(leaves(value)).get(law.path) for value in values]
    seen = [leaf.numpy() if isinstance(leaf, Array) else np.asarray(leaf) for leaf in found]
    renewed = seen[in_a_row:] if len(question.calls) > in_a_row else [None, None]
    subject = question.named.get(law.numbers["argument"])
    dtype = found[0].dtype if isinstance(found[0], Array) and found[0].is_float() else "float32"
    argument = subject.numpy() if isinstance(subject, Array) else np.zeros(0)
    sample = Sample(argument, tuple(seen[:in_a_row]), renewed[0], renewed[1], dtype)
    return _with_gradient(sample, law, question, gradients) if law.gradient else sample


def _with_gradient(sample: Sample, law: Law, question: Question, gradients: tuple[Value, ...]) -> Sample:
    """An answer that hangs on nothing has a gradient of zero."""
    at = question.gradients.index(f"[{law.numbers['argument']!r}]")
    leaf = gradients[at]
    gradient = leaf.numpy() if isinstance(leaf, Array) else np.zeros_like(sample.argument)
    (cotangent,) = question.cotangents
    return replace(sample, gradient=gradient, cotangent=cotangent.numpy())


def share_of(seen: np.ndarray, p: float) -> Statistic:
    """The share of these coins that are up, where each is with probability p."""
    return Statistic(float(seen.mean()) if seen.size else math.nan, p, chernoff(seen.size, p))


def equal_share(a: np.ndarray | None, b: np.ndarray, expected: float, width: float) -> Statistic:
    """The share of entries that two answers have in common; NaN where they have none."""
    if a is None or a.shape != b.shape or not b.size:
        return Statistic(math.nan, expected, width)
    return Statistic(float(np.mean(a == b)), expected, width)
