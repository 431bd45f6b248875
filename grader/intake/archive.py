"""An archive's bytes -> its members. Nothing is unpacked to a disk, and of a zip nothing but what is asked for.

Theory of operation. An archive is what a hostile student controls down to the last bit, so nothing that it says about
itself is believed. What an archive *is* is told by its first bytes, not by its name. Its own size is capped before it
is read; the number of its members is capped before they are listed; a member's name is checked before anything else of
it is looked at; and a member's size is capped while it is unpacked, whatever its header says. So the most that an
archive takes is MAX_ARCHIVE + MAX_UNPACKED bytes, for as long as its student is read. A member that is refused says so
in a sentence, and the others are graded; an archive that cannot be listed any further keeps what was listed until then.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from grader.intake.member import Member, told_apart
from grader.intake.tars import UNREADABLE_TAR, tar_members
from grader.intake.zips import MAX_RATIO, SMALL, zip_members

MAX_ARCHIVE = 64 << 20
MAX_UNPACKED = 128 << 20
MAX_STREAMS = 100  # parallel packers write several, one after the other
DICTIONARY = 100 << 20  # what xz -9 needs
NO_ARCHIVE = "is no archive that is read here"
NOT_READ = {
    b"Rar!": "is a RAR archive, which is not read here",
    b"7z\xbc\xaf": "is a 7z archive, which is not read here",
}
PACKED: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=DICTIONARY),
}


def archive_members(data: bytes) -> Iterator[Member]:
    """The members of an archive of any kind; why there are no more of them is a refused member of no name."""
    if data.startswith(b"PK"):
        return told_apart(zip_members(data))
    if data[257:262] == b"ustar":
        return told_apart(tar_members(data))
    for magic, new in PACKED.items():
        if data.startswith(magic):
            return told_apart(_inflated_members(data, new))
    why = next((why for magic, why in NOT_READ.items() if data.startswith(magic)), NO_ARCHIVE)
    return _refused(f"{why}; hand in a .zip")


def _inflated_members(data: bytes, new: Callable[[], Any]) -> Iterator[Member]:
    most = min(MAX_UNPACKED, max(SMALL, len(data) * MAX_RATIO))
    try:
        tar = _inflated(data, new, most)
    except (OSError, EOFError, ValueError, MemoryError, zlib.error, lzma.LZMAError):
        yield from _refused(UNREADABLE_TAR)
        return
    for member in tar_members(tar):
        if len(tar) > most and member.refused == UNREADABLE_TAR:
            yield from _refused(f"unpacks to more than {most >> 20} MiB, so not all of it was read")
        else:
            yield member


def _inflated(data: bytes, new: Callable[[], Any], most: int) -> bytes:
    """What it unpacks to; one byte more than `most` where it would be more."""
    chunks: list[bytes] = []
    for _ in range(MAX_STREAMS):
        stream = new()
        chunks.append(stream.decompress(data, most + 1 - sum(map(len, chunks))))
        data = stream.unused_data
        if not data or not stream.eof or sum(map(len, chunks)) > most:
            break
    return b"".join(chunks)


def _refused(why: str) -> Iterator[Member]:
    return iter([Member(PurePosixPath(), refused=why)])
