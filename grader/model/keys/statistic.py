"""What a law is, and what it looks at: the pieces that `law` is made of.

A page calls a statement, `law.share_of_zeros(p=0.3)`, and gets a `Law`, plain data, for the key. The judge makes a
`Sample` of an answer, in which the statement's other half finds `Statistics`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.model.value import Value


@dataclass(frozen=True, slots=True)
class Law:
    """A law as a key holds it: its name, its numbers, and how many calls it looks at.

    calls: this many calls in a row, generators going on from one to the next.
    renewed: and two more: one with the generators' first seed again, one with another seed.
    gradient: it looks at the gradient of an answer beside that answer, and at one call.
    """

    name: str
    numbers: Mapping[str, Value]
    calls: int = 1
    renewed: bool = False
    gradient: bool = False

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


def plan(laws: tuple[Law, ...]) -> tuple[int | None, ...]:
    """The calls that these laws look at, as `Question.calls`."""
    in_a_row = max((law.calls for law in laws), default=1)
    return (0, *[None] * (in_a_row - 1), *([0, 1] if any(law.renewed for law in laws) else []))
