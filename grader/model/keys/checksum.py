"""A checksum that lies within the bytes that it is of: of all of them, with zeros where it stands itself.

Its place is `"sha256":"…"` in a JSON text that is itself quoted in JSON, as the metadata of a safetensors file is.
"""

from __future__ import annotations

import hashlib
import re

UNSEALED = "0" * 64
_PLACE = re.compile(rb'\\"sha256\\":\\"([0-9a-f]{64})\\"')


def sealed(data: bytes) -> bytes:
    """The bytes with their checksum in its place, which must be there."""
    place = _PLACE.search(data)
    if place is None:
        raise ValueError("no place for a checksum")
    return data[: place.start(1)] + _checksum(data, place) + data[place.end(1) :]


def is_intact(data: bytes) -> bool | None:
    """Whether the bytes are those that were sealed; None where they hold no checksum."""
    place = _PLACE.search(data)
    return None if place is None else place[1] == _checksum(data, place)


def _checksum(data: bytes, place: re.Match[bytes]) -> bytes:
    state = hashlib.sha256(data[: place.start(1)] + UNSEALED.encode())
    state.update(memoryview(data)[place.end(1) :])
    return state.hexdigest().encode()
