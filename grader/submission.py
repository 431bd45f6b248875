"""What was read of a student's work. Nothing is run, followed or trusted: what is no plain file is refused by name."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.model.digest import fingerprint
from grader.notebook import Notebook

MAX_BYTES = 1 << 20
MAX_NOTEBOOK_BYTES = 32 << 20  # pictures among the outputs are large
FALLBACKS = ("utf-8", "gb18030")
COPY = re.compile(r"[ _-]*(?:copy[ _-]*\d*|\(\d+\))", re.IGNORECASE)


@dataclass(frozen=True)
class Submission:
    """One student's files. problems: topic -> why its file cannot be used, in one line.

    notes: what else there is to say of what was handed in: late, or with something in it that was refused.
    Of a notebook, `sources` holds what is read; what is run is made from `notebooks`.
    """

    student: str
    sources: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    absent: bool = False
    notebooks: Mapping[str, Notebook] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def modules(self) -> dict[str, str]:
        """What is run: topic -> source."""
        return {**self.sources, **{topic: notebook.module for topic, notebook in self.notebooks.items()}}

    @property
    def digest(self) -> str:
        """A fingerprint of what was handed in, as far as it is read; whoever handed it in."""
        notebooks = {topic: notebook.cells for topic, notebook in self.notebooks.items()}
        parts = [dict(self.sources), dict(self.problems), notebooks, self.problem, self.absent, *self.notes]
        return fingerprint(parts)

    @property
    def tried(self) -> dict[str, str]:
        """Topic -> a fingerprint of its source alone: as long as it is the same, nothing in it was tried anew."""
        return {topic: fingerprint(source) for topic, source in self.sources.items() if topic not in self.problems}


class Unreadable(Exception):
    """Why a file cannot be used, as the end of a sentence."""


def is_copy(name: str, topic: str) -> bool:
    """Whether a file is called like a copy of the topic's notebook: softmax-Copy1.ipynb, softmax (2).ipynb."""
    stem = name.removesuffix(".ipynb")
    return stem != name and stem.startswith(topic) and COPY.fullmatch(stem.removeprefix(topic)) is not None


def read_source(path: Path) -> str:
    """A Python file's text, in whatever encoding it says or seems to be. Raises `Unreadable`."""
    return source_text(regular_bytes(path))


def source_text(data: bytes) -> str:
    """Python source from its bytes. Raises `Unreadable`."""
    if b"\0" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable("is not text")
    return decoded(data).replace("\r\n", "\n").replace("\r", "\n")


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
    """That a file is larger than allowed."""
    return Unreadable(f"is too large ({size / 2**20:.1f} MiB; {most >> 20} are allowed)")


def decoded(data: bytes) -> str:
    """Text in the encoding that it names, or in one that it can be. Raises `Unreadable`."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[str, ...] = ("utf-16",)
    else:
        candidates = (*_declared(data), *FALLBACKS)
    for encoding in candidates:
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unreadable("is in an unknown encoding; save it as UTF-8")


def _declared(data: bytes) -> tuple[str, ...]:
    try:
        return (tokenize.detect_encoding(io.BytesIO(data).readline)[0],)
    except (SyntaxError, UnicodeDecodeError):
        return ()
