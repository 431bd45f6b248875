"""Who is on a card: many children, or one alone.

Two locks of the kernel's, on files, so that processes share them and whoever dies holds none. A child of any grader's
takes a seat for as long as it lives, since what it has allocated stays with it. Who needs the card alone holds the gate
while the others leave, and nobody new comes in meanwhile: without the gate, a class that goes on would never let it in.
Whoever has a seat must leave it before asking for the card alone, or two of them wait for each other.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

PRIVATE = 0o600


class Seat:
    """A place on a card, until it is left."""

    def __init__(self, place: Path, alone: bool) -> None:
        how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        gate = _opened(place.with_suffix(".gate"))
        try:
            fcntl.flock(gate, how)
            self._room = _opened(place)
            fcntl.flock(self._room, how)
        finally:
            os.close(gate)

    def leave(self) -> None:
        os.close(self._room)


def place_of(card: str) -> Path:
    """The file on which all graders of this user meet that use the card."""
    return Path(tempfile.gettempdir()) / f"d2l-grader-{os.getuid()}-{card}.card"


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
