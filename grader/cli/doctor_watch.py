"""What d2l-grade doctor --watch does: examines whatever of a course was saved, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

from grader.cli.doctor import print_findings
from grader.course.course import Course, read_course
from grader.model.errors import GraderError

LOOK_MS = 1000
"""How often somebody who wants to stop the watching is listened to, where no file is saved."""
SOURCES = ("*.py", "*.toml", "*.tsv")


def watch_course(folder: Path, names: Sequence[str], seeds: int, jobs: int) -> None:
    """Examines these topics and exercises, or all; then, after each save, what was saved of them."""
    _examine(folder, names, seeds, jobs)
    click.echo("Watching. Ctrl-C ends.")
    try:
        for saved in _saves(folder):
            _after(folder, saved, names, seeds, jobs)
    except KeyboardInterrupt:
        return


def _after(folder: Path, saved: Collection[Path], names: Sequence[str], seeds: int, jobs: int) -> None:
    try:
        about = concerned(read_course(folder), saved, names)
    except GraderError as error:
        click.secho(f"✗ {error}", fg="red")
        return
    if about is not None:
        click.echo(f"\n{time.strftime('%H:%M:%S')}  {', '.join(about) or 'the whole course'}")
        _examine(folder, about, seeds, jobs)


def _examine(folder: Path, names: Sequence[str], seeds: int, jobs: int) -> None:
    """What is wrong with the course itself ends nothing: it is being written."""
    try:
        print_findings(folder, names, seeds, jobs, "lines")
    except GraderError as error:
        click.secho(f"✗ {error}", fg="red")


def concerned(course: Course, saved: Collection[Path], names: Sequence[str]) -> tuple[str, ...] | None:
    """The exercises and topics that saved files belong to, of those that are watched; none of them: None.

    An empty tuple is the whole course: it is what course.toml, and what stands outside of the topics, belong to.
    """
    found: dict[str, None] = {}
    for path in saved:
        part = _part(course, path)
        if part == "":
            return tuple(names)
        found[part] = None
    whole = {part for part in found if "." not in part}
    parts = [part for part in found if part in whole or part.partition(".")[0] not in whole]
    wanted = [part for part in parts if not names or _is_watched(part, names)]
    return tuple(wanted) if wanted else None


def _part(course: Course, path: Path) -> str:
    """A topic or an exercise, by its file; empty for what is of several."""
    topics = {topic.name: topic for topic in course.topics}
    if path.parent.resolve() == course.exercises.resolve():
        return path.stem if path.stem in topics and path.suffix == ".py" else ""
    topic = topics.get(path.parent.name)
    if topic is None:
        return ""
    return f"{topic.name}.{path.stem}" if path.stem in topic.functions else topic.name


def _is_watched(part: str, names: Sequence[str]) -> bool:
    topic, _, exercise = part.partition(".")
    return any(name in (part, topic, exercise) or name.startswith(f"{part}.") for name in names)


def _saves(folder: Path) -> Iterator[frozenset[Path]]:
    """The sources of a course that were saved, each time that some were."""
    from watchfiles import watch  # only here: it costs a cold start a tenth of a second

    places = [place for place in (folder / "exercises", folder / "solutions") if place.is_dir()]
    events = watch(*places, rust_timeout=LOOK_MS, yield_on_timeout=True, raise_interrupt=True)
    yield from changes(places, events)


def changes(places: Sequence[Path], events: Iterable[object]) -> Iterator[frozenset[Path]]:
    """What changed between two events. The files themselves are looked at: a network drive sends no events, and an
    editor writes files that are none of the course's."""
    before = _stamps(places)
    for _ in events:
        now = _stamps(places)
        saved = frozenset(path for path in {*before, *now} if before.get(path) != now.get(path))
        before = now
        if saved:
            yield saved


def _stamps(places: Sequence[Path]) -> Mapping[Path, tuple[int, int]]:
    found = {}
    for path in (path for place in places for pattern in SOURCES for path in place.rglob(pattern)):
        with suppress(OSError):  # removed while we look
            about = path.stat()
            found[path] = about.st_mtime_ns, about.st_size
    return found
