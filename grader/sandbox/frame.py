"""Frames: a JSON header and the bytes of its arrays, cut out of a stream that is not trusted.

The format is described, with everything else that is said, in `wire`.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from typing import Any

from grader.tree import NotAValue, checked_array, storage_size
from grader.value import ITEM_BYTES, Array

HEAD = struct.Struct("<IQ")
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


def write_frame(tree: dict[str, Any], arrays: list[Array], most_header: int) -> bytes:
    """A frame of a header and its arrays. Raises `NotAValue` where the header is longer than it may be."""
    tree["arrays"] = [[array.dtype, array.shape, array.strides] for array in arrays]
    header = _JSON.encode(tree).encode("utf-8", "replace")
    if len(header) > most_header:
        raise NotAValue("it has too many parts")
    body = sum(len(array.data) for array in arrays)
    return b"".join([HEAD.pack(len(header), body), header, *(array.data for array in arrays)])


def read_frame(read: Read, most_header: int, most_body: int, strides: bool) -> tuple[dict[str, Any], list[Array]]:
    """The next header, and the arrays that it describes; nothing is read before its size is known to be right."""
    header_size, body_size = HEAD.unpack(_exactly(read, HEAD.size))
    if header_size > most_header or body_size > most_body:
        raise WireError("a frame that is too large")
    tree = _json(_exactly(read, header_size))
    if not isinstance(tree, dict):
        raise WireError("a header that is not an object")
    specs = tree.get("arrays")
    if not isinstance(specs, list):
        raise WireError("no arrays")
    sizes = [_byte_size(spec, strides) for spec in specs]
    if len(sizes) > MAX_ARRAYS or sum(sizes) != body_size:
        raise WireError("a body that is not its arrays")
    return tree, [_array(spec, _exactly(read, size)) for spec, size in zip(specs, sizes, strict=True)]


def _exactly(read: Read, size: int) -> bytes:
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
    """How many bytes an array claims."""
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
