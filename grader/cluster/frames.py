"""What the process that speaks with the cluster tells the head: bytes, of which none is ever unpickled."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["result", "given_up", "state", "note", "refused", "failed"]
KINDS: tuple[Kind, ...] = ("result", "given_up", "state", "note", "refused", "failed")
_HEAD = struct.Struct("<BQ")


@dataclass(frozen=True)
class Frame:
    """A message. number: of the task that it is about.

    result: a packed result. given_up: why there is none. state: how many tasks may be in flight, and the workers. note:
    what a person should know. refused, failed: why it is over, by the user's mistake or by ours.
    """

    kind: Kind
    number: int = 0
    data: bytes = b""

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")

    @property
    def plain(self) -> Any:
        """What JSON says. Raises `ValueError`."""
        return json.loads(self.data)


def frame_of(kind: Kind, number: int = 0, data: bytes | str | dict[str, Any] = b"") -> bytes:
    """A message as bytes."""
    if isinstance(data, dict):
        data = json.dumps(data)
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return _HEAD.pack(KINDS.index(kind), number) + content


def read_frame(content: bytes) -> Frame:
    """The message of these bytes. Raises `ValueError`."""
    if len(content) < _HEAD.size:
        raise ValueError("a message without a head")
    kind, number = _HEAD.unpack_from(content)
    if kind >= len(KINDS):
        raise ValueError("a message of an unknown kind")
    return Frame(KINDS[kind], number, content[_HEAD.size :])
