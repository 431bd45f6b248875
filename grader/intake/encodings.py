"""Text that does not say its encoding: the one that whoever wrote it has most likely used."""

from __future__ import annotations

import re

CHINESE = re.compile(r"[^\x00-\x7f]+")
BESIDE_LATIN = re.compile(r"(?<=[a-z])[^\x00-\x7f]+|[^\x00-\x7f]+(?=[a-z])", re.IGNORECASE)
PUNCTUATION = frozenset("‘’“”–—·\u00a0")


def guessed(data: bytes, western: str) -> tuple[str, str]:
    """The text, and its encoding: UTF-8, that of Chinese Windows, or `western`. Raises `UnicodeDecodeError`.

    Nearly all western text is GB18030 by accident, where an accented letter swallows the next one: M黸ler. So Chinese
    that mostly stands directly beside Latin letters is none, where the western reading is nothing but words. Chinese is
    read as western text has symbols among its letters: 软件A班 would be Èí¼þA°à.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or not (_mostly_beside_latin(text) and _is_words(data, western)):
            return text, encoding
    return data.decode(western), western


def _mostly_beside_latin(text: str) -> bool:
    return 2 * len(BESIDE_LATIN.findall(text)) > len(CHINESE.findall(text))


def _is_words(data: bytes, encoding: str) -> bool:
    """Whether all that is not ASCII in this reading is what people write in words."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return all(letter.isascii() or letter.isalpha() or letter in PUNCTUATION for letter in text)
