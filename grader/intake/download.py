"""A download as its learning system made it: a folder, or the one zip that it came as, which is never unpacked."""

from __future__ import annotations

import zipfile
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from grader.intake.files import Unreadable, regular_bytes
from grader.intake.handed_in import Part
from grader.intake.member import Member, is_litter
from grader.intake.zips import is_folder, member_of, name_of, opened
from grader.model.errors import UsageError

CLUTTER = (".", "__MACOSX")
REPORT_FOLDERS = ("feedback", "exports")
REPORTS = ("gradebook.db", "results.json", "report.html")


@dataclass(frozen=True)
class Download:
    """The top of a download: the names of the folders and of the files in it, in order.

    inside: the folder in the zip at `path` whose top this is; None where `path` is a folder. left_out: folders of
    reports, ours, which are none of the download.
    """

    path: Path
    inside: str | None
    folders: tuple[str, ...]
    files: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def folder(self, name: str) -> Part:
        """A student's folder."""
        return Part(self.path / name) if self.inside is None else Part(self.path, f"{self.inside}{name}/")

    def file(self, name: str, called: str = "") -> Part:
        """A student's file, and what the student called it."""
        if self.inside is None:
            return Part(self.path / name, name=called)
        return Part(self.path, f"{self.inside}{name}", called)

    def below(self, name: str) -> Download:
        """The download whose top is a folder in this one."""
        return _folder(self.path / name) if self.inside is None else _in_zip(self.path, f"{self.inside}{name}/")

    def read(self, name: str, most: int) -> bytes:
        """A file at the top. Raises `Unreadable`."""
        if self.inside is None:
            return regular_bytes(self.path / name, most)
        return bulk_member(self.file(name)).read(most)


def download(path: Path, out: Path | None = None) -> Download:
    """What lies at the top of a folder or of a zip, but for the folder `out`. Raises `UsageError`."""
    if path.is_dir():
        return _folder(path, out)
    if not path.exists():
        raise UsageError(f"There is no folder {path}.")
    if path.suffix.lower() != ".zip":
        raise UsageError(f"{path} is a file. Give the folder that holds one folder per student, or the zip of a class.")
    return _in_zip(path, "")


def _folder(path: Path, out: Path | None = None) -> Download:
    try:
        here = sorted(each for each in path.iterdir() if not each.name.startswith(CLUTTER))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    folders = [each for each in here if each.is_dir()]
    aside = [each for each in folders if (out and each.resolve() == out.resolve()) or _holds_reports(each)]
    if _holds_reports(path):
        aside += [each for each in folders if each.name in REPORT_FOLDERS]
    names = tuple(each.name for each in folders if each not in aside)
    files = tuple(each.name for each in here if each not in folders)
    return Download(path, None, names, files, tuple(each.name for each in aside))


def _holds_reports(folder: Path) -> bool:
    """Whether a run has written its gradebook or its reports there."""
    try:
        return (folder / REPORT_FOLDERS[0]).is_dir() and any((folder / name).is_file() for name in REPORTS)
    except OSError:
        return False


def _in_zip(path: Path, inside: str) -> Download:
    try:
        names = [name.removeprefix(inside) for name in _directory(path).names if name.startswith(inside)]
    except Unreadable as error:
        raise UsageError(f"{path} {error}.") from None
    shown = [name for name in names if name and not name.startswith(("/", *CLUTTER))]
    folders = sorted({name.partition("/")[0] for name in shown if "/" in name} - {".."})
    known = frozenset(shown)
    aside = tuple(name for name in folders if _holds_reports_in_zip(name, known))
    there = tuple(name for name in folders if name not in aside)
    return Download(path, inside, there, tuple(sorted(name for name in shown if "/" not in name)), aside)


def _holds_reports_in_zip(folder: str, names: Collection[str]) -> bool:
    reports = any(f"{folder}/{name}" in names for name in REPORTS)
    return reports and any(name.startswith(f"{folder}/{REPORT_FOLDERS[0]}/") for name in names)


def bulk_member(part: Part) -> Member:
    """The one file of a part that is a file in the zip of a class."""
    found = _directory(part.path)
    called = part.name or PurePosixPath(part.inside).name
    return replace(member_of(found.archive, found.entries[part.inside], called), top=True)


def bulk_members(part: Part) -> Iterator[Member]:
    """The files of a part that is a folder in the zip of a class, under their paths in that folder."""
    found = _directory(part.path)
    for place in range(bisect_left(found.names, part.inside), len(found.names)):
        name = found.names[place]
        if not name.startswith(part.inside):
            return
        path = name.removeprefix(part.inside)
        if path and not path.endswith("/") and not is_litter(PurePosixPath(path)):
            yield replace(member_of(found.archive, found.entries[name], path), top="/" not in path)


@dataclass(frozen=True)
class _Directory:
    """What is in the zip of a class; `names` are sorted."""

    archive: zipfile.ZipFile
    names: tuple[str, ...]
    entries: Mapping[str, zipfile.ZipInfo]


def _directory(path: Path) -> _Directory:
    try:
        facts = path.stat()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    return _listed(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=1)
def _listed(path: Path, changed: int, size: int) -> _Directory:
    """Listed once in a process: a class's zip holds thousands of files, and each student is read from it."""
    archive = opened(str(path))
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = name_of(entry)
        entries[name if name.endswith("/") or not is_folder(entry) else f"{name}/"] = entry
    return _Directory(archive, tuple(sorted(entries)), entries)
