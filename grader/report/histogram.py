"""The histogram of marks: where its bars stand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 36, 12, 46, 30  # above the highest count there is room for a word, in a phone's size too
MANY = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """`low` to `high` percent, `count` students, and a place in the drawing."""

    low: int
    high: int
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars, grid lines as (count, y), percent labels as (percent, x)."""

    bars: tuple[Bar, ...]
    grid: tuple[tuple[int, float], ...]
    labels: tuple[tuple[int, float], ...]
    median: float | None
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - BOTTOM
    left: int = LEFT
    right: int = WIDTH - RIGHT


def histogram(marks: Sequence[float], median: float | None) -> Histogram:
    """Bars of ten percent, of five for a large class; full marks belong to the last."""
    step = 5 if len(marks) >= MANY else 10
    counts = Counter(min(int(mark // step), 100 // step - 1) for mark in marks)
    most = max(counts.values(), default=1)
    return Histogram(
        bars=tuple(_bar(place * step, step, counts[place], most) for place in range(100 // step)),
        grid=tuple((count, _y(count, most)) for count in range(0, most + 1, _round_step(most))),
        labels=tuple((percent, _x(percent)) for percent in range(0, 101, 20)),
        median=None if median is None else _x(median),
    )


def _bar(low: int, step: int, count: int, most: int) -> Bar:
    left, right, top = _x(low) + 1.5, _x(low + step) - 1.5, _y(count, most)
    return Bar(low, low + step, count, left, top, round(right - left, 1), round(_y(0, most) - top, 1))


def _x(percent: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * percent / 100, 1)


def _y(count: int, most: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * count / most, 1)


def _round_step(most: int) -> int:
    """The distance of grid lines: 1, 2 or 5 times a power of ten, at most five lines."""
    rough = max(most / 4, 1)
    power = int(10 ** math.floor(math.log10(rough)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
