"""A cluster as a place where submissions are graded: an `Executor` for whoever keeps the gradebook."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from types import TracebackType

from grader.cluster.client import ClientPlan, speak
from grader.cluster.frames import Frame, read_frame
from grader.cluster.payload import OddResultError, Refusal, unpacked_result
from grader.cluster.watch import WorkerState, from_plain, why_nobody
from grader.grading.task import Graded, Task, our_fault
from grader.model.errors import SandboxError, UsageError
from grader.model.printable import one_line

KEPT = "What was graded until then is kept; run again and it goes on from there"
QUIET = 10.0  # seconds without a ready worker until a person is told why
GRACE = 15.0


class ClusterExecutor:
    """Workers of a cluster. Use it in a `with`: it begins when the first worker is ready.

    tell: says something to a person. patience: seconds for which it may be that no worker is ready.
    Raises `UsageError` where the scheduler cannot be worked with, `SandboxError` where nobody is ready for too long.
    """

    def __init__(self, plan: ClientPlan, tell: Callable[[str], None]) -> None:
        self._plan, self._tell = plan, tell
        self._capacity = 0
        self._states: list[WorkerState] = []
        self._ready_at = time.monotonic()
        self._told = ""
        self._useless: set[str] = set()
        self._flying: dict[int, tuple[Task, float]] = {}

    def __enter__(self) -> ClusterExecutor:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=speak, args=(theirs, self._plan), daemon=False)
        try:
            self._process.start()
            theirs.close()
            while not self.workers:
                self._heard(self._frame())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def workers(self) -> int:
        return sum(each.state == "ready" for each in self._states)

    @property
    def layers(self) -> tuple[str, ...]:
        """Those that all workers have that are ready."""
        ready = [each.layers for each in self._states if each.state == "ready"]
        return tuple(name for name in ready[0] if all(name in layers for layers in ready)) if ready else ()

    @property
    def states(self) -> tuple[WorkerState, ...]:
        """The workers as they were last seen."""
        return tuple(self._states)

    def submit(self, tasks: Iterable[Task]) -> Iterator[Graded]:
        """See `Executor`. Once for each executor."""
        fresh, number = iter(tasks), 0
        more = True
        while more or self._flying:
            while more and len(self._flying) < self._capacity:
                task = next(fresh, None)
                if task is None:
                    more = False
                    self._send("end")
                    break
                number += 1
                self._flying[number] = (task, time.time())
                self._send((number, task))
            if self._flying or more:
                frame = self._frame()
                if frame and frame.kind in ("result", "given_up"):
                    yield self._graded(frame)
                else:
                    self._heard(frame)

    def _graded(self, frame: Frame) -> Graded:
        if frame.number not in self._flying:
            raise SandboxError(f"the process that speaks with the cluster said what nobody had asked. {KEPT}")
        task, since = self._flying.pop(frame.number)
        if frame.kind == "given_up":
            return our_fault(task.handed_in.student, f"{one_line(frame.text)} (our fault)")
        try:
            graded = unpacked_result(frame.data, task, self._plan.exercises)
        except OddResultError as error:
            raise SandboxError(f"the process that speaks with the cluster sent no result ({error}). {KEPT}") from None
        if isinstance(graded, Refusal):
            raise SandboxError(f"the process that speaks with the cluster sent no result. {KEPT}")
        times = replace(graded.times, handed_over=since)
        return replace(graded, times=times, worker=one_line(graded.worker))

    def _heard(self, frame: Frame | None) -> None:
        """What is no result: who is there, what a person should know, that it is over."""
        if frame is None:
            pass
        elif frame.kind == "state":
            said = frame.plain
            self._capacity, self._states = int(said["capacity"]), from_plain(said["workers"])
        elif frame.kind == "note":
            self._tell(one_line(frame.text))
        elif frame.kind == "refused":
            raise UsageError(one_line(frame.text))
        else:
            raise SandboxError(f"{one_line(frame.text)}. {KEPT}")
        self._be_patient()

    def _name_useless(self) -> None:
        """Says once of each worker what keeps it from grading, where others go on without it."""
        for each in self._states:
            sentence = one_line(f"Worker {each.name} grades nothing: {each.why}.")
            if each.why and each.state not in ("ready", "starting") and sentence not in self._useless:
                self._useless.add(sentence)
                self._tell(sentence)

    def _be_patient(self) -> None:
        """Nobody waits in silence where no worker can, and nobody waits for ever."""
        now = time.monotonic()
        if self.workers:
            self._ready_at = now
            self._name_useless()
            return
        why = why_nobody(self._states, self._plan.address.local)
        if now - self._ready_at > self._plan.patience:
            raise SandboxError(f"{why}. Nobody was ready for {self._plan.patience:.0f} s. {KEPT}")
        if now - self._ready_at > QUIET and why != self._told:
            self._told = why
            self._tell(one_line(why))

    def _frame(self) -> Frame | None:
        """What the other process says next; None after a second of silence."""
        ready = wait([self._connection, self._process.sentinel], timeout=1.0)
        if self._connection in ready:
            try:
                return read_frame(self._connection.recv_bytes())
            except (EOFError, OSError, ValueError):
                pass
        elif not ready:
            return None
        raise SandboxError(f"the process that speaks with the cluster has died. {KEPT}")

    def _send(self, message: object) -> None:
        try:
            self._connection.send(message)
        except OSError:
            raise SandboxError(f"the process that speaks with the cluster has died. {KEPT}") from None

    def _end(self) -> None:
        connection: Connection = self._connection
        connection.close()
        if self._process.pid:
            self._process.join(GRACE)
            self._process.kill()
            self._process.join()
