"""Text from outside, made fit to be shown: what students, their code, their files and rosters say.

This is the one place that does it. It is asked where such text comes in (`model.encoding`, `sandbox.protocol`,
`intake`), where sentences are made of it (`judging`), and again where it is written, since a gradebook may be older.
Answers that are text are compared as they came, and cleaned when they are told.
"""

from __future__ import annotations

import unicodedata

OBEYED = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Control characters, invisible ones that steer directions or carry text, half characters, separators of lines."""
KEPT = frozenset("\n\t\u200c\u200d")
"""Joiners are part of words in Persian and Hindi and of emoji, and steer nothing else."""
PICTURES = 0x2400  # ␀, ␁, … are shown for the first 32
DELETE, PICTURE_OF_DELETE = "\x7f", "\u2421"
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """The text without what a terminal, a page or a spreadsheet would obey instead of show.

    Every script, private characters and emoji stay; line ends become \\n. It is shown that something was there.
    """
    if text.isprintable() or text.replace("\n", "").isprintable():
        return text
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    """The text in one line, with single spaces."""
    return clean(" ".join(text.split()))


def _shown(letter: str) -> str:
    if letter.isprintable() or letter in KEPT:
        return letter
    if letter < " ":
        return chr(PICTURES + ord(letter))
    if letter == DELETE:
        return PICTURE_OF_DELETE
    return UNKNOWN if unicodedata.category(letter) in OBEYED or _is_no_character(ord(letter)) else letter


def _is_no_character(code: int) -> bool:
    """What Unicode will never be a character, and no XML may hold."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
