"""At which attempt a class solves its exercises, and how long that takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from grader.model.result import Attempts


@dataclass(frozen=True, slots=True)
class AttemptRate:
    """How those who tried an exercise solved it: attempt -> students.

    median: attempts of those who solved it. seconds: from the first attempt to the one that solved it, the median of
    those who needed more than one.
    """

    id: str
    solved: Mapping[int, int]
    unsolved: int
    median: float | None
    seconds: float | None

    @property
    def tried(self) -> int:
        return sum(self.steps.values())

    @property
    def steps(self) -> Mapping[str, int]:
        """What became of them, in as many kinds as a reader tells apart."""
        first = {word: self.solved.get(number, 0) for number, word in enumerate(("first", "second", "third"), 1)}
        later = sum(self.solved.values()) - sum(first.values())
        return {**first, "later": later, "missing": self.unsolved}


def attempt_rates(tried: Mapping[str, Counter[Attempts]]) -> Iterator[AttemptRate]:
    """Nothing where nobody has tried anything twice: the first work that is known says nothing of attempts."""
    if any(each.count > 1 for counts in tried.values() for each in counts):
        yield from (_rate(id, counts) for id, counts in tried.items())


def _rate(id: str, counts: Counter[Attempts]) -> AttemptRate:
    solved: Counter[int] = Counter()
    waits: Counter[float] = Counter()  # times are between two runs, so there are few of them
    for each, students in counts.items():
        if each.solved is not None:
            solved[each.solved] += students
            if each.solved > 1 and each.seconds is not None:
                waits[each.seconds] += students
    return AttemptRate(id, solved, counts.total() - solved.total(), _median(solved), _median(waits))


def _median(counts: Counter[int] | Counter[float]) -> float | None:
    return median(counts.elements()) if counts else None
