"""What a law is, and what it looks at: the pieces that `law` is made of.

A page calls a statement, `law.share_of_zeros(p=0.3)`, and gets a `Law`, plain data, for the key. The judge makes a
`Reading` of an answer, in which the statement's other half finds `Statistics`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from grader.model.question import Question
from grader.model.value import Array, Value, leaves


@dataclass(frozen=True, slots=True)
class Law:
    """A law as a key holds it: its name, its numbers, and how many calls it looks at.

    calls: this many calls in a row, generators going on from one to the next.
    renewed: and two more: one with the generators' first seed again, one with another seed.
    """

    name: str
    numbers: Mapping[str, Value]
    calls: int = 1
    renewed: bool = False

    @property
    def path(self) -> str:
        """The leaf of the answer that the law is about."""
        return f"[{self.numbers['of']!r}]" if self.numbers["of"] else ""


@dataclass(frozen=True, slots=True)
class Statistic:
    """What is seen, what is expected, and how far chance may carry it."""

    seen: float
    expected: float
    width: float

    @property
    def holds(self) -> bool:
        return abs(self.seen - self.expected) <= self.width  # NaN does not hold


@dataclass(frozen=True, slots=True)
class Reading:
    """The arrays a law looks at: the argument, and one answer per call; `again` and `other` are renewed calls."""

    argument: np.ndarray
    answers: tuple[np.ndarray, ...]
    again: np.ndarray | None = None
    other: np.ndarray | None = None
    dtype: str = "float32"

    @property
    def answer(self) -> np.ndarray:
        return self.answers[0]


Statistics = Mapping[str, Statistic]
_Read = Callable[..., Statistics]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a page calls; `read` is the judge's half of it."""

    read: _Read
    calls: int
    renewed: bool

    def __call__(self, *, of: str = "", argument: int = 0, **numbers: Value) -> Law:
        return Law(self.read.__name__, {"of": of, "argument": argument, **numbers}, self.calls, self.renewed)


def stated(calls: int = 1, *, renewed: bool = False) -> Callable[[_Read], Statement]:
    """Makes a statement of the function that reads it."""
    return lambda read: Statement(read, calls, renewed)


def plan(laws: tuple[Law, ...]) -> tuple[int | None, ...]:
    """The calls that these laws look at, as `Question.calls`."""
    in_a_row = max((law.calls for law in laws), default=1)
    return (0, *[None] * (in_a_row - 1), *([0, 1] if any(law.renewed for law in laws) else []))


def reading_of(law: Law, question: Question, values: tuple[Value, ...]) -> Reading:
    in_a_row = 1 + sum(call is None for call in question.calls)
    found = [dict(leaves(value)).get(law.path) for value in values]
    seen = [leaf.numpy() if isinstance(leaf, Array) else np.asarray(leaf) for leaf in found]
    renewed = seen[in_a_row:] if len(question.calls) > in_a_row else [None, None]
    subject = question.named.get(law.numbers["argument"])
    dtype = found[0].dtype if isinstance(found[0], Array) and found[0].is_float() else "float32"
    argument = subject.numpy() if isinstance(subject, Array) else np.zeros(0)
    return Reading(argument, tuple(seen[:in_a_row]), renewed[0], renewed[1], dtype)
