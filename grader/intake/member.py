"""A file of a submission, in a folder or in an archive, and what is refused by its name alone."""

from __future__ import annotations

import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.intake.files import Unreadable, too_large
from grader.intake.finding.names import folded
from grader.model.printable import one_line

MAX_NAME = 1024
MOST_SHOWN = 120
MAX_MEMBER = 32 << 20
ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tbz", ".rar", ".7z")
DRIVE = re.compile(r"[A-Za-z]:")
LITTER = frozenset(
    ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", ".gitignore", ".hg", ".svn", ".venv")
) | frozenset((".env", ".tox", ".cache", ".local", ".idea", ".vscode", ".mypy_cache", ".pytest_cache", ".ruff_cache"))
NESTED = "is an archive inside an archive, which is not opened"
TWICE = "is in the archive more than once"
SAME_BUT_FOR_CASE = "differs from another file in capitals alone"


def _nothing(most: int) -> bytes:
    return b""


@dataclass(frozen=True, slots=True)
class Member:
    """Where a file lies in its submission, and how it is read: at most so many bytes of it; or why it is refused.

    top: it lies at the top, where it is meant to lie.
    """

    path: PurePosixPath
    load: Callable[[int], bytes] = _nothing
    refused: str = ""
    top: bool = False

    def read(self, most: int) -> bytes:
        """All of its bytes. Raises `Unreadable`."""
        if self.refused:
            raise Unreadable(self.refused)
        data = self.load(most)
        if len(data) > most:
            raise too_large(len(data), most)
        return data

    @property
    def hidden(self) -> bool:
        """Whether it has a name or lies in a folder that people do not see: it is never read as a topic's file."""
        return is_hidden(self.path)

    @property
    def said(self) -> str:
        """Its path, as far as it can be printed; between marks where blanks around it would not be seen."""
        path = str(self.path)[:MOST_SHOWN]
        return one_line(path if path == path.strip() else f"'{path}'")


def is_archive(name: str) -> bool:
    """Whether a file is called like an archive, of a kind that can be read or not."""
    return name.lower().endswith(ENDINGS)


def stem_of(name: str) -> str:
    """An archive's name without its ending."""
    return name[: -max(len(ending) for ending in ENDINGS if name.lower().endswith(ending))]


def is_hidden(path: PurePosixPath) -> bool:
    """Tells whether an operating system or a program left this file behind: dotted names, `__pycache__`."""
    return any(part.startswith((".", "__")) for part in path.parts[:-1]) or path.name.startswith(".")


def is_litter(path: PurePosixPath) -> bool:
    """Tells whether no work of a student's can be in this file, so that it is as if it were not there."""
    return any(part in LITTER for part in path.parts) or path.name.startswith("._")


def refused_name(name: str) -> str:
    """Why an archive's member of this name is refused; "" where it is not."""
    if not name or "\0" in name or len(name) > MAX_NAME:
        return "has no proper name"
    if name.startswith("/") or DRIVE.match(name):
        return "is refused: its path is absolute"
    if ".." in name.split("/"):
        return "is refused: its path leads out of the archive"
    return ""


def refused_kind(mode: int) -> str:
    """Why a member of this Unix mode is refused."""
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    return "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "is not a regular file"


def told_apart(members: Iterable[Member]) -> Iterator[Member]:
    """The members of an archive. Refused are archives, and all of one name, or of names that differ in case alone."""
    kept = tuple(members)
    exactly, alike = Counter(str(each.path) for each in kept), Counter(folded(str(each.path)) for each in kept)
    for each in kept:
        name = str(each.path)
        if each.refused:
            yield each
        elif alike[folded(name)] == 1:
            yield replace(each, refused=NESTED) if is_archive(name) else each
        else:
            yield replace(each, refused=TWICE if exactly[name] > 1 else SAME_BUT_FOR_CASE)
