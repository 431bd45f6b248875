"""The few instructions of classic BPF that a filter of system calls is made of."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

ALLOW, ERROR, KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
NUMBER, ARCHITECTURE = 0, 4
_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06

Instruction = tuple[int, int, int, int]


def assembled(code: Iterable[Instruction]) -> bytes:
    """The program as the kernel takes it."""
    return b"".join(struct.pack("=HBBI", operation, yes, no, word) for operation, word, yes, no in code)


def load(offset: int) -> Instruction:
    """A word of what the kernel says of the call."""
    return _LOAD, offset, 0, 0


def load_argument(place: int, high: bool = False) -> Instruction:
    """Half of an argument: both machines are little-endian, the arguments begin at byte 16."""
    return load(16 + 8 * place + 4 * high)


def keep_bits(bits: int) -> Instruction:
    """Keeps only these bits of the word that was loaded."""
    return _AND, bits, 0, 0


def give(action: int) -> Instruction:
    return _RETURN, action, 0, 0


def unless_equal(word: int) -> Instruction:
    """Skips the next instruction where the word is this one."""
    return _EQUAL, word, 1, 0


def if_at_least(word: int) -> Instruction:
    """Skips the next instruction where the word is smaller."""
    return _AT_LEAST, word, 0, 1


def when(number: int, body: Sequence[Instruction]) -> list[Instruction]:
    """`body`, which must end in a return, where the word is this one."""
    return [(_EQUAL, number, 0, len(body)), *body]


def allow_one_of(words: Sequence[int]) -> list[Instruction]:
    code: list[Instruction] = []
    for word in words:
        code += [(_EQUAL, word, 0, 1), give(ALLOW)]
    return code


def one_of(words: Sequence[int], error: int) -> list[Instruction]:
    """Allows a few words, and no others."""
    return [*allow_one_of(words), give(ERROR | error)]


def unless_bits(bits: int, error: int) -> list[Instruction]:
    """Allows what has none of these bits."""
    return [(_ANY_BIT, bits, 0, 1), give(ERROR | error), give(ALLOW)]


def argument(place: int, words: Sequence[int], error: int) -> list[Instruction]:
    """Goes on where the lower half of an argument is one of these words; all of an `int` is in it."""
    fits = [(_EQUAL, word, len(words) - number, 0) for number, word in enumerate(words)]
    return [load_argument(place), *fits, give(ERROR | error)]
