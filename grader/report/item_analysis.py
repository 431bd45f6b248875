"""How exercises tell students apart: how hard each is, how its points go with those of all the others, and what those
with the lowest marks get wrong.

An exercise is held against the *rest*, and not against a total that it is part of: with few exercises that alone would
make a correlation. A negative one is shown as it is: those who are good elsewhere do worse here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.model.result import ExerciseResult

FEW = 30
"""With fewer students an interval is so wide that it says next to nothing."""
FEWEST = 10
"""With fewer students there is no lowest fifth to speak of."""
NORMAL = 1.959963984540054
"""95 % of a normal distribution lie within so many standard deviations."""
MOST_MISTAKES = 8


@dataclass(frozen=True, slots=True)
class ItemRate:
    """One exercise among the others.

    students: those with a mark for each exercise. mean: of the shares of its points that they got, from 0 to 1.
    correlation: of its points with the points of all others, from -1 to 1; None where either does not vary.
    low, high: its 95 % confidence interval, by Fisher's transformation; None with three students or fewer.
    """

    id: str
    students: int
    mean: float
    correlation: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_negative(self) -> bool:
        """Whether those who are good elsewhere do worse here, as far as one can be sure."""
        return self.high is not None and self.high < 0

    @property
    def is_few(self) -> bool:
        return self.students < FEW


@dataclass(frozen=True, slots=True)
class LowMistake:
    """A misconception: how many of the lowest fifth have it, and how many of all others."""

    exercise: str
    name: str
    lowest: int
    others: int


@dataclass(frozen=True, slots=True)
class LowestFifth:
    """Those with the lowest marks: a fifth of the class, and whoever has the same mark as the last of them.

    most: their best mark, in percent. mistakes: those that are more frequent among them, the largest difference first.
    """

    students: int
    others: int
    most: float
    mistakes: tuple[LowMistake, ...]


@dataclass
class ItemSums:
    """What is kept of a class for `item_rates`: sums. Mutable on purpose: one pass fills it."""

    students: int = 0
    total: float = 0.0
    total_squares: float = 0.0
    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    squares: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    products: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    worth: dict[str, float] = field(default_factory=dict)

    def add(self, exercises: Sequence[ExerciseResult]) -> None:
        """One student, who has a mark for each exercise."""
        total = math.fsum(each.points for each in exercises)
        self.students += 1
        self.total += total
        self.total_squares += total * total
        for each in exercises:
            self.sums[each.id] += each.points
            self.squares[each.id] += each.points * each.points
            self.products[each.id] += each.points * total
            self.worth[each.id] = each.max_points


def item_rates(sums: ItemSums) -> Iterable[ItemRate]:
    """Every exercise, in the order in which they were added."""
    n = sums.students
    all_points = sums.total_squares - sums.total * sums.total / max(n, 1)
    for id, points in sums.sums.items():
        own = sums.squares[id] - points * points / n
        with_total = sums.products[id] - points * sums.total / n
        rest = all_points - 2 * with_total + own
        mean = points / n / sums.worth[id] if sums.worth[id] else 0.0
        correlation = _correlation(with_total - own, own, rest, all_points)
        yield ItemRate(id, n, mean, correlation, *_interval(correlation, n))


def _correlation(together: float, own: float, rest: float, scale: float) -> float | None:
    least = 1e-9 * max(scale, 1e-12)  # what rounding leaves of a variance that is none
    if own <= least or rest <= least:
        return None
    return max(-1.0, min(1.0, together / math.sqrt(own * rest)))


def _interval(correlation: float | None, n: int) -> tuple[float | None, float | None]:
    if correlation is None or n < 4:
        return None, None
    if abs(correlation) == 1:
        return correlation, correlation
    middle, half = math.atanh(correlation), NORMAL / math.sqrt(n - 3)
    return math.tanh(middle - half), math.tanh(middle + half)


def lowest_fifth(marks: Mapping[str, float], behind: Mapping[tuple[str, str], Sequence[str]]) -> LowestFifth | None:
    """None in a class that is too small, or where nobody has a mark above theirs.

    marks: student -> percent, of final marks. behind: exercise and misconception -> who has it.
    """
    if len(marks) < FEWEST:
        return None
    most = sorted(marks.values())[len(marks) // 5 - 1]
    lowest = {student for student, mark in marks.items() if mark <= most}
    others = len(marks) - len(lowest)
    if not others:
        return None
    found = []
    for (exercise, name), students in behind.items():
        among = [student in lowest for student in students if student in marks]
        found.append(LowMistake(exercise, name, sum(among), len(among) - sum(among)))
    excess = {each: each.lowest / len(lowest) - each.others / others for each in found}
    ranked = sorted((each for each in found if excess[each] > 0), key=lambda each: -excess[each])
    return LowestFifth(len(lowest), others, most, tuple(ranked[:MOST_MISTAKES]))
