"""What met in an operator whose sizes do not fit."""

from __future__ import annotations

from dataclasses import dataclass

MOST, LONGEST, MAX_AXES = 4, 40, 8


@dataclass(frozen=True, slots=True)
class Operand:
    """One side: its source, as the student wrote it, and the shape of its tensor."""

    text: str
    shape: tuple[int, ...]
