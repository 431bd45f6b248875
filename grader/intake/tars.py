"""The members of a tar archive that lies in memory.

Theory of operation. `tarfile` reads what a header announces: extended headers of any length, lists of a sparse file's
holes of any length, a chain of long names of any length. So only its parser of one header of 512 bytes is used here
(`TarInfo.frombuf`: numbers, names, checksum). Which header comes next is computed from sizes that are checked, and
goes forward always. Of the extensions, long names are understood (GNU's L, POSIX's path); sparse files are refused.

Tar archives are read at all because `tar czf` is what students on Linux and macOS hand in wherever a system takes any
file.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.intake.files import Unreadable, too_large
from grader.intake.member import MAX_MEMBER, Member, refused_name

BLOCK = tarfile.BLOCKSIZE
MAX_MEMBERS = 1000
MAX_EXTENSION = 64 << 10
TOO_MANY = f"holds more than {MAX_MEMBERS:,} files; the others were not read"
UNREADABLE_TAR = "is damaged, so not all of it was read"
SPARSE = "is a sparse file"
KINDS = {tarfile.SYMTYPE: "is a symbolic link", tarfile.LNKTYPE: "is a link", tarfile.GNUTYPE_SPARSE: SPARSE}
FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
EXTENDED = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
EXTENSIONS = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE, *EXTENDED)
WITH_DATA = (*FILES, *EXTENSIONS)
RECORD = re.compile(rb"(\d{1,6}) ([^=]{1,100})=")


@dataclass(frozen=True, slots=True)
class _Header:
    """A header, with the names that extensions before it have given; where its data lie."""

    info: tarfile.TarInfo
    name: str
    sparse: bool
    start: int


def tar_members(data: bytes) -> Iterator[Member]:
    """The files in it, and last of all why there are no more where that is not its end."""
    try:
        for count, header in enumerate(_headers(data)):
            if count >= MAX_MEMBERS:
                raise Unreadable(TOO_MANY)
            if not header.info.isdir():
                yield _member(data, header)
    except Unreadable as error:
        yield Member(PurePosixPath(), refused=str(error))


def _headers(data: bytes) -> Iterator[_Header]:
    place, given = 0, dict[str, str]()
    while (info := _header(data, place)) is not None:
        start = place + BLOCK
        place = start + -(-info.size // BLOCK) * BLOCK if info.type in WITH_DATA else start
        if info.type in EXTENSIONS:
            if info.size > MAX_EXTENSION or place > len(data):
                raise Unreadable(UNREADABLE_TAR)
            given |= _extension(info.type, data[start : start + info.size])
            continue
        yield _Header(info, given.get("path", info.name), any("sparse" in key for key in given), start)
        if info.type == tarfile.GNUTYPE_SPARSE or place > len(data):
            raise Unreadable(UNREADABLE_TAR)
        given = {}


def _header(data: bytes, place: int) -> tarfile.TarInfo | None:
    """The header at a place; None at the end of the archive."""
    if place and place == len(data):
        return None
    block = data[place : place + BLOCK]
    if block == bytes(BLOCK):
        return None
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        raise Unreadable(UNREADABLE_TAR) from None
    if info.size < 0:
        raise Unreadable(UNREADABLE_TAR)
    return info


def _extension(kind: bytes, data: bytes) -> Mapping[str, str]:
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": data.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    found: dict[str, str] = {}
    place = 0
    while kind in EXTENDED and (record := RECORD.match(data, place)):
        length = int(record[1])
        if length <= record.end() - place or record[2] == b"size":  # the latter is for files of 8 GiB
            raise Unreadable(UNREADABLE_TAR)
        value = data[record.end() : place + length - 1]
        if record[2] == b"path" or b"sparse" in record[2]:
            found[record[2].decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        place += length
    return found


def _member(data: bytes, header: _Header) -> Member:
    info, name = header.info, header.name.removeprefix("./")
    kind = KINDS.get(info.type, "" if info.type in FILES else "is not a regular file")
    why = refused_name(name) or (SPARSE if header.sparse else kind)
    if not why and info.size > MAX_MEMBER:
        why = str(too_large(info.size, MAX_MEMBER))
    elif not why and header.start + info.size > len(data):
        why = "is cut short"

    def load(most: int) -> bytes:
        if info.size > most:
            raise too_large(info.size, most)
        return data[header.start : header.start + info.size]

    return Member(PurePosixPath(name.replace("\0", " ")), load, why)
