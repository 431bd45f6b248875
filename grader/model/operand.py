"""What met in an operator whose sizes do not fit."""

from __future__ import annotations

from dataclasses import dataclass

MOST, LONGEST, MAX_AXES = 4, 40, 8
SIZES = (
    "must match the size", "must match the existing size", "not broadcastable", "Mismatch in shape",
    "could not be broadcast", "cannot be broadcast",
)  # fmt: skip
"""What torch says where sizes cannot be broadcast to each other."""
INNER_SIZES = ("shapes cannot be multiplied", "size mismatch, got", "inconsistent tensor size")
"""What it says of a matrix product."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One side: its source, as the student wrote it, and the shape of its tensor."""

    text: str
    shape: tuple[int, ...]
