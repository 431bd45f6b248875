"""What a student has handed in -> Submission: the topics' files, wherever they lie."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from grader.intake.archive import MAX_ARCHIVE, archive_members
from grader.intake.download import bulk_member, bulk_members
from grader.intake.files import MAX_BYTES, MAX_NOTEBOOK_BYTES, Unreadable, regular_bytes, source_text
from grader.intake.handed_in import HandedIn, Part
from grader.intake.member import Member, is_archive, is_hidden
from grader.intake.notebook import NotANotebook, Notebook, read_notebook
from grader.intake.submission import Submission, is_copy

DEPTH = 4
NOTES = 3


def read_handed_in(one: HandedIn, topics: Iterable[str]) -> Submission:
    """The submission of a student; one that cannot be read at all says why."""
    try:
        found = [member for part in one.parts for member in _members(part)]
        if not (found or one.notes or any(map(_holds_anything, one.parts))):
            return Submission(one.student, {}, problem="nothing was handed in", absent=True)
    except Unreadable as error:
        return Submission(one.student, {}, problem=f"the folder {error}")
    return _read(one, found, tuple(topics))


def read_submission(folder: Path, topics: Iterable[str]) -> Submission:
    """The topics' files in one student's folder."""
    return read_handed_in(HandedIn(folder.name, (Part(folder),)), topics)


def _read(one: HandedIn, found: Sequence[Member], topics: Sequence[str]) -> Submission:
    files, listed = _chosen(found, topics)
    sources: dict[str, str] = {}
    problems: dict[str, str] = {}
    notebooks: dict[str, Notebook] = {}
    unreadable: set[str] = set()
    for topic, (file, *others) in files.items():
        try:
            if others:
                problems[topic] = f"there are {_names([file, *others])}; keep one"
            elif file.path.suffix == ".ipynb":
                notebooks[topic] = read_notebook(file.read(MAX_NOTEBOOK_BYTES))
                sources[topic] = notebooks[topic].text
            else:
                sources[topic] = source_text(file.read(MAX_BYTES))
        except (Unreadable, NotANotebook) as error:
            problems[topic] = f"{file.path.name} {error}"
            if file.path.suffix == ".ipynb":
                unreadable.add(topic)
    said = {id(file) for chosen in files.values() for file in chosen}
    notes = (*one.notes, *_refusals([each for each in listed if each.refused and id(each) not in said]))
    nothing = f"there is no {' or '.join(f'{topic}.py' for topic in topics)}"
    problem = None if files else "; ".join((*notes, nothing))
    return Submission(
        one.student,
        sources,
        problems,
        problem,
        notebooks=notebooks,
        notes=notes,
        empty=not files and not notes,
        unreadable=frozenset(unreadable),
    )


def _chosen(found: Sequence[Member], topics: Sequence[str]) -> tuple[dict[str, list[Member]], list[Member]]:
    """Topic -> its files, and all that was looked at: archives are opened where a topic is not beside them."""
    listed = [each for each in found if not is_archive(each.path.name)]
    chosen = {topic: _of_topic(topic, listed) for topic in topics}
    if not all(chosen.values()):
        inside = [member for each in found if is_archive(each.path.name) for member in _opened(each)]
        chosen = {topic: files or _of_topic(topic, inside) for topic, files in chosen.items()}
        listed += inside
    return {topic: files for topic, files in chosen.items() if files}, listed


def _of_topic(topic: str, files: Iterable[Member]) -> list[Member]:
    """A topic's module or notebook; where there is neither, a notebook that was renamed as copies are."""
    files = tuple(files)
    exact = [*_preferred(files, f"{topic}.py"), *_preferred(files, f"{topic}.ipynb")]
    copies = sorted({each.path.name for each in files if is_copy(each.path.name, topic)})
    return exact or [each for name in copies for each in _preferred(files, name)]


def _preferred(files: Iterable[Member], name: str) -> list[Member]:
    """The files of this name: those that can be read before those that cannot, and the top before what lies deeper."""
    named = [each for each in files if each.path.name == name]
    named = [each for each in named if not each.refused] or named
    return [each for each in named if each.top] or named


def _names(found: Sequence[Member]) -> str:
    names = list(dict.fromkeys(each.path.name for each in found))
    return f"{len(found)} files {names[0]}" if len(names) == 1 else " and ".join(names)


def _refusals(refused: Sequence[Member]) -> list[str]:
    """A sentence for each of them, or for the first of many."""
    said = [f"{each.said} {each.refused}" for each in refused[:NOTES]]
    return said if len(refused) <= NOTES else [*said, f"{len(refused) - NOTES:,} more were refused"]


def _opened(archive: Member) -> Iterator[Member]:
    """What counts in a student's archive, below its own name; or the archive itself, refused."""
    try:
        data = archive.read(MAX_ARCHIVE)
    except Unreadable as error:
        yield replace(archive, refused=str(error))
        return
    for member in archive_members(data):
        if member.refused or (_counts(member.path.name) and not is_hidden(member.path)):
            top = archive.top and len(member.path.parts) == 1
            yield replace(member, path=archive.path / member.path, top=top)


def _counts(name: str) -> bool:
    return name.endswith((".py", ".ipynb")) or is_archive(name)


def _members(part: Part) -> Iterator[Member]:
    """The files of a part that count; archives are not opened. Raises `Unreadable` where a folder cannot be read."""
    if part.inside.endswith("/"):
        yield from (each for each in bulk_members(part) if each.refused or _counts(each.path.name))
    elif part.inside:
        yield bulk_member(part)
    elif part.path.is_dir():
        yield from _in_folder(part.path)
    else:
        yield _on_disk(part.path, PurePosixPath(part.name or part.path.name))


def _in_folder(folder: Path) -> Iterator[Member]:
    if folder.is_symlink():
        raise Unreadable("is a symbolic link")
    for place, folders, names in os.walk(folder):  # does not follow links
        below = Path(place).relative_to(folder)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        if len(below.parts) >= DEPTH:
            folders.clear()
        for name in names:
            if _counts(name) and not name.startswith("."):
                yield _on_disk(Path(place, name), PurePosixPath(below, name))


def _on_disk(path: Path, called: PurePosixPath) -> Member:
    return Member(called, lambda most: regular_bytes(path, most), top=len(called.parts) == 1)


def _holds_anything(part: Part) -> bool:
    """Whether there is something in a folder, even if nothing that counts."""
    if part.inside:
        return any(True for _ in bulk_members(part))
    try:
        return part.path.is_dir() and any(name[0] != "." for name in os.listdir(part.path))
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
