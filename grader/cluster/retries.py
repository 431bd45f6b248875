"""How often a submission is tried on a cluster, and beside whom.

Theory of operation. Whatever happens to machines costs time and never a mark, so a submission is tried again, as a new
task each time, until there is a result, or until it is all but certain that the submission is what brings machines
down. Dask blames everything that a worker had been given when it died. So whoever was there is a suspect, and suspects
come last: when all others are done they run one at a time, with nothing else in the cluster, and then a death tells
whose fault it was. A lost scheduler, or a worker that was not ready, says nothing about anybody and is not counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from grader.cluster.payload import OddResultError, Refusal, unpacked_result
from grader.grading.task import Task

TRIES_ALONE = 2
MOST_ODD = 5
PAUSE = 1.0  # before whoever was not ready is asked again


@dataclass(frozen=True)
class Finished:
    """What a worker has sent, whatever it is. source: by which whoever asked can tell the worker."""

    data: object
    source: object = None


@dataclass(frozen=True)
class Killed:
    """Workers have died that had this submission among what they were given."""


@dataclass(frozen=True)
class Lost:
    """Nobody knows what became of it: the scheduler or the way to it is gone."""


TryOutcome = Finished | Killed | Lost


@dataclass(frozen=True)
class GivenUp:
    """Why a submission is not graded, which is our fault and never a mark."""

    reason: str


class Turns:
    """Who runs beside whom: suspects wait until nobody else is there or to come, and then run one at a time."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._together = 0
        self._more = True
        self._suspect = asyncio.Lock()
        self.parked = 0

    async def no_more(self) -> None:
        """No further submission will come."""
        async with self._changed:
            self._more = False
            self._changed.notify_all()

    async def together(self, attempt: Callable[[], Awaitable[TryOutcome]]) -> TryOutcome:
        """An attempt beside others."""
        self._together += 1
        try:
            return await attempt()
        finally:
            async with self._changed:
                self._together -= 1
                self._changed.notify_all()

    async def alone(self, attempt: Callable[[], Awaitable[TryOutcome]]) -> TryOutcome:
        """An attempt with nothing else in the cluster."""
        self.parked += 1
        try:
            async with self._suspect:
                async with self._changed:
                    await self._changed.wait_for(lambda: not self._together and not self._more)
                return await attempt()
        finally:
            self.parked -= 1


@dataclass
class _TriesSoFar:
    """What has become of a submission so far."""

    alone: int = 0
    odd: int = 0
    is_suspect: bool = False


@dataclass(frozen=True)
class Retries:
    """Tries submissions until there is a result.

    attempt: one try; it never raises. odd: is told of what was sent that is no result, by its source, and why.
    exercises: those of the key, in its order.
    """

    attempt: Callable[[Task], Awaitable[TryOutcome]]
    odd: Callable[[object, str], Awaitable[None]]
    exercises: Sequence[str]
    turns: Turns
    pause: float = PAUSE

    async def settled(self, task: Task) -> bytes | GivenUp:
        """The packed result, which is one of this task's, or why there is none."""
        record = _TriesSoFar()
        while True:
            attempt = partial(self.attempt, task)
            record.alone += record.is_suspect
            outcome = await (self.turns.alone(attempt) if record.is_suspect else self.turns.together(attempt))
            done = await self._judged(task, record, outcome)
            if done is not None:
                return done

    async def _judged(self, task: Task, record: _TriesSoFar, outcome: TryOutcome) -> bytes | GivenUp | None:
        """The end of it, or None where it is tried once more."""
        if isinstance(outcome, Lost):
            record.alone -= record.is_suspect  # it does not count
            await asyncio.sleep(self.pause)
            return None
        if isinstance(outcome, Killed):
            return self._suspected(record, "the grader's own process died again and again")
        try:
            said = unpacked_result(outcome.data, task, self.exercises)
        except OddResultError as error:
            record.odd += 1
            await self.odd(outcome.source, str(error))
            return GivenUp("workers sent what nobody can read") if record.odd >= MOST_ODD else None
        if not isinstance(said, Refusal):
            assert isinstance(outcome.data, bytes)
            return outcome.data
        if said.waits:
            record.alone -= record.is_suspect
            await asyncio.sleep(self.pause)
            return None
        return self._suspected(record, said.reason)

    def _suspected(self, record: _TriesSoFar, reason: str) -> GivenUp | None:
        record.is_suspect = True
        return GivenUp(reason) if record.alone >= TRIES_ALONE else None
