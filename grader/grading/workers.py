"""A pool of processes that do one job after the other: how they start, are replaced and end."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from grader.sandbox.protocol.missing_resource import want_of
from grader.sandbox.shortage import shortage

Life = Callable[..., None]
"""What a worker does: given its end of a connection, its own arguments, and how long to wait before it begins."""


@dataclass
class Worker:
    """A process and what it is busy with. Mutable on purpose: it is the pool's own bookkeeping.

    since: when its job was handed over, in seconds since 1970. failures: how often it has died, or could not do its
    job, since it last did one.
    """

    process: multiprocessing.process.BaseProcess
    connection: Connection
    arguments: tuple[Any, ...]
    job: Any = None
    since: float = 0.0
    failures: int = 0

    def end(self) -> None:
        self.connection.close()
        self.process.kill()

    def begin_anew(self, life: Life, pause: float) -> bool:
        """Whether another process could be started in the place of one that has ended."""
        try:
            fresh = _started(life, self.arguments, pause)
        except OSError:
            return False
        self.process, self.connection = fresh.process, fresh.connection
        return True


@contextmanager
def pool(life: Life, arguments: Sequence[tuple[Any, ...]]) -> Iterator[list[Worker]]:
    """A worker for each of the arguments, or for as many as can be. Raises `ShortageError` where there is none."""
    workers: list[Worker] = []
    try:
        for its_own in arguments:
            try:
                workers.append(_started(life, its_own))
            except OSError as error:
                if not workers:
                    raise shortage(error.strerror or str(error), want_of(error)) from None
                break  # those that are there go on without it
        yield workers
    except BaseException:  # Ctrl-C, say: nobody waits for what they are at
        for worker in workers:
            worker.process.kill()
        raise
    finally:
        for worker in workers:
            worker.connection.close()
        for worker in workers:
            worker.process.join(5)
            worker.process.kill()


def _started(life: Life, arguments: tuple[Any, ...], pause: float = 0.0) -> Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=life, args=(theirs, *arguments, pause), daemon=False)
    try:
        process.start()
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return Worker(process, ours, arguments)
