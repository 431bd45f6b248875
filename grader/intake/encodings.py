"""Text that does not say its encoding: the one that whoever wrote it has most likely used."""

from __future__ import annotations

import re

CHINESE = re.compile(r"[^\x00-\x7f]+")
BESIDE_LATIN = re.compile(r"(?<=[a-z])[^\x00-\x7f]+|[^\x00-\x7f]+(?=[a-z])", re.IGNORECASE)
NOT_ASCII = re.compile(rb"[\x80-\xff]+")
WINDOWS = ("cp1252", "cp1250", "cp1251")
"""What Windows has saved text in, in the west, in central Europe, and where people write Cyrillic."""
CYRILLIC = "cp1251"
CYRILLIC_WORD = re.compile(
    rb"[\xc0-\xdf\xa5\xa8\xaa\xaf\xb2]?[\xe0-\xff\xb3\xb4\xb8\xba\xbf]+|[\xc0-\xdf\xa5\xa8\xaa\xaf\xb2]+"
)
SHORTEST_WORD = 3
PUNCTUATION = frozenset("‘’“”–—·\u00a0")


def guessed(data: bytes, *western: str) -> tuple[str, str]:
    """The text, and its encoding: UTF-8, that of Chinese Windows, or one of `western`, the likeliest first.

    Raises `UnicodeDecodeError`.

    Nearly all western text is GB18030 by accident, where an accented letter swallows the next one: M黸ler. So Chinese
    that mostly stands directly beside Latin letters is none, where a western reading is nothing but words. Chinese is
    read as western text has symbols among its letters: 软件A班 would be Èí¼þA°à. Cyrillic stands in whole words, of
    small letters behind a capital, which Chinese is not in the bytes of Cyrillic.
    """
    if CYRILLIC in western and _is_cyrillic(data):
        return data.decode(CYRILLIC), CYRILLIC
    latin = [encoding for encoding in western if encoding != CYRILLIC]
    words = [encoding for encoding in latin if _is_words(data, encoding)]
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or not (words and _mostly_beside_latin(text)):
            return text, encoding
    chosen = [*words, *latin][0]
    return data.decode(chosen), chosen


def _is_cyrillic(data: bytes) -> bool:
    """Whether what is not ASCII is Cyrillic words, most of them of three letters and more."""
    words = NOT_ASCII.findall(data)
    long = sum(len(word) for word in words if len(word) >= SHORTEST_WORD)
    return 2 * long > sum(map(len, words)) and all(map(CYRILLIC_WORD.fullmatch, words)) and not _is_words(data, "utf-8")


def _mostly_beside_latin(text: str) -> bool:
    return 2 * len(BESIDE_LATIN.findall(text)) > len(CHINESE.findall(text))


def _is_words(data: bytes, encoding: str) -> bool:
    """Whether all that is not ASCII in this reading is what people write in words."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return all(letter.isascii() or letter.isalpha() or letter in PUNCTUATION for letter in text)
