"""Values as JSON trees beside a list of arrays of raw bytes, and back: so they cross the wire and rest in keys.

Nothing is ever unpickled. `decode` trusts nobody: whatever is not exactly a value raises `NotAValue`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from grader.model.printable import clean
from grader.model.value import ITEM_BYTES, Array, Device, Dtype, Generator, Opaque, Value

MAX_DEPTH = 16
MAX_AXES = 16
MAX_LEAVES = 20_000
MAX_TEXT = 20_000
MAX_INT_BITS = 4096
MAX_SIZE = 1 << 40


class NotAValue(ValueError):
    """Something outside the closed set, or bytes that do not spell a value."""


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
            return {"array" if value.library == "torch" else "ndarray": len(arrays) - 1}
        case Dtype(name):
            return {"dtype": name}
        case Device(name):
            return {"device": name}
        case Generator(seed, library):
            return {"generator" if library == "torch" else "numpy_generator": seed}
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
    if tag in ("array", "ndarray"):
        if not isinstance(body, int) or isinstance(body, bool) or not 0 <= body < len(arrays):
            raise NotAValue("no such array")
        if tag == "ndarray":  # in its place, for whoever sent it must have named it once
            arrays[body] = replace(arrays[body], library="numpy")
        return arrays[body]
    if tag in ("generator", "numpy_generator"):
        return Generator(_small_int(body), "torch" if tag == "generator" else "numpy")
    if not isinstance(body, str) or len(body) > MAX_INT_BITS:
        raise NotAValue(f"a malformed {tag[:20]}")
    if tag == "float":
        return _parsed(float.fromhex, body)
    if tag == "int":
        return _parsed(_large_int, body)
    kinds: dict[str, Callable[[str], Value]] = {"dtype": Dtype, "device": Device, "opaque": Opaque}
    if tag not in kinds:
        raise NotAValue("an unknown tag")
    return kinds[tag](clean(_text(body)))  # names, which are shown


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
    if dtype == "bool" and not is_bool(data):
        raise NotAValue("a bool that is neither true nor false")
    return Array(dtype, tuple(shape), data, None if strides is None else tuple(strides))


def is_bool(data: bytes) -> bool:
    """Whether these are bytes of a bool array: each is zero or one."""
    return not data.translate(None, b"\0\1")


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
    return is_steps(numbers) and (math.prod(numbers) or math.prod(filter(None, numbers))) <= MAX_SIZE


def is_steps(numbers: Any) -> bool:
    """Whether these may be sizes or strides: not negative, not too many, none of them huge."""
    if not isinstance(numbers, (list, tuple)) or len(numbers) > MAX_AXES:  # the product of a million takes a minute
        return False
    for size in numbers:  # noqa: SIM110 (`all` of a generator takes four times as long, and every answer is looked at)
        if type(size) is not int or not 0 <= size < MAX_SIZE:
            return False
    return True


def extent(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Counts the elements of storage that a strided tensor spans."""
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
