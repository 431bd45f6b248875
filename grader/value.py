"""What may be asked and answered: a closed set of plain data.

    Value = Array | Dtype | Device | Generator | Opaque | None | bool | int | float | str | list | tuple | dict

A value crosses the wire, and rests in a key, as a JSON tree beside a list of arrays of raw bytes.
Nothing is ever unpickled. `decode` trusts nobody: whatever is not exactly a value raises `NotAValue`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

ITEM_BYTES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2,
    "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
}  # fmt: skip
FLOATS = ("float64", "float32", "float16", "bfloat16")

MAX_DEPTH = 16
MAX_LEAVES = 20_000
MAX_TEXT = 20_000
MAX_INT_BITS = 4096
MAX_SIZE = 1 << 40

Value = Any  # the union above; recursive, so mypy cannot say it usefully


class NotAValue(ValueError):
    """Something outside the closed set, or bytes that do not spell a value."""


@dataclass(frozen=True, slots=True)
class Array:
    """A tensor without torch.

    `dtype` is torch's name. `data` is little-endian. With `strides` (in elements), `data` is the
    storage that a non-contiguous tensor looks into; without, it is in row-major order.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes
    strides: tuple[int, ...] | None = None

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
    def of(numbers: np.ndarray) -> Array:
        """An array of a NumPy array, in row-major order."""
        return Array(str(numbers.dtype), numbers.shape, np.ascontiguousarray(numbers).tobytes())

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
    """A random generator, by its seed; it lives on the device of the question."""

    seed: int


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
    """The same tree with every leaf changed."""
    if isinstance(value, dict):
        return {key: map_leaves(change, item) for key, item in value.items()}
    if isinstance(value, list):
        return [map_leaves(change, item) for item in value]
    if isinstance(value, tuple):
        return tuple(map_leaves(change, item) for item in value)
    return change(value)


def encode(value: Value, arrays: list[Array]) -> Any:
    """A value as a JSON tree; its arrays are appended to `arrays` and named by their place."""
    match value:
        case None | bool() | str():
            return value
        case int():
            if value.bit_length() > MAX_INT_BITS:
                raise NotAValue("a very large integer")
            return value if abs(value) < 2**53 else {"int": hex(value)}
        case float():
            return {"float": value.hex()}
        case list():
            return {"list": [encode(item, arrays) for item in value]}
        case tuple():
            return {"tuple": [encode(item, arrays) for item in value]}
        case dict():
            return {"dict": [[encode(key, arrays), encode(item, arrays)] for key, item in value.items()]}
        case Array():
            arrays.append(value)
            return {"array": len(arrays) - 1}
        case Dtype(name):
            return {"dtype": name}
        case Device(name):
            return {"device": name}
        case Generator(seed):
            return {"generator": seed}
        case Opaque(kind):
            return {"opaque": kind}
    raise NotAValue(f"a {type(value).__name__}")


def decode(tree: Any, arrays: list[Array], limit: int | None = MAX_LEAVES) -> Value:
    """The value that a JSON tree of at most `limit` nodes spells. Raises `NotAValue`, and nothing else."""
    return _decode(tree, arrays, 0, [sys.maxsize if limit is None else limit])


def _decode(tree: Any, arrays: list[Array], depth: int, budget: list[int]) -> Value:
    budget[0] -= 1
    if depth > MAX_DEPTH or budget[0] < 0:
        raise NotAValue("too deep or too large")
    if tree is None or isinstance(tree, bool):
        return tree
    if isinstance(tree, int):
        return _small_int(tree)
    if isinstance(tree, str):
        return _text(tree)
    if not isinstance(tree, dict) or len(tree) != 1:
        raise NotAValue("not a tagged value")
    ((tag, body),) = tree.items()
    if tag in ("list", "tuple"):
        items = [_decode(item, arrays, depth + 1, budget) for item in _list(body)]
        return items if tag == "list" else tuple(items)
    if tag == "dict":
        return dict(_pair(item, arrays, depth + 1, budget) for item in _list(body))
    return _decode_leaf(tag, body, arrays)


def _decode_leaf(tag: str, body: Any, arrays: list[Array]) -> Value:
    if tag == "array":
        if not isinstance(body, int) or isinstance(body, bool) or not 0 <= body < len(arrays):
            raise NotAValue("no such array")
        return arrays[body]
    if tag == "generator":
        return Generator(_small_int(body))
    if not isinstance(body, str) or len(body) > MAX_INT_BITS:
        raise NotAValue(f"a malformed {tag[:20]}")
    if tag == "float":
        return _parsed(float.fromhex, body)
    if tag == "int":
        return _parsed(_large_int, body)
    kinds: dict[str, Callable[[str], Value]] = {"dtype": Dtype, "device": Device, "opaque": Opaque}
    if tag not in kinds:
        raise NotAValue("an unknown tag")
    return kinds[tag](_text(body))


def _large_int(text: str) -> int:
    number = int(text, 16)
    if number.bit_length() > MAX_INT_BITS:
        raise ValueError  # and str() of a very long one would raise it later
    return number


def _parsed(parse: Callable[[str], Value], body: str) -> Value:
    try:
        return parse(body)
    except (ValueError, OverflowError):
        raise NotAValue("a malformed number") from None


def _pair(item: Any, arrays: list[Array], depth: int, budget: list[int]) -> tuple[Value, Value]:
    if not isinstance(item, list) or len(item) != 2:
        raise NotAValue("a malformed dict")
    key = _decode(item[0], arrays, depth, budget)
    if not isinstance(key, (str, int, bool, float, type(None))):
        raise NotAValue("a malformed dict key")
    return key, _decode(item[1], arrays, depth, budget)


def _list(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise NotAValue("not a list")
    return body


def _small_int(body: Any) -> int:
    if not isinstance(body, int) or isinstance(body, bool) or body.bit_length() > 64:
        raise NotAValue("not an integer")
    return body


def _text(body: str) -> str:
    if len(body) > MAX_TEXT:
        raise NotAValue("a long text")
    return body


def checked_array(dtype: Any, shape: Any, strides: Any, data: bytes) -> Array:
    """An array from untrusted parts. Raises `NotAValue` unless the bytes are exactly its numbers."""
    if dtype not in ITEM_BYTES or storage_size(shape, strides) * ITEM_BYTES[dtype] != len(data):
        raise NotAValue("an array whose bytes are not its numbers")
    if dtype == "bool" and data.translate(None, b"\0\1"):
        raise NotAValue("a bool that is neither true nor false")
    return Array(dtype, tuple(shape), data, None if strides is None else tuple(strides))


def storage_size(shape: Any, strides: Any) -> int:
    """How many elements an array of that shape spans. Raises `NotAValue` where NumPy could not hold it."""
    if not is_shape(shape):
        raise NotAValue("a malformed shape")
    if strides is None:
        return math.prod(shape)
    if not is_steps(strides) or len(strides) != len(shape):
        raise NotAValue("malformed strides")
    return extent(tuple(shape), tuple(strides))


def is_shape(numbers: Any) -> bool:
    """Whether these are sizes that NumPy takes: it multiplies them, those beside a zero too."""
    return is_steps(numbers) and math.prod(size for size in numbers if size) <= MAX_SIZE


def is_steps(numbers: Any) -> bool:
    """Whether these may be sizes or strides: not negative, not too many, none of them huge."""
    return (
        isinstance(numbers, (list, tuple))
        and len(numbers) <= MAX_DEPTH  # the product of a million sizes takes a minute
        and all(type(size) is int and 0 <= size < MAX_SIZE for size in numbers)
    )


def extent(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """How many elements of storage a strided tensor spans."""
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
