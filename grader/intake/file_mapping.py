"""--map STUDENT:FILE=TOPIC: a person says which file of a student's is a topic's.

The topic stands behind the last equals sign, and the student is the longest name in the class that stands before a
colon: so a file may have both signs in its name.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

from grader.intake.files import Unreadable
from grader.intake.finding.names import folded
from grader.intake.handed_in import HandedIn
from grader.intake.listing import members_of, opened, split
from grader.model.errors import UsageError
from grader.model.printable import one_line

FORM = "--map STUDENT:FILE=TOPIC"
MOST_SHOWN = 5


@dataclass(frozen=True)
class FileMapping:
    """`file` is its path in what the student has handed in, archives included; "" takes back what was said."""

    student: str
    topic: str
    file: str


def file_mapping(text: str, class_: Iterable[HandedIn], topics: Collection[str]) -> FileMapping:
    """What one --map says. Raises `UsageError` where there is no such student, file or topic."""
    place, sign, topic = text.rpartition("=")
    if not sign or ":" not in place:
        raise UsageError(f"{FORM}: {one_line(text)!r} is not of this form.")
    if topic not in topics:
        raise UsageError(f"{FORM}: there is no topic {one_line(topic)!r}. Topics: {', '.join(topics)}.")
    students = {folded(each.student): each for each in class_}
    ends = [at for at, letter in enumerate(place) if letter == ":" and folded(place[:at]) in students]
    if not ends:
        raise UsageError(f"{FORM}: there is no student {one_line(place.partition(':')[0])!r} in the class.")
    one, file = students[folded(place[: ends[-1]])], place[ends[-1] + 1 :]
    if not file:
        return FileMapping(one.student, topic, "")
    paths = _listed_elsewhere(one)
    meant = {folded(file), folded(file.replace("\\", "/"))}
    found = [path for path in paths if path == file] or [path for path in paths if folded(path) in meant]
    if not found:
        shown = ", ".join(map(one_line, paths[:MOST_SHOWN])) + (", …" if len(paths) > MOST_SHOWN else "")
        there = f" There are {shown}." if paths else ""
        raise UsageError(f"{FORM}: {one.student} has handed in no {one_line(file)}.{there}")
    return FileMapping(one.student, topic, found[0])


def with_mappings(class_: Iterable[HandedIn], kept: Mapping[str, tuple[tuple[str, str], ...]]) -> list[HandedIn]:
    """The class, with the files that were named: student -> topic and path of each."""
    return [_with(each, kept.get(each.student, ())) for each in class_]


def _with(one: HandedIn, mapped: tuple[tuple[str, str], ...]) -> HandedIn:
    return replace(one, mapped=mapped) if mapped else one


def _listed_elsewhere(one: HandedIn) -> list[str]:
    """Its paths, listed in another process: no archive of a student's is opened where the marks are kept."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_paths, one).result()


def _paths(one: HandedIn) -> list[str]:
    try:
        files, archives = split(members_of(one.parts))
    except Unreadable:
        return []
    return [str(each.path) for each in (*files, *opened(archives)) if each.path.name]
