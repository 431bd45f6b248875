"""Partitions of a Python number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from grader.keymaking.coverage.partition import Partition


def of_number(name: str, value: float) -> Iterator[Partition]:
    """Its value where that is special, its range, how many digits it has, and whether it is an int."""
    if value in (0, 1, 0.5) or math.isinf(value):
        yield Partition(f"{name} is {value:g}", "small", name)
    else:
        yield Partition(f"{name} {_range(value)}", "small", name)
        if not isinstance(value, int) and 0 < value < 1:
            one = round(value, 1) == value
            yield Partition(f"{name} has {'one digit' if one else 'more than one digit'}", "minor", f"{name} digits")
    yield Partition(f"{name} is {'an int' if isinstance(value, int) else 'a float'}", "minor", f"{name} kind")


def _range(value: float) -> str:
    if value < 0:
        return "is negative"
    for bound in (1e-6, 0.1):
        if value < bound:
            return f"is below {bound:g}"
    if 0.9 < value < 1:
        return "lies between 0.9 and 1"
    if value < 1:
        return "lies between 0.1 and 0.9"
    return "is above 100" if value > 100 else "is above 1"


def of_size(name: str, value: float, n: int) -> Iterator[Partition]:
    """A number of examples out of n."""
    if value == 1:
        text = "is 1"
    elif value >= n:
        text = "is all there are" if value == n else "is more than there are"
    else:
        text = "leaves a rest" if n % value else "leaves no rest"
    yield Partition(f"{name} {text}", "small", name)
