"""What a worker holds for a run: the key, and one warm sandbox, announced to the scheduler once it stands.

Theory of operation. Dask gives tasks to a worker whether its plugin could be set up or not. So a task asks for a
resource that has the run's name, and a worker has that resource only while its sandbox is up: it is set after the first
child has answered, and taken back when no child can be started any more. Why a worker is not ready is told with its
heartbeat, under the same name, and the head says it to a person. Setting up takes seconds and must not hold up the
worker's event loop, nor the scheduler, which waits for `setup`: it is a task of its own, and the rest is in a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Literal

from distributed import Worker, WorkerPlugin

from grader.cluster.payload import Refusal, packed_result, unpacked_task
from grader.cluster.versions import differing, versions_here
from grader.cluster.watch import called
from grader.grading.submission_grader import SubmissionGrader, fault
from grader.grading.task import Graded, our_fault
from grader.intake.files import Unreadable
from grader.intake.finding.choice import Functions
from grader.intake.read import read_members, unreadable
from grader.intake.submission import Submission
from grader.model.errors import GraderError, KeyFileError, SandboxError, ShortageError
from grader.model.keys.key_file import load_key
from grader.model.limits import Limits
from grader.sandbox.device import place_for
from grader.sandbox.isolation.oom_score import WORKERS_FIRST, be_killed_before_others
from grader.sandbox.session import Sandbox

Readiness = Literal["starting", "ready", "short", "refused"]
PAUSES = (1.0, 5.0, 30.0)  # before a sandbox is tried again where memory or processes were short; the last for ever


@dataclass(frozen=True)
class RunPlan:
    """What a worker must know of a run: plain data, which every version of this package can at least read.

    run: its name, and that of the resource. key: the bytes of its file. digest: SHA-256 of them. device: cpu, sim or
    cuda. functions: `AnswerKey.functions`. versions: those of the head.
    """

    run: str
    key: bytes
    digest: str
    limits: Mapping[str, float]
    trust: bool
    device: str
    functions: Functions
    versions: Mapping[str, str]


@dataclass(frozen=True)
class WorkerReport:
    """What a worker says of itself. why: it is not ready. done, busy: submissions, and the seconds that they took."""

    state: Readiness = "starting"
    why: str = ""
    host: str = ""
    layers: tuple[str, ...] = ()
    card: str = ""
    done: int = 0
    busy: float = 0.0


@dataclass(frozen=True)
class _Ready:
    """What grades here, and what is around it."""

    grader: SubmissionGrader
    sandbox: Sandbox
    card: str


class SandboxPlugin(WorkerPlugin):
    """A run on a worker. Mutable, as Dask's plugins are: it lives as long as the run, or the worker."""

    def __init__(self, plan: RunPlan) -> None:
        self.name = plan.run
        self.plan = plan

    async def setup(self, worker: Worker) -> None:
        """Begins; returns before the sandbox stands."""
        self._worker, self._closed = worker, False
        self._ready: _Ready | None = None
        self._told, self._loop = WorkerReport(host=socket.gethostname()), asyncio.get_running_loop()
        worker.metrics[self.name] = lambda _: self.told()
        with suppress(OSError):
            be_killed_before_others(WORKERS_FIRST)
        self._beginning = asyncio.ensure_future(self._begin())

    async def teardown(self, worker: Worker) -> None:
        """Ends the sandbox, and takes back what was announced."""
        self._closed = True
        self._beginning.cancel()
        worker.metrics.pop(self.name, None)
        with suppress(Exception):  # the scheduler may have gone
            await asyncio.wait_for(worker.set_resources(**{self.name: 0}), 5)
        await asyncio.to_thread(self._end)

    def told(self) -> dict[str, Any]:
        """What the heartbeat says, in plain values."""
        said = self._told
        return {
            "state": said.state, "why": said.why, "host": said.host, "layers": list(said.layers), "card": said.card,
            "done": said.done, "busy": said.busy,
        }  # fmt: skip

    async def _begin(self) -> None:
        """Until the sandbox stands, or cannot."""
        why = differing(versions_here(), self.plan.versions)
        if why:
            self._say("refused", f"it has other versions: {why}")
            return
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            try:
                ready = await asyncio.to_thread(self._start)
                break
            except ShortageError as error:
                self._say("short", str(error))
                await asyncio.sleep(pause)
            except GraderError as error:
                self._say("refused", str(error))
                return
            except Exception as error:
                self._say("refused", f"a fault of d2l-grader: {fault(error)}")
                return
        self._ready = ready
        self._told = replace(self._told, state="ready", why="", layers=ready.sandbox.layers, card=ready.card)
        await self._worker.set_resources(**{self.name: 1})
        await self._worker.heartbeat()

    def _say(self, state: Readiness, why: str) -> None:
        self._told = replace(self._told, state=state, why=why)

    def _start(self) -> _Ready:
        """The key and a sandbox. Raises `GraderError`."""
        plan = self.plan
        if hashlib.sha256(plan.key).hexdigest() != plan.digest:
            raise KeyFileError("the key was changed on its way")
        with tempfile.NamedTemporaryFile(suffix=".key") as file:  # for this user alone, and gone at once
            file.write(plan.key)
            file.flush()
            key = load_key(Path(file.name))
        limits, card = Limits().but(plan.limits), None
        if plan.device.startswith("cuda"):
            cards = place_for(plan.device, limits, plan.trust).cards
            card = cards[_number(self._worker.name) % len(cards)]
        sandbox = Sandbox.start(limits, trust=plan.trust, preload=True, card=card)
        if self._closed:
            sandbox.close()
            raise SandboxError("the run is over")
        grader = SubmissionGrader(plan.functions, lambda: key, lambda: sandbox)
        return _Ready(grader, sandbox, f"{card.index} {card.uuid}".strip() if card else "")

    def _end(self) -> None:
        ready, self._ready = self._ready, None
        if ready:
            ready.sandbox.close()

    def grade(self, data: bytes) -> bytes:
        """What became of a packed task, packed. In the worker's one thread, and it never raises."""
        ready = self._ready
        if ready is None:
            return packed_result(Refusal("its sandbox is not up", waits=True))
        try:
            graded = self._graded(ready.grader, data)
            self._told = replace(self._told, done=self._told.done + 1, busy=self._told.busy + _seconds(graded))
            return packed_result(replace(graded, worker=called(self._worker.name, self._told.host)))
        except SandboxError as error:
            asyncio.run_coroutine_threadsafe(self._begin_again(str(error)), self._loop)
            return packed_result(Refusal(str(error)))
        except Exception as error:
            reason = f"a fault of d2l-grader, not of the student: {fault(error)}"
            return packed_result(our_fault("", reason))

    def _graded(self, grader: SubmissionGrader, data: bytes) -> Graded:
        carried = unpacked_task(data)
        task = carried.task

        def read() -> Submission:
            if carried.unlisted:
                return unreadable("", Unreadable(carried.unlisted))
            return read_members(task.handed_in, [each.member for each in carried.files], grader.functions)

        return grader.grade(task, read)

    async def _begin_again(self, why: str) -> None:
        """Takes back what was announced, until another sandbox stands."""
        self._say("short", why)
        await self._worker.set_resources(**{self.name: 0})
        await asyncio.to_thread(self._end)
        await asyncio.sleep(PAUSES[0])
        if not self._closed:
            self._beginning = asyncio.ensure_future(self._begin())


def _seconds(graded: Graded) -> float:
    times = graded.times
    return (times.judged or 0.0) - (times.started or 0.0)


def _number(name: object) -> int:
    """Which of the workers of its machine it is: `d2l-grade worker` and Dask name them NAME-0, NAME-1 and so on."""
    last = str(name).rpartition("-")[2]
    return int(last) if last.isdecimal() else 0
