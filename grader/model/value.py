"""What may be asked and answered: a closed set of plain data.

    Value = Array | Dtype | Device | Generator | Opaque | None | bool | int | float | str | list | tuple | dict

How a value crosses the wire, and rests in a key, is told in `tree`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

ITEM_BYTES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2,
    "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
}  # fmt: skip
FLOATS = ("float64", "float32", "float16", "bfloat16")

Library = Literal["torch", "numpy"]
"""Whose arrays these are: torch's tensors, or NumPy's."""

Value = Any  # the union above; recursive, so mypy cannot say it usefully


@dataclass(frozen=True, slots=True)
class Array:
    """A tensor without torch, or an array of NumPy's: `library` says which it is where code is run.

    `dtype` is torch's name. `data` is little-endian. With `strides` (in elements), `data` is the
    storage that a non-contiguous tensor looks into; without, it is in row-major order.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes
    strides: tuple[int, ...] | None = None
    library: Library = "torch"

    def numpy(self) -> np.ndarray:
        """The numbers, as NumPy holds them; bfloat16 becomes float32, which holds it exactly."""
        if self.dtype == "bfloat16":
            wide = np.frombuffer(self.data, "<u2").astype("<u4") << 16
            flat = wide.view("<f4")
        else:
            flat = np.frombuffer(self.data, np.dtype(self.dtype).newbyteorder("<"))
        if self.strides is None:
            return flat.reshape(self.shape)
        steps = tuple(step * flat.itemsize for step in self.strides)
        return np.lib.stride_tricks.as_strided(flat, self.shape, steps, writeable=False)

    @staticmethod
    def of(numbers: np.ndarray, library: Library = "torch") -> Array:
        """An array of a NumPy array, in row-major order."""
        return Array(str(numbers.dtype), numbers.shape, np.ascontiguousarray(numbers).tobytes(), library=library)

    def wide(self) -> Array:
        """Gives the numbers in float64, in the same layout."""
        stored = replace(self, shape=(len(self.data) // ITEM_BYTES[self.dtype],), strides=None).numpy()
        return Array("float64", self.shape, stored.astype("<f8").tobytes(), self.strides, self.library)

    def is_float(self) -> bool:
        """Whether the dtype is a floating one."""
        return self.dtype in FLOATS


@dataclass(frozen=True, slots=True)
class Dtype:
    """A dtype by torch's name, or `"question"`: the dtype in which the question is asked."""

    name: str


@dataclass(frozen=True, slots=True)
class Device:
    """A device by torch's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Generator:
    """A random generator, by its seed; one of torch's lives on the device of the question."""

    seed: int
    library: Library = "torch"


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something outside the closed set: all that is known of it is what it is called."""

    type: str


def leaves(value: Value, path: str = "") -> Iterator[tuple[str, Value]]:
    """Every leaf with its path: `[0]['w1']` is what Python would write behind a name.

    An empty list, tuple or dict is a leaf.
    """
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}[{key!r}]")
    elif isinstance(value, (list, tuple)) and value:
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def map_leaves(change: Callable[[Value], Value], value: Value) -> Value:
    """Gives the tree with every leaf changed."""
    if isinstance(value, dict):
        return {key: map_leaves(change, item) for key, item in value.items()}
    if isinstance(value, list):
        return [map_leaves(change, item) for item in value]
    if isinstance(value, tuple):
        return tuple(map_leaves(change, item) for item in value)
    return change(value)


def arrays_in(value: Value) -> Iterator[Array]:
    if isinstance(value, Array):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from arrays_in(item)
