"""The process that speaks with the cluster, for a head that unpickles nothing.

Theory of operation. Dask's client unpickles whatever a worker sends in the place of a result, and its exceptions in any
case. So it lives in a process of its own, which holds no gradebook, no roster and no marks: it is handed tasks, reads
their files as raw bytes, and passes on what comes back as bytes, which the head reads strictly. It has one link to a
scheduler at a time. When that is lost, nothing is asked of Dask's own ways to mend it: what was in flight is `Lost`
(and tried again), and a new link begins as the first did, by making the run known.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
import threading
import time
import warnings
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

import dask
import distributed
from distributed import Client, Future, KilledWorker
from distributed.security import Security

from grader.cluster.address import Address, Certificates
from grader.cluster.confinement import confine
from grader.cluster.frames import Kind, frame_of
from grader.cluster.link import linked, scheduler_of, send_away, states_of, status_of
from grader.cluster.payload import Carried, packed_result, packed_task
from grader.cluster.plugin import RunPlan
from grader.cluster.retries import Finished, GivenUp, Killed, Lost, Retries, TryOutcome, Turns
from grader.cluster.settings import settings
from grader.cluster.task import grade_submission
from grader.cluster.watch import OddResults, to_plain
from grader.grading.submission_grader import fault
from grader.grading.task import Task, our_fault
from grader.intake.carried import TooMuchToCarryError, carried_files
from grader.intake.files import Unreadable
from grader.model.errors import UsageError

PER_WORKER = 2  # one that is asked, and one that waits beside it
GRACE = 10.0
DOUBT = 20.0  # seconds without a result until the scheduler is asked what became of it
OVER = ("erred", "memory", "forgotten", "released", None)
MOST_TEXT = 300


@dataclass(frozen=True)
class ClientPlan:
    """Where a class is graded, and how.

    exercises: those of the key. patience: seconds for which it may be that no scheduler answers. readable: where the
    submissions lie.
    """

    address: Address
    certificates: Certificates | None
    plan: RunPlan
    exercises: tuple[str, ...]
    patience: float
    readable: tuple[str, ...] = ()


def speak(connection: Connection, plan: ClientPlan) -> None:
    """The life of the process: until the head hangs up, however that comes about."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.filterwarnings("ignore", module="distributed")  # what matters is said by the head
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    dask.config.set(settings(plan.address.encrypted))
    if plan.address.local:  # these workers are ours, and it starts them
        with (
            tempfile.TemporaryDirectory(prefix="d2l-cluster-") as scratch,
            dask.config.set(temporary_directory=scratch),
        ):
            asyncio.run(_Session(connection, plan).run())
        return
    confine((*plan.readable, *([str(plan.certificates.folder)] if plan.certificates else [])))
    asyncio.run(_Session(connection, plan).run())


class _Session:
    """A run as this process sees it. Mutable on purpose: it is the process's own bookkeeping."""

    def __init__(self, connection: Connection, plan: ClientPlan) -> None:
        self.connection, self.plan = connection, plan
        self.turns = Turns()
        self.retries = Retries(self.attempt, self.send_away, plan.exercises, self.turns)
        self.client: Client | None = None
        self.online, self.deaf = asyncio.Event(), asyncio.Event()
        self.sending = asyncio.Lock()
        self.numbers = count()
        self.working: set[asyncio.Task[None]] = set()
        self.odd_results = OddResults()

    async def run(self) -> None:
        """Until the head hangs up."""
        supervising = asyncio.ensure_future(self.supervise())
        while (message := await asyncio.to_thread(self.received)) is not None:
            if message == "end":
                await self.turns.no_more()
            else:
                working = asyncio.ensure_future(self.settle(*message))
                self.working.add(working)
                working.add_done_callback(self.working.discard)
        last = threading.Timer(GRACE, os._exit, (1,))  # a cluster that is lost may keep us waiting
        last.daemon = True
        last.start()
        for task in (*self.working, supervising):
            task.cancel()
        await asyncio.gather(*self.working, supervising, return_exceptions=True)

    def received(self) -> Any:
        """What the head says; None when it has hung up. It is ours, so it may be unpickled."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return None

    async def say(self, kind: Kind, number: int = 0, data: bytes | str | dict[str, Any] = b"") -> None:
        async with self.sending:
            with suppress(OSError):  # the head has gone, which `received` will say
                await asyncio.to_thread(self.connection.send_bytes, frame_of(kind, number, data))

    # Submissions.

    async def settle(self, number: int, task: Task) -> None:
        try:
            done = await self.retries.settled(task)
        except Exception as error:  # ours: nobody may wait for it for ever
            done = GivenUp(f"a fault of d2l-grader, not of the student: {fault(error)}")
        if isinstance(done, GivenUp):
            await self.say("given_up", number, done.reason)
        else:
            await self.say("result", number, done)

    async def attempt(self, task: Task) -> TryOutcome:
        """One try. Nothing that Dask does raises here."""
        await self.online.wait()
        client = self.client
        try:
            data = await asyncio.to_thread(_packed, task)
        except TooMuchToCarryError as error:
            return Finished(_too_much(str(error)))
        if client is None:
            return Lost()
        run = self.plan.plan.run
        key = f"{run}-{next(self.numbers)}"  # a key of its own for each try: Dask remembers what became of the last
        try:
            future = client.submit(grade_submission, run, data, key=key, pure=False, resources={run: 1})
            del data
            return Finished(await self.watched(client, future), future)
        except KilledWorker:
            return Killed()
        except distributed.CancelledError:
            return Lost()
        except Exception as error:  # whoever raises is no worker that we know; what it raises may be anything
            return Lost() if client.status != "running" else Finished(error, future)

    async def watched(self, client: Client, future: Future[Any]) -> object:
        """The result. Of one that cannot be unpickled Dask's client never hears, so the scheduler is asked as well."""
        result, heard_of = asyncio.ensure_future(_result(future)), 0
        try:
            while not (await asyncio.wait({result}, timeout=DOUBT))[0]:
                status = await status_of(client, str(future.key))
                heard_of += status in OVER
                if heard_of == 2:
                    self.deaf.set()
                    raise ValueError(f"it is {status}, and Dask's client cannot read it")
            return await result
        finally:
            result.cancel()

    async def send_away(self, source: object, why: str) -> None:
        """Has the worker closed that has sent something odd: its next result would be no better."""
        client = self.client
        worker = await send_away(client, str(source.key)) if client and isinstance(source, Future) else ""
        if note := self.odd_results.noted(worker, why):
            await self.say("note", 0, note)

    # Schedulers.

    async def supervise(self) -> None:
        """One link after the other; says so and stops where there is none for too long."""
        address, lost = self.plan.address, time.monotonic()
        async with AsyncExitStack() as stack:
            try:
                url, security = await scheduler_of(address, self.plan.certificates, stack)
                while True:
                    why = await self.served(url, security)
                    if self.online.is_set():
                        lost = time.monotonic()
                        await self.say("note", 0, f"The scheduler at {url} was lost ({why}); waiting for it.")
                    self.online.clear()
                    self.client = None
                    await self.say("state", 0, {"capacity": self.turns.parked, "workers": []})
                    if time.monotonic() - lost > self.plan.patience:
                        await self.say("failed", 0, f"No scheduler answers at {url} ({why})")
                        return
                    await asyncio.sleep(1)
            except UsageError as error:
                await self.say("refused", 0, str(error))
            except Exception as error:  # ours, as above
                await self.say("failed", 0, f"a fault of d2l-grader: {fault(error)}")

    async def served(self, url: str, security: Security) -> str:
        """Why there is no link to the scheduler any more, or none at all. Raises `UsageError`."""
        plan = self.plan.plan
        try:
            async with linked(url, security, plan, bool(self.plan.address.local), partial(self.say, "note", 0)) as (
                client,
                identity,
            ):
                self.client = client
                self.deaf.clear()
                self.online.set()
                async for states in states_of(client, identity, plan.run):
                    ready = sum(each.state == "ready" for each in states)
                    capacity = PER_WORKER * ready + self.turns.parked
                    await self.say("state", 0, {"capacity": capacity, "workers": to_plain(states)})
                    if self.deaf.is_set():
                        return "Dask's client has stopped listening"
        except UsageError:
            raise
        except Exception as error:  # Dask raises nearly anything when a link breaks
            return f"{type(error).__name__}: {error}".splitlines()[0][:MOST_TEXT]
        return ""


async def _result(future: Future[Any]) -> object:
    return await future


def _packed(task: Task) -> bytes:
    """The task with the bytes that were handed in. Raises `TooMuchToCarryError`."""
    try:
        return packed_task(Carried(task, carried_files(task.handed_in.parts)))
    except Unreadable as error:
        return packed_task(Carried(task, unlisted=str(error)))


def _too_much(why: str) -> bytes:
    return packed_result(our_fault("", f"{why}, which is too much for another machine; grade without --scheduler"))
