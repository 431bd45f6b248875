"""A folder -> Submission. Nothing is run, followed or trusted: links, devices and giants are refused by name."""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import os
import re
import stat
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.errors import UsageError
from grader.notebook import NotANotebook, Notebook, read_notebook

MAX_BYTES = 1 << 20
MAX_NOTEBOOK_BYTES = 32 << 20  # pictures among the outputs are large
FALLBACKS = ("utf-8", "gb18030")
COPY = re.compile(r"[ _-]*(?:copy[ _-]*\d*|\(\d+\))", re.IGNORECASE)


@dataclass(frozen=True)
class Submission:
    """One student's files. problems: topic -> why its file cannot be used, in one line.

    Of a notebook, `sources` holds what is read; what is run is made from `notebooks`.
    """

    student: str
    sources: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    absent: bool = False
    notebooks: Mapping[str, Notebook] = field(default_factory=dict)

    @property
    def modules(self) -> dict[str, str]:
        """What is run: topic -> source."""
        return {**self.sources, **{topic: notebook.module for topic, notebook in self.notebooks.items()}}

    @property
    def digest(self) -> str:
        """A fingerprint of what was handed in, as far as it is read; whoever handed it in."""
        notebooks = {topic: notebook.cells for topic, notebook in self.notebooks.items()}
        parts = [dict(self.sources), dict(self.problems), notebooks, self.problem, self.absent]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a student has handed in, not yet read: a class of these weighs nothing."""

    student: str
    path: Path


class Unreadable(Exception):
    """Why a file cannot be used, as the end of a sentence."""


def handed_in(folder: Path) -> tuple[HandedIn, ...]:
    """One for each folder in a folder, in order. Raises `UsageError` where there is none."""
    if not folder.exists():
        raise UsageError(f"There is no folder {folder}.")
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file. Give the folder that holds one folder per student.")
    students = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not students:
        hint = " Its files lie there directly: put them into a folder per student." if any(folder.glob("*.py")) else ""
        raise UsageError(f"{folder} holds no submissions: one folder per student is expected.{hint}")
    return tuple(HandedIn(path.name, path) for path in students)


def read_class(folder: Path, topics: Iterable[str]) -> Iterator[Submission]:
    """The submissions in a folder, each read when it is asked for."""
    names = tuple(topics)
    return (read_handed_in(each, names) for each in handed_in(folder))


def read_handed_in(one: HandedIn, topics: Iterable[str]) -> Submission:
    """The submission, under the student's name; one that cannot be read at all says why."""
    try:
        return replace(read_submission(one.path, topics), student=one.student)
    except OSError as error:
        return Submission(one.student, {}, problem=f"the folder cannot be read: {error.strerror}")


def read_submission(folder: Path, topics: Iterable[str]) -> Submission:
    """The topic files in one student's folder, wherever they lie in it."""
    if folder.is_symlink():
        return Submission(folder.name, {}, problem="the folder is a symbolic link")
    sources, problems, notebooks = {}, {}, {}
    files = _files(folder)
    for topic in topics:
        found = _files_of(topic, files)
        try:
            if len(found) > 1:
                problems[topic] = f"there are {_names(found)}; keep one"
            elif found and found[0].suffix == ".ipynb":
                notebooks[topic] = read_notebook(regular_bytes(found[0], MAX_NOTEBOOK_BYTES))
                sources[topic] = notebooks[topic].text
            elif found:
                sources[topic] = read_source(found[0])
        except (Unreadable, NotANotebook) as error:
            problems[topic] = f"{found[0].name} {error}"
    if not any(not path.name.startswith(".") for path in folder.iterdir()):
        return Submission(folder.name, {}, problem="nothing was handed in", absent=True)
    if not sources and not problems:
        return Submission(folder.name, {}, problem=f"there is no {' or '.join(f'{topic}.py' for topic in topics)}")
    return Submission(folder.name, sources, problems, notebooks=notebooks)


def _files_of(topic: str, files: Mapping[str, list[Path]]) -> list[Path]:
    """A topic's module or notebook; where there is neither, a notebook that was renamed as copies are."""
    found = [*files.get(f"{topic}.py", ()), *files.get(f"{topic}.ipynb", ())]
    return found or [path for name in sorted(files) if is_copy(name, topic) for path in files[name]]


def is_copy(name: str, topic: str) -> bool:
    """Whether a file is called like a copy of the topic's notebook: softmax-Copy1.ipynb, softmax (2).ipynb."""
    stem = name.removesuffix(".ipynb")
    return stem != name and stem.startswith(topic) and COPY.fullmatch(stem.removeprefix(topic)) is not None


def _names(found: list[Path]) -> str:
    names = list(dict.fromkeys(path.name for path in found))
    return f"{len(found)} files {names[0]}" if len(names) == 1 else " and ".join(names)


def _files(folder: Path) -> dict[str, list[Path]]:
    """Modules and notebooks by name; those at the top come first and hide what lies deeper."""
    found: dict[str, list[Path]] = {}
    for place, folders, names in os.walk(folder):  # does not follow links
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        depth = len(Path(place).relative_to(folder).parts)
        if depth > 3:
            folders.clear()
        for name in names:
            hidden = name in found and found[name][0].parent == folder
            if name.endswith((".py", ".ipynb")) and not hidden:
                found.setdefault(name, []).append(Path(place) / name)
    return found


def read_source(path: Path) -> str:
    """A Python file's text, in whatever encoding it says or seems to be. Raises `Unreadable`."""
    data = regular_bytes(path)
    if b"\0" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable("is not text")
    return _decoded(data).replace("\r\n", "\n").replace("\r", "\n")


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
            raise Unreadable(f"is too large ({facts.st_size / 2**20:.1f} MiB; {most >> 20} are allowed)")
        return file.read(most + 1)


def _decoded(data: bytes) -> str:
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
