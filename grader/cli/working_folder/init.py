"""What d2l-check init does: takes stubs and keys from the built-in course or a kit, and begins a working folder."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from grader.course.course import unknown
from grader.kits.student import built_in, key_files, load_keys
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, for_students
from grader.workspace.beginning import BegunFolder, begin, without_stubs

NO_COURSE = "This d2l-grader carries no course. Name a kit: d2l-check init --kit FILE.zip."
NOTHING = 0


def begin_here(folder: Path, topics: Sequence[str], kit: Path | None, notebooks: bool) -> int:
    """Begins the folder and says what came of it."""
    key = _part(_key_of(kit, topics), topics)
    begun = begin(folder, key, notebooks)
    for line in _lines(begun, folder, key):
        click.echo(line)
    return NOTHING


def _key_of(kit: Path | None, topics: Sequence[str]) -> AnswerKey:
    if kit is None:
        inside = built_in()
        if inside is not None:
            return load_keys(key_files(inside))
        return for_students(_key_of_checkout(topics))
    if kit.is_dir():
        return _loaded(kit, kit)
    if not zipfile.is_zipfile(kit):
        raise UsageError(f"{kit} is no kit: a zip file or a folder with answer keys is expected.")
    with TemporaryDirectory() as scratch, zipfile.ZipFile(kit) as archive:
        for name in archive.namelist():
            if Path(name).suffix == ".key":
                Path(scratch, Path(name).name).write_bytes(archive.read(name))
        return _loaded(Path(scratch), kit)


def _loaded(folder: Path, kit: Path) -> AnswerKey:
    files = key_files(folder)
    if not files:
        raise UsageError(f"{kit} holds no answer key (d2l-TOPIC.key): it is no kit.")
    return load_keys(files)


def _key_of_checkout(topics: Sequence[str]) -> AnswerKey:
    """The key of the course that this package lies in, if it was not installed but checked out."""
    around = Path(__file__).parents[3]
    if not (around / "exercises" / "course.toml").is_file():
        raise UsageError(NO_COURSE)
    from grader.keymaking.cache import cached_key

    return cached_key(around, topics)


def _part(key: AnswerKey, topics: Sequence[str]) -> AnswerKey:
    for topic in topics:
        if topic not in key.topics:
            raise UsageError(unknown("topic", topic, key.topics))
    part = key.of_topics(tuple(topics)) if topics else key
    for topic, why in without_stubs(part).items():
        raise UsageError(f"{topic} cannot be begun from here; {why}.")
    return part


def _lines(begun: BegunFolder, folder: Path, key: AnswerKey) -> list[str]:
    where = "here" if folder == Path() else f"in {folder}"
    stubs = [name for name in begun.written if name.endswith((".py", ".ipynb"))]
    lines = [f"Begun {where}: {', '.join(stubs)}." if stubs else f"Nothing new was begun {where}."]
    if kept := [name for name in begun.kept if name.endswith((".py", ".ipynb"))]:
        lines.append(f"Left as it was: {', '.join(kept)}.")
    first = key.exercises[0]
    go = "" if folder == Path() else f"cd {folder}, "
    return [*lines, f"Next: {go}write {first.function} in {first.topic}, then run d2l-check {first.id}."]
