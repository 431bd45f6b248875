"""Keys that were made are kept, so that nobody waits twice for the same one.

One file for each topic, and one of all of them for the workers, in a folder that only its owner can open: it holds
hidden answers. A file's name has two checksums, of everything that the key was made from and of the file's own bytes.
So a corrected page costs the time of its topic, and a file that was cut short, changed, or written by another version
is as good as none: it is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.course.course import Course, read_course
from grader.keymaking.parallel import made_key, whole_key
from grader.keymaking.source_digest import origins
from grader.model.errors import KeyFileError, UsageError
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.keys.key_file import load_key, save_privately
from grader.model.keys.seeds import PUBLIC_SEED

CACHE = ".cache"
CLASS = ".class"  # no topic is called so
LETTERS = 32  # 128 bits of each checksum

Kept = Mapping[str, tuple[ExerciseKey, ...]]
"""Topic -> the keys of its exercises."""


@dataclass(frozen=True)
class Keys:
    """The keys of a course with one seed, and the folder where they are kept."""

    course: Course
    seed: int
    folder: Path

    def kept(self, topics: Sequence[str]) -> Kept:
        """What is there already of these topics. Anything that is not as it should be is not there."""
        found: dict[str, tuple[ExerciseKey, ...]] = {}
        for topic, origin in self._origins(topics).items():
            with suppress(OSError, KeyFileError):
                if path := self._intact(topic, origin):
                    found[topic] = load_key(path).exercises
        return found

    def completed(self, there: Kept, topics: Sequence[str], jobs: int | None = None) -> AnswerKey:
        """The key of these topics; what is not there is made, and kept."""
        missing, every = [topic for topic in topics if topic not in there], dict(there)
        if missing:
            origins = self._origins(missing)
            made = made_key(self.course, missing, self.seed, jobs)
            parts = {topic: made.of_topics((topic,)) for topic in missing}
            every |= {topic: part.exercises for topic, part in parts.items()}
            unchanged = self._origins(missing).items() & origins.items()  # a page may be saved while its key is made
            for topic, origin in unchanged:
                with suppress(OSError):  # the next run makes it again
                    self._keep(parts[topic], topic, origin)
        exercises = tuple(exercise for topic in topics for exercise in every[topic])
        return whole_key(self.course, self.seed, exercises)

    def _origins(self, topics: Sequence[str]) -> Mapping[str, str]:
        return {topic: origin[:LETTERS] for topic, origin in origins(self.course, topics, self.seed).items()}

    def for_workers(self, key: AnswerKey, digest: str) -> Path:
        """A file with this key, which was made of the topics' keys, for this device, under these limits."""
        origin = _checksum(json.dumps([digest, dict(self._origins(key.topics))]).encode())
        with suppress(OSError):
            if path := self._intact(CLASS, origin):
                return path
        return self._keep(key, CLASS, origin)

    def _intact(self, name: str, origin: str) -> Path | None:
        files = self.folder.glob(f"{name}-{origin}-*.key")
        return next((each for each in files if each.stem == f"{name}-{origin}-{_checksum(each.read_bytes())}"), None)

    def _keep(self, key: AnswerKey, name: str, origin: str) -> Path:
        """Puts the key in the place of older ones of its name."""
        unfinished = self.folder / f"{name}-{os.getpid()}.part"  # several processes may be at it
        save_privately(key, unfinished)
        path = unfinished.with_name(f"{name}-{origin}-{_checksum(unfinished.read_bytes())}.key")
        unfinished.replace(path)
        for old in set(self.folder.glob(f"{name}-*")) - {path}:
            with suppress(OSError):
                old.unlink()
        return path


def cached_key(folder: Path, topics: Sequence[str] = ()) -> AnswerKey:
    """The key of these topics, or of all of the course, with the public seed, kept in the course's folder."""
    course = read_course(folder)
    names = list(topics) or [topic.name for topic in course.topics]
    keys = Keys(course, PUBLIC_SEED, private(folder / CACHE))
    return keys.completed(keys.kept(names), names)


def private(folder: Path) -> Path:
    """The folder, made if need be, for its owner alone. Raises `UsageError` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise UsageError(f"{folder} cannot be a private folder for answer keys: {error.strerror}.") from None
    return folder


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:LETTERS]
