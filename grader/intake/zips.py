"""The members of a zip archive: a student's, in memory, or that of the whole class, on a disk."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from grader.intake.encodings import guessed
from grader.intake.files import Unreadable, too_large
from grader.intake.member import MAX_MEMBER, Member, refused_kind, refused_name
from grader.model.printable import one_line

MAX_MEMBERS = 1000
MAX_TOTAL = 1 << 30
MAX_RATIO, SMALL = 100, 1 << 20  # text repeats itself: below a mebibyte any ratio is honest
ENTRY = b"PK\x01\x02"
IN_UTF_8, ENCRYPTED = 0x800, 0x2041  # flags of an entry; the latter are the three ways to hide one
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGED = "cannot be unpacked: the archive is damaged, or says what is not true"


def zip_members(data: bytes) -> Iterator[Member]:
    """The files in a zip. One that cannot be listed, or is made to fill a disk, is a refused member of no name."""
    try:
        # Before any is listed, and whatever its directory says: no entry is without this mark.
        if data.count(ENTRY) > MAX_MEMBERS:
            raise Unreadable(f"holds more than {MAX_MEMBERS:,} files, so it was not read")
        archive = opened(io.BytesIO(data))
        entries = [entry for entry in archive.infolist() if not is_folder(entry)]
        total = sum(entry.file_size for entry in entries if not _refused_entry(entry))
        if total > MAX_TOTAL:
            raise Unreadable(f"unpacks to {total / 2**30:.1f} GiB, so it was not read")
    except Unreadable as error:
        yield Member(PurePosixPath(), refused=str(error))
        return
    for entry in entries:
        yield member_of(archive, entry)


def opened(file: IO[bytes] | str) -> zipfile.ZipFile:
    """The archive, its members listed. Raises `Unreadable`."""
    try:
        return zipfile.ZipFile(file)
    except Exception:  # a hostile directory makes zipfile raise nearly anything
        raise Unreadable("is not a zip archive that can be read; it may be cut short") from None


def member_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str | None = None) -> Member:
    """An entry, under its own name or under another one."""
    name = name_of(entry) if path is None else path
    why = refused_name(name) or _refused_entry(entry)

    def load(most: int) -> bytes:
        if entry.file_size > most:
            raise too_large(entry.file_size, most)
        try:
            with archive.open(entry) as file:
                return file.read(most + 1)
        except Exception:  # as above
            raise Unreadable(DAMAGED) from None

    return Member(PurePosixPath(one_line(name) if "\0" in name else name), load, why)


def _refused_entry(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & ENCRYPTED:
        return "is encrypted"
    if why := refused_kind(entry.external_attr >> 16):
        return why
    if entry.compress_type not in PLAIN:
        return "is packed in a way that is not read here; make an ordinary zip"
    if entry.file_size > MAX_MEMBER:
        return str(too_large(entry.file_size, MAX_MEMBER))
    if entry.file_size > max(SMALL, MAX_RATIO * entry.compress_size):
        return f"unpacks to more than {MAX_RATIO} times its size"
    return ""


def is_folder(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry stands for a folder."""
    return name_of(entry).endswith("/") or stat.S_ISDIR(entry.external_attr >> 16)


def name_of(entry: zipfile.ZipInfo) -> str:
    """The path of an entry, in the encoding that whoever made the archive has most likely written it in."""
    name = entry.orig_filename
    if not entry.flag_bits & IN_UTF_8 and not name.isascii():
        name, _ = guessed(name.encode("cp437"), "cp437")  # Chinese Windows writes GBK there, macOS UTF-8
    return name.replace("\\", "/").removeprefix("./")
