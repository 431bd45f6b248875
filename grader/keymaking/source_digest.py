"""What a key is made from, as a checksum: while it is the same, so is the key."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader.course.course import Course
from grader.model.errors import UsageError
from grader.version import __version__

GRADER = Path(__file__).parents[1]


def origins(course: Course, topics: Sequence[str], seed: int) -> Mapping[str, str]:
    """Topic -> checksum of all that its key is made from: its own stubs and pages, files that belong to no topic,
    the seed, the grader, and what it runs on.

    A page may import what lies beside it, so a topic is the least that can be told apart.
    """
    machine = (platform.system(), platform.machine(), sorted(versions().items()))
    shared = hashlib.sha256(repr((seed, machine)).encode())
    of_a_topic = {topic.name for topic in course.topics}
    _add(shared, GRADER, GRADER.rglob("*.py"))
    _add(shared, course.folder, [course.exercises / "course.toml"])
    for place in sorted(course.solutions.glob("*")):
        if place.name not in of_a_topic:
            _add(shared, course.folder, _sources(place))
    found = {}
    for name in topics:
        own = shared.copy()
        _add(own, course.folder, [course.topic(name).path, *_sources(course.solutions / name)])
        found[name] = own.hexdigest()
    return found


def versions() -> dict[str, str]:
    """What a report names, so that marks can be repeated."""
    found = {"python": platform.python_version(), "d2l-grader": __version__}
    for name in ("torch", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _sources(place: Path) -> Iterator[Path]:
    """A file, or all files in a folder; what Python caches is no source, and neither is what is hidden."""
    for path in (place, *place.rglob("*")):
        below = path.relative_to(place.parent).parts
        if path.is_file() and "__pycache__" not in below and not any(part.startswith(".") for part in below):
            yield path


def _add(state: hashlib._Hash, root: Path, files: Iterator[Path] | Sequence[Path]) -> None:
    for path in sorted(files):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
        state.update(repr((str(path.relative_to(root)), len(content))).encode() + content)
