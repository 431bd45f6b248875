"""A submission as raw bytes, to be read on another machine.

Whoever carries it looks at names, kinds and sizes alone, as a listing does: nothing is decoded, parsed or unpacked. The
machine that reads it finds what it would have found here: the same files, and the same sentences about those that
cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.intake.archive import MAX_ARCHIVE
from grader.intake.files import MAX_BYTES, MAX_NOTEBOOK_BYTES, Unreadable
from grader.intake.finding.names import parts_of
from grader.intake.handed_in import Part
from grader.intake.listing import members_of
from grader.intake.member import Member, is_archive

MAX_CARRIED = 128 << 20


class TooMuchToCarryError(Exception):
    """All files of a submission together are larger than what is sent to another machine."""


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A file under its path in the submission. refused: `Member.refused`. unread: why its bytes are not here, as the
    end of a sentence. top: `Member.top`."""

    path: str
    data: bytes = b""
    refused: str = ""
    unread: str = ""
    top: bool = False

    @property
    def member(self) -> Member:
        """The file as it was listed."""
        return Member(PurePosixPath(self.path), self._load, self.refused, self.top)

    def _load(self, most: int) -> bytes:
        if self.unread:
            raise Unreadable(self.unread)
        return self.data


def carried_files(parts: Iterable[Part]) -> tuple[CarriedFile, ...]:
    """The files of these parts, each within the cap of its kind.

    Raises `Unreadable` where a folder cannot be listed, `TooMuchToCarryError`.
    """
    return tuple(_within(MAX_CARRIED, map(_carried, members_of(parts))))


def _within(most: int, files: Iterable[CarriedFile]) -> Iterator[CarriedFile]:
    total = 0
    for file in files:
        total += len(file.data)
        if total > most:
            raise TooMuchToCarryError(f"its files have more than {most >> 20} MiB together")
        yield file


def _carried(member: Member) -> CarriedFile:
    path = str(member.path)
    if member.refused:
        return CarriedFile(path, refused=member.refused, top=member.top)
    try:
        return CarriedFile(path, member.read(_most(member)), top=member.top)
    except Unreadable as error:
        return CarriedFile(path, unread=str(error), top=member.top)


def _most(member: Member) -> int:
    """The most bytes that whoever reads a file of this name takes."""
    if is_archive(member.path.name):
        return MAX_ARCHIVE
    return MAX_NOTEBOOK_BYTES if "ipynb" in parts_of(member.path.name).endings else MAX_BYTES
