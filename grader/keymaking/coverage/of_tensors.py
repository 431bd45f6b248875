"""Partitions of a tensor: its shape, its layout, its dtype, its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from grader.keymaking.coverage.partition import Group, Partition
from grader.model.tolerance import SMALLEST_NORMAL
from grader.model.value import Array

LARGEST = {"float64": 1.79e308, "float32": 3.4e38, "float16": 65504.0, "bfloat16": 3.4e38}
MOST_AXES = 4
LONG = 1000


def of_tensor(name: str, x: Array) -> Iterator[Partition]:
    """All of one tensor's."""
    with np.errstate(all="ignore"):
        yield from _of_one(name, x)


def _of_one(name: str, x: Array) -> Iterator[Partition]:
    yield from _of_shape(name, x)
    group: Group = "precision" if x.dtype in ("float64", "float32") else "other"
    yield Partition(f"{name} is {x.dtype}", group, f"{name} dtype")
    numbers = x.numpy()
    if not numbers.size:
        return
    if x.dtype == "bool":
        text = "True everywhere" if numbers.all() else "True somewhere" if numbers.any() else "False everywhere"
        yield Partition(f"{name} is {text}", "small", f"{name} values")
    else:
        yield from _of_values(name, x.dtype, numbers)
        if name == "A" and numbers.ndim == 2 and 1 < len(numbers) == numbers.shape[1] and np.isfinite(numbers).all():
            yield from _of_square(name, numbers.astype(np.float64))


def _of_shape(name: str, x: Array) -> Iterator[Partition]:
    count = len(x.shape)
    axes = f"more than {MOST_AXES} axes" if count > MOST_AXES else f"{count} {'axis' if count == 1 else 'axes'}"
    yield Partition(f"{name} has {axes}", "other", f"{name} axes")
    for size in (size for size in (0, 1) if size in x.shape):
        yield Partition(f"{name} has an axis of size {size}", "thin", f"{name} {size}")
        if count > 1 and x.shape[0] == size:
            yield Partition(f"the first axis of {name} has size {size}", "thin", f"{name} {size}")
    if count > 1 and min(x.shape) > 1:
        if len(set(x.shape)) == 1:
            yield Partition(f"all axes of {name} have one size", "minor", f"{name} sizes")
        elif len(set(x.shape)) == count:
            yield Partition(f"the axes of {name} have different sizes", "minor", f"{name} sizes")
    if x.strides is not None and math.prod(x.shape) > 1:
        dense = len(x.data) == x.numpy().nbytes
        yield Partition(f"{name} is {'transposed' if dense else 'a view with gaps'}", "other", f"{name} layout")
    if math.prod(x.shape) > LONG:
        yield Partition(f"{name} has more than {LONG} entries", "other", f"{name} length")


def _of_square(name: str, x: np.ndarray) -> Iterator[Partition]:
    """What makes a square matrix simpler than others."""
    off, sums = x - np.diag(np.diag(x)), x.sum(1)
    if not off.any():
        yield Partition(f"{name} is diagonal", "small", f"{name} form")
    elif np.allclose(sums, sums[0], rtol=1e-5):
        yield Partition(f"all rows of {name} have one sum", "small", f"{name} form")
    elif np.allclose(x, x.T, rtol=1e-5):
        yield Partition(f"{name} is symmetric", "small", f"{name} form")


def _of_values(name: str, dtype: str, numbers: np.ndarray) -> Iterator[Partition]:
    flat = numbers.ravel()
    if flat.size > LONG:
        flat = flat[:LONG]
    flat = flat.astype(np.float64)
    finite = flat[np.isfinite(flat)]
    if finite.size < flat.size:
        for text, there in (("nan", np.isnan(flat)), ("inf", flat == np.inf), ("-inf", flat == -np.inf)):
            if there.any():
                yield Partition(f"{name} holds {text}", "magnitude", f"{name} {text}")
    if not finite.size:
        return
    zeros = finite == 0
    if zeros.all():
        yield Partition(f"{name} is zero", "magnitude", f"{name} values")
        return
    if zeros.any():
        yield Partition(f"{name} holds zeros", "minor", f"{name} zeros")
    if len(np.unique(finite[~zeros])) < finite.size - zeros.sum():
        yield Partition(f"{name} holds equal numbers", "minor", f"{name} ties")
    if finite.min() >= 0 or finite.max() <= 0:
        yield Partition(
            f"no number in {name} is {'negative' if finite.min() >= 0 else 'positive'}", "other", f"{name} signs"
        )
    if dtype not in LARGEST and np.abs(finite).max() > 2**24:
        yield Partition(f"{name} holds numbers above 2^24", "magnitude", f"{name} magnitude")
    if dtype in LARGEST:
        yield from _of_magnitudes(name, dtype, finite[~zeros])


def _of_magnitudes(name: str, dtype: str, numbers: np.ndarray) -> Iterator[Partition]:
    sizes = np.abs(numbers)
    low, high = float(sizes.min()), float(sizes.max())
    far = 1e3 if dtype in ("float16", "bfloat16") else 1e6
    text = ""
    if high > math.sqrt(LARGEST[dtype]):
        text = "are so large that squares overflow"
    elif high < math.sqrt(SMALLEST_NORMAL[dtype]):
        text = "are so small that squares vanish"
    elif high > math.log(LARGEST[dtype]):
        text = "are so large that exp overflows"
    elif high < 1e-3:
        text = "are small"
    if high > far * low:
        yield Partition(f"numbers in {name} lie far apart", "magnitude", f"{name} spread")
    if text:
        yield Partition(f"numbers in {name} {text}", "magnitude", f"{name} magnitude")
    if numbers.size > 1 and abs(float(numbers.mean())) > 50 * float(numbers.std()) > 0:
        yield Partition(f"{name} lies far from zero", "minor", f"{name} place")
