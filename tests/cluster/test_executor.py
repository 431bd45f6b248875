"""The head: it waits for nobody in silence, believes nothing, and hands over no more than workers can take."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

import pytest

from grader.cluster import executor as module
from grader.cluster.address import Address
from grader.cluster.client import ClientPlan
from grader.cluster.executor import ClusterExecutor
from grader.cluster.frames import frame_of
from grader.cluster.payload import Refusal, packed_result
from grader.cluster.watch import WorkerState, to_plain
from grader.grading.task import Graded, Task
from grader.intake.handed_in import HandedIn
from grader.model.errors import SandboxError, UsageError
from grader.model.result import SubmissionResult

READY = WorkerState("lab-1", "tls://10.0.0.1:1", "ready", layers=("seccomp", "rlimits"))
NARROWER = WorkerState("lab-2", "tls://10.0.0.2:1", "ready", layers=("seccomp",))
OLD = WorkerState("lab-3", "tls://10.0.0.3:1", "refused", "it has other versions: torch 2.4 there and 2.13 here")
ABSENT = packed_result(Graded("", "digest", SubmissionResult("", "absent")))
Life = Callable[[Connection], None]


def state(*workers: WorkerState, capacity: int = 2) -> bytes:
    return frame_of("state", 0, {"capacity": capacity, "workers": to_plain(workers)})


class PlayedProcess:
    """A thread that stands for the process which speaks with the cluster."""

    pid = 1

    def __init__(self, life: Life, connection: Connection) -> None:
        self.sentinel, self._end = os.pipe()
        self._thread = threading.Thread(target=self._live, args=(life, connection))
        self.start = self._thread.start

    def _live(self, life: Life, connection: Connection) -> None:
        try:
            life(connection)
            while connection.poll(10):
                connection.recv()
        except (EOFError, OSError):
            pass
        finally:
            connection.close()
            os.close(self._end)

    def join(self, seconds: float | None = None) -> None:
        self._thread.join(seconds)

    def kill(self) -> None:
        self._thread.join()
        if self.sentinel >= 0:
            os.close(self.sentinel)
            self.sentinel = -1


def played(monkeypatch: pytest.MonkeyPatch, life: Life) -> None:
    ours: list[Any] = []

    def pipe() -> tuple[Connection, Any]:
        here, there = Pipe()
        ours.append(there)
        return here, SimpleNamespace(close=lambda: None)

    context = SimpleNamespace(Pipe=pipe, Process=lambda target, args, daemon: PlayedProcess(life, ours[-1]))
    monkeypatch.setattr(module.multiprocessing, "get_context", lambda how: context)


def executor(told: list[str] | None = None, patience: float = 60.0) -> ClusterExecutor:
    plan = ClientPlan(Address(url="tls://x:1"), None, None, ("t.f",), patience)  # type: ignore[arg-type]
    return ClusterExecutor(plan, (told if told is not None else []).append)


def tasks(count: int, taken: list[int] | None = None) -> Iterator[Task]:
    for number in range(count):
        if taken is not None:
            taken.append(number)
        yield Task(HandedIn(f"student {number}"))


def test_no_more_is_handed_over_than_workers_can_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at a time here, whatever the class; results come as they are ready, with the name that the head has kept."""
    flying: list[int] = []
    most: list[int] = []

    def life(connection: Connection) -> None:
        connection.send_bytes(state(READY, NARROWER))
        while True:
            while connection.poll(0.02 if flying else 10):
                if (message := connection.recv()) == "end":
                    continue
                flying.append(message[0])
            most.append(len(flying))
            connection.send_bytes(frame_of("result", flying.pop(), ABSENT))

    played(monkeypatch, life)
    with executor() as working:
        assert working.workers == 2
        assert working.layers == ("seccomp",), "what holds everywhere"
        done = list(working.submit(tasks(9)))
    assert sorted(each.student for each in done) == [f"student {number}" for number in range(9)]
    assert all(each.times.handed_over is not None for each in done)
    assert max(most) == 2


def test_a_submission_that_is_given_up_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not graded, which is our fault and no mark."""

    def life(connection: Connection) -> None:
        connection.send_bytes(state(READY))
        number, _ = connection.recv()
        connection.send_bytes(frame_of("given_up", number, "workers sent what\nnobody can read"))

    played(monkeypatch, life)
    with executor() as working:
        [graded] = working.submit(tasks(1))
    assert graded.digest is None
    assert graded.result is not None
    assert graded.result.status == "not_graded"
    assert graded.result.reason == "workers sent what nobody can read (our fault)"


ENDS: dict[str, tuple[Sequence[bytes], type[Exception], str]] = {
    "it dies": ([], SandboxError, "has died"),
    "no frame": ([b"?"], SandboxError, "has died"),
    "of no kind": ([b"\xff" * 20], SandboxError, "has died"),
    "it refuses": ([frame_of("refused", 0, "The scheduler has torch 1")], UsageError, "torch 1"),
    "it fails": ([frame_of("failed", 0, "No scheduler answers")], SandboxError, "No scheduler answers. What was graded"),
    "nobody asked for it": ([state(READY), frame_of("result", 99, ABSENT)], SandboxError, "nobody had asked"),
    "no result": ([state(READY), frame_of("result", 1, b"odd")], SandboxError, "sent no result"),
    "a refusal": ([state(READY), frame_of("result", 1, packed_result(Refusal("x")))], SandboxError, "sent no result"),
}  # fmt: skip


@pytest.mark.parametrize(("frames", "kind", "says"), ENDS.values(), ids=ENDS.keys())
def test_how_it_ends(
    monkeypatch: pytest.MonkeyPatch, frames: Sequence[bytes], kind: type[Exception], says: str
) -> None:
    """In one line, whatever the other process says or does; what was graded until then is kept."""

    def life(connection: Connection) -> None:
        for frame in frames:
            connection.send_bytes(frame)
        if len(frames) == 2:
            connection.recv()
        if not frames:
            raise EOFError

    played(monkeypatch, life)
    with pytest.raises(kind, match=says), executor() as working:
        list(working.submit(tasks(1)))


def test_nobody_waits_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is there and what they lack is said once, then again when it changes; after a while it is over."""
    monkeypatch.setattr(module, "QUIET", 0.05)

    def life(connection: Connection) -> None:
        for workers in ((), (), (OLD,), (OLD,)):
            connection.send_bytes(state(*workers, capacity=0))
            time.sleep(0.1)
        connection.send_bytes(frame_of("note", 0, "The scheduler\x1b[31m was lost"))
        while True:
            connection.send_bytes(state(OLD, capacity=0))
            time.sleep(0.1)

    played(monkeypatch, life)
    told: list[str] = []
    with (
        pytest.raises(SandboxError, match=r"torch 2\.4 there and 2\.13 here.*Nobody was ready for 1 s"),
        executor(told, 1.0),
    ):
        pass
    assert [line.partition(".")[0] for line in told] == [
        "No worker has come yet",
        "No worker is ready",
        "The scheduler␛[31m was lost",
    ]


def test_a_worker_that_grades_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, with what it lacks, while others grade: nobody believes in workers that do not work."""

    def life(connection: Connection) -> None:
        for _ in range(3):
            connection.send_bytes(state(READY, OLD, replace(READY, name="lab-4", state="starting")))
        number, _ = connection.recv()
        connection.send_bytes(frame_of("result", number, ABSENT))

    played(monkeypatch, life)
    told: list[str] = []
    with executor(told) as working:
        list(working.submit(tasks(1)))
    assert told == ["Worker lab-3 grades nothing: it has other versions: torch 2.4 there and 2.13 here."]
