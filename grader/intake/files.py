"""Source files, read as what they are: regular, small enough, in an encoding that is known."""

from __future__ import annotations

import codecs
import io
import os
import stat
import tokenize
from pathlib import Path

from grader.intake.encodings import WINDOWS, guessed

MAX_BYTES = 1 << 20

MAX_NOTEBOOK_BYTES = 32 << 20  # pictures among the outputs are large

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NOT_PYTHON = {
    "{\\rtf": "a document of a word processor",
    "<!doctype html": "a page of the web",
    "<html": "a page of the web",
    "<?xml": "a document in XML",
    "%pdf-": "a document in PDF",
    "version https://git-lfs": "what Git keeps in the place of a large file",
    "diff --git ": "a list of changes",
}
"""How texts begin, in small letters, that are no attempt at Python -> what they are."""


class Unreadable(Exception):
    """Why a file cannot be used, as the end of a sentence."""


def read_source(path: Path) -> str:
    """A Python file's text, in whatever encoding it says or seems to be. Raises `Unreadable`."""
    return source_text(regular_bytes(path))


def source_text(data: bytes) -> str:
    """Python source from its bytes. Raises `Unreadable`."""
    if b"\0" in data and _marked(data) is None:
        raise Unreadable("is not text")
    text = decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    start = text[:100].lstrip().lower()
    for beginning, kind in _NOT_PYTHON.items():
        if start.startswith(beginning):
            raise Unreadable(f"is {kind}, and no Python")
    return text


def regular_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of at most so many. Raises `Unreadable`."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise Unreadable("is a symbolic link" if path.is_symlink() else f"cannot be read: {error.strerror}") from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise Unreadable("is a folder" if stat.S_ISDIR(facts.st_mode) else "is not a regular file")
    with open(descriptor, "rb") as file:
        if facts.st_size > most:
            raise too_large(facts.st_size, most)
        return file.read(most + 1)


def too_large(size: int, most: int) -> Unreadable:
    """Makes the error that says that a file is larger than allowed."""
    return Unreadable(f"is too large ({size / 2**20:.1f} MiB; {most >> 20} are allowed)")


def decoded(data: bytes) -> str:
    """Text in the encoding that it names, or in one that it can be. Raises `Unreadable`."""
    marked = _marked(data)
    for encoding in (marked,) if marked else _declared(data):
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    try:
        if not marked:
            return guessed(data, *WINDOWS)[0].removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    raise Unreadable("is in an unknown encoding; save it as UTF-8")


def _marked(data: bytes) -> str | None:
    """The encoding that a mark at the beginning tells, but for UTF-8's."""
    return next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)


def _declared(data: bytes) -> tuple[str, ...]:
    try:
        return (tokenize.detect_encoding(io.BytesIO(data).readline)[0],)
    except (SyntaxError, UnicodeDecodeError):
        return ()
