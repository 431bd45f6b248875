"""What is costly and is shared: answer keys by all workers, folders by those of a run, sandboxes by a worker's tests."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from grader.cli import doctor
from grader.course.page import Page
from grader.grading import pool, workers
from grader.keymaking import keymaker, parallel
from grader.keymaking.cache import CACHE, Keys, private
from grader.keymaking.keymaker import Rehearsal, rehearse
from grader.keymaking.source_digest import origins
from grader.model.key import AnswerKey, ExerciseKey
from grader.model.key_file import digest
from grader.model.limits import Limits
from grader.model.seeds import PUBLIC_SEED
from grader.sandbox.gpu.cards import Card
from grader.sandbox.session import Sandbox
from tests.support import ROOT, course

PATIENT = Limits(question_seconds=60.0, import_seconds=60.0, exercise_seconds=300.0, submission_seconds=600.0)
"""Limits that a right answer keeps on a machine with a load of twenty too."""

# Keys.


@cache
def course_key() -> AnswerKey:
    """The key of the whole course with the public seed.

    It is made once and kept where `d2l-check` keeps it, and is made anew when anything changes that it is made from. Of
    several workers one makes it, and the others wait.
    """
    keys, made_from = Keys(course(), PUBLIC_SEED, private(ROOT / CACHE)), _origins()
    with FileLock(keys.folder / "tests.lock"):
        for topic in made_from:
            if not _file_of(topic).exists() or not keys.kept([topic]):
                _made(keys, topic)
        return keys.completed(keys.kept([*made_from]), [*made_from])


def digests_of_made_keys() -> dict[str, str]:
    """Exercise -> the digest of its key when it had just been made and had not been in any file."""
    course_key()
    return {id: digest(made.key) for topic in _origins() for id, made in _rehearsals(topic).items()}


def rehearsal(id: str) -> Rehearsal:
    """The key of one exercise with the public seed as it was made, and the answers that went into it."""
    course_key()
    return _rehearsals(id.partition(".")[0])[id]


@cache
def exercise_key(id: str) -> ExerciseKey:
    """The key of one exercise with the public seed."""
    (found,) = (each for each in course_key().exercises if each.id == id)
    return found


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


# Folders.


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that one worker of this run has made, and that all of them may read.

    make: fills the folder, which is there and empty. A worker that fails at it leaves it to the next one.
    """
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # a worker's own folder lies in that of the run
    folder, done = shared / name, shared / f"{name}.done"
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


# Sandboxes.


@cache
def sandbox(trust: bool = False) -> Sandbox:
    """The sandbox of this process's tests, with every layer or with none. `within` gives it other limits."""
    return _open.enter_context(Sandbox.start(PATIENT, trust=trust, preload=True))


_open = ExitStack()


def close() -> None:
    """Ends the sandboxes, and waits until they are gone."""
    _open.close()
    sandbox.cache_clear()


@contextmanager
def one_process() -> Iterator[None]:
    """Commands work in this process and in the sandbox that is there; workers that grade are threads, others are none.

    Starting torch for each command, and again in each worker, costs more than all that tests have commands do. What is
    about processes is tested with processes: test_killed.py, sandbox/test_kill.py, sandbox/test_class.py.
    """
    start = Sandbox.start

    def lent(
        limits: Limits | None = None,
        trust: bool = False,
        preload: bool = False,
        without: Collection[str] = (),
        card: Card | None = None,
    ) -> Sandbox:
        if without or card:
            return start(limits, trust, preload, without, card)
        with pytest.MonkeyPatch.context() as original:
            original.setattr(Sandbox, "start", start)
            return _Lent(sandbox(trust)._children, limits or Limits())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "start", lent)
        patch.setattr(workers, "_started", _started_as_thread)
        patch.setattr(pool, "end_with_parent", lambda: None)
        patch.setattr(pool, "be_killed_before_others", lambda score: None)
        for module in (parallel, doctor):
            patch.setattr(module, "worker_pool", lambda size: nullcontext(_Here()))
        yield


class _Lent(Sandbox):
    """A sandbox that stays open for the next test."""

    def close(self) -> None:
        pass


class _Here(Executor):
    """A pool without workers."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(function(*arguments, **named))
        except Exception as error:
            done.set_exception(error)
        return done


class _Thread(threading.Thread):
    """A worker that ends when its pool hangs up, and cannot be killed."""

    def kill(self) -> None:
        pass


def _started_as_thread(life: workers.Life, arguments: tuple[Any, ...], pause: float = 0.0) -> workers.Worker:
    ours, theirs = multiprocessing.Pipe()
    thread = _Thread(target=_live, args=(life, theirs, *arguments, pause), daemon=True)
    thread.start()
    return workers.Worker(thread, ours, arguments)  # type: ignore[arg-type]


def _live(life: workers.Life, connection: Connection, *arguments: Any) -> None:
    with connection:
        life(connection, *arguments)
