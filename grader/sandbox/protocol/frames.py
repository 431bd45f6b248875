"""Frames: a JSON header and the bytes of its arrays, cut out of a stream that is not trusted.

The format is described, with everything else that is said, in `wire`.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from typing import Any

from grader.model.encoding import NotAValue, checked_array, storage_size
from grader.model.value import ITEM_BYTES, Array

HEAD = struct.Struct("<IQII")
MAX_ARRAYS = 1_000_000
CHUNK = 1 << 20
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

Read = Callable[[int], bytes]
"""Some of the next bytes, at most as many as asked for; none at the end of the stream."""


class WireError(Exception):
    """Bytes that are not a message."""


class ClosedError(WireError):
    """The stream ended."""


def spelt(tree: dict[str, Any], arrays: list[Array], most_header: int) -> tuple[bytes, list[bytes]]:
    """Header and body, in parts. Raises `NotAValue` where the header is longer than it may be."""
    tree["arrays"] = [[array.dtype, array.shape, array.strides] for array in arrays]
    header = _JSON.encode(tree).encode("utf-8", "replace")
    if len(header) > most_header:
        raise NotAValue("it has too many parts")
    return header, [array.data for array in arrays]


def frame_of(number: int, place: int, header: bytes, body: list[bytes]) -> bytes:
    """Joins a frame's head, header and body."""
    return b"".join([HEAD.pack(len(header), sum(map(len, body)), number, place), header, *body])


def read_head(read: Read, most_header: int, most_body: int) -> tuple[int, int, bytes, int]:
    """The next frame but for its body: number, place, header, and how many bytes the body claims to have."""
    header_size, body_size, number, place = HEAD.unpack(exactly(read, HEAD.size))
    if header_size > most_header or body_size > most_body:
        raise WireError("a frame that is too large")
    return number, place, exactly(read, header_size), body_size


def read_tree(header: bytes, body_size: int, strides: bool) -> tuple[dict[str, Any], list[int]]:
    """What a header says, and the sizes of the arrays that it describes, which must add up to the body's."""
    tree = _json(header)
    if not isinstance(tree, dict):
        raise WireError("a header that is not an object")
    specs = tree.get("arrays")
    if not isinstance(specs, list):
        raise WireError("no arrays")
    sizes = [_byte_size(spec, strides) for spec in specs]
    if len(sizes) > MAX_ARRAYS or sum(sizes) != body_size:
        raise WireError("a body that is not its arrays")
    return tree, sizes


def read_arrays(read: Read, tree: dict[str, Any], sizes: list[int]) -> list[Array]:
    """The arrays that a header describes."""
    return [_array(spec, exactly(read, size)) for spec, size in zip(tree["arrays"], sizes, strict=True)]


def exactly(read: Read, size: int) -> bytes:
    """So many of the next bytes. Raises `ClosedError` where there are fewer."""
    data = bytearray()
    while len(data) < size:
        chunk = read(min(size - len(data), CHUNK))
        if len(chunk) == size:  # nearly always
            return chunk
        if not chunk:
            raise ClosedError("the stream ended")
        data += chunk
    return bytes(data)


def _json(header: bytes) -> Any:
    try:
        tree = json.loads(header.decode("utf-8"))
        if _SURROGATE.search(header):  # half a character: no file and no terminal takes it
            tree = json.loads(json.dumps(tree, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise WireError("a header that is not JSON") from None
    return tree


def _byte_size(spec: Any, strides: bool) -> int:
    """Counts the bytes that an array claims."""
    if not isinstance(spec, list) or len(spec) != 3 or not isinstance(spec[0], str) or spec[0] not in ITEM_BYTES:
        raise WireError("a malformed array")
    dtype, shape, steps = spec
    if steps is not None and not strides:
        raise WireError("strides where there may be none")
    try:
        return storage_size(shape, steps) * ITEM_BYTES[dtype]
    except NotAValue as error:
        raise WireError(str(error)) from None


def _array(spec: Any, data: bytes) -> Array:
    try:
        return checked_array(spec[0], spec[1], spec[2], data)
    except NotAValue as error:
        raise WireError(str(error)) from None
