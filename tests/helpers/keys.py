"""Answer keys, which are costly: they are made once and shared by all workers."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from grader.course.page import Page
from grader.keymaking import keymaker
from grader.keymaking.cache import CACHE, Keys, private
from grader.keymaking.keymaker import Rehearsal, rehearse
from grader.keymaking.source_digest import origins
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.keys.key_file import digest
from grader.model.keys.seeds import PUBLIC_SEED
from tests.helpers.course import CORE, ROOT, course


@cache
def course_key() -> AnswerKey:
    """The key of the core topics with the public seed."""
    return topics_key(CORE)


@cache
def topics_key(topics: Sequence[str]) -> AnswerKey:
    """The key of some topics with the public seed.

    It is made once and kept where `d2l-check` keeps it, and is made anew when anything changes that it is made from.
    Several workers make a topic each, and wait for one another at the end.
    """
    keys = Keys(course(), PUBLIC_SEED, private(ROOT / CACHE))
    for patience in (0, -1):  # first what nobody else is at
        for topic in _in_turn(topics):
            with suppress(Timeout), FileLock(keys.folder / f"{topic}.lock", timeout=patience):
                if not _file_of(topic).exists() or not keys.kept([topic]):
                    _made(keys, topic)
    return keys.completed(keys.kept(topics), topics)


def _in_turn(topics: Sequence[str]) -> Sequence[str]:
    """The topics, from another one on in each worker."""
    first = 3 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % len(topics)
    return topics[first:] + topics[:first]


def digests_of_made_keys() -> dict[str, str]:
    """Exercise -> the digest of its key when it had just been made and had not been in any file."""
    course_key()
    return {id: digest(made.key) for topic in CORE for id, made in _rehearsals(topic).items()}


def rehearsal(id: str) -> Rehearsal:
    """The key of one exercise with the public seed as it was made, and the answers that went into it."""
    _key_with(id)
    return _rehearsals(id.partition(".")[0])[id]


@cache
def exercise_key(id: str) -> ExerciseKey:
    """The key of one exercise with the public seed."""
    (found,) = (each for each in _key_with(id).exercises if each.id == id)
    return found


def _key_with(id: str) -> AnswerKey:
    topic = id.partition(".")[0]
    return course_key() if topic in CORE else topics_key((topic,))


@cache
def _origins() -> Mapping[str, str]:
    return origins(course(), [topic.name for topic in course().topics], PUBLIC_SEED)


def _made(keys: Keys, topic: str) -> None:
    """Makes the keys of a topic, and keeps them and their rehearsals."""
    rehearsed: dict[str, Rehearsal] = {}

    def noted(page: Page, seed: int) -> Rehearsal:
        rehearsed[page.id] = rehearse(page, seed)
        return rehearsed[page.id]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keymaker, "rehearse", noted)
        keys.completed({}, [topic], jobs=1)
    for old in keys.folder.glob(f"{topic}.*.rehearsals"):
        old.unlink()
    unfinished = keys.folder / f"{topic}.part"
    unfinished.write_bytes(pickle.dumps(rehearsed))
    unfinished.replace(_file_of(topic))


def _file_of(topic: str) -> Path:
    return ROOT / CACHE / f"{topic}.{_origins()[topic]}.rehearsals"


@cache
def _rehearsals(topic: str) -> dict[str, Rehearsal]:
    found: dict[str, Rehearsal] = pickle.loads(_file_of(topic).read_bytes())
    return found
