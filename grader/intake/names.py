"""Names of people, files and folders: what is one name, however it is written or stored."""

from __future__ import annotations

import re
import unicodedata

DOTTED, DOTLESS = "i\u0307", "\u0131"  # what becomes of a Turkish capital İ, and the small letter of its I


def stored(name: str) -> str:
    """The name in the form in which it is kept: macOS takes letters apart (NFD), all others leave them whole (NFC)."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """What two names have in common that are told apart by capitals, widths or the way they are stored alone."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", plain).replace(DOTTED, "i").replace(DOTLESS, "i")


def words_of(name: str) -> list[str]:
    """The words of a folded name. Marks belong to their letters: the vowels of Hindi and Thai are marks."""
    return "".join(each if each.isalnum() or _is_mark(each) else " " for each in folded(name)).split()


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")


def without_zeros(name: str) -> str:
    """A number without the leading zeros that spreadsheets lose; empty where it is no number."""
    plain = folded(name)
    return re.sub(r"^0+(?=\d)", "", plain) if plain.isdecimal() else ""
