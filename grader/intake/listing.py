"""The files of a submission under their paths: of a folder, of a file, of an archive; on a disk or in the class's zip.

How deep a file may lie is the same everywhere: as deep as a path of `MAX_NAME` characters leads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from grader.intake.archive import MAX_ARCHIVE, archive_members
from grader.intake.download import bulk_member, bulk_members
from grader.intake.files import Unreadable, regular_bytes
from grader.intake.handed_in import Part
from grader.intake.member import MAX_NAME, Member, is_archive, is_litter, refused_name

MAX_FILES = 10_000
TOO_MANY = f"holds more than {MAX_FILES:,} files; the others were not looked at"
TOO_DEEP = f"is refused: its path has more than {MAX_NAME:,} characters"


def members_of(parts: Iterable[Part]) -> tuple[Member, ...]:
    """All files; archives are not opened. Raises `Unreadable` where a folder cannot be read."""
    return tuple(each for part in parts for each in _members(part) if not is_litter(each.path))


def opened(archives: Iterable[Member]) -> Iterator[Member]:
    """What is in these archives, below their own names; or an archive itself, refused."""
    for archive in archives:
        try:
            data = archive.read(MAX_ARCHIVE)
        except Unreadable as error:
            yield replace(archive, refused=str(error))
            continue
        for member in archive_members(data):
            if member.refused or not is_litter(member.path):
                top = archive.top and len(member.path.parts) == 1
                yield replace(member, path=archive.path / member.path, top=top)


def split(members: Iterable[Member]) -> tuple[list[Member], list[Member]]:
    """The files, and the archives among them."""
    files, archives = list[Member](), list[Member]()
    for each in members:
        (archives if is_archive(each.path.name) and not each.hidden else files).append(each)
    return files, archives


def _members(part: Part) -> Iterator[Member]:
    if part.inside.endswith("/"):
        yield from bulk_members(part)
    elif part.inside:
        yield bulk_member(part)
    elif part.path.is_dir():
        yield from _in_folder(part.path)
    else:
        yield _on_disk(part.path, PurePosixPath(part.name or part.path.name))


def _in_folder(folder: Path) -> Iterator[Member]:
    if folder.is_symlink():
        raise Unreadable("is a symbolic link")
    failed: list[OSError] = []
    count = 0
    for place, folders, names in os.walk(folder, onerror=failed.append):  # does not follow links
        below = PurePosixPath(Path(place).relative_to(folder).as_posix())
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links and not is_litter(below / name / "x"))
        deep = [name for name in folders if refused_name(str(below / name))]
        yield from (Member(below / name, refused="is a symbolic link") for name in links if not is_litter(below / name))
        if deep:
            yield Member(below, refused=TOO_DEEP)
            folders[:] = [name for name in folders if name not in deep]
        for name in sorted(names):
            count += 1
            if count > MAX_FILES:
                yield Member(PurePosixPath(), refused=TOO_MANY)
                return
            yield _on_disk(Path(place, name), below / name)
    for error in failed:
        path = Path(str(error.filename)).relative_to(folder)
        if path == Path():
            raise Unreadable(f"cannot be read: {error.strerror}")
        yield Member(PurePosixPath(path.as_posix()), refused=f"cannot be read: {error.strerror}")


def _on_disk(path: Path, called: PurePosixPath) -> Member:
    why = TOO_DEEP if len(str(called)) > MAX_NAME else ""
    return Member(called, lambda most: regular_bytes(path, most), why, top=len(called.parts) == 1)
