"""Which file belongs to which student."""

from __future__ import annotations

import hashlib
import unicodedata

KEPT = frozenset(" -_.,@+()'")
RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(1, 10)))
)
MAX_BYTES = 120


def feedback_name(student: str) -> str:
    """A file stem for any name at all: the name itself where every file system allows it.

    Otherwise a readable part, `~` and a digest of the whole name. No plain name holds a `~`, so two students never
    share a file (unless their names differ in case alone and the file system does not care).
    """
    if _is_plain(student):
        return student
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    readable = "".join(letter if _is_safe(letter) else "_" for letter in unicodedata.normalize("NFC", student))
    readable = _cut(readable.lstrip(" .-"), MAX_BYTES - 16).rstrip(" .")
    return f"{readable or 'student'}~{digest}"


def _is_plain(student: str) -> bool:
    return (
        bool(student)
        and all(map(_is_safe, student))
        and student[0] not in " .-"
        and student[-1] not in " ."
        and student.partition(".")[0].strip().lower() not in RESERVED
        and len(student.encode()) <= MAX_BYTES
        and unicodedata.is_normalized("NFC", student)
    )


def _is_safe(letter: str) -> bool:
    return letter in KEPT or unicodedata.category(letter)[0] in "LNM"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
