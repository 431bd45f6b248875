"""What a deadline counts: the time that passes for a child, less the time in which it had no chance to compute.

Theory of operation. On a busy machine a process that is ready to run waits for a processor, and a deadline in wall time
would take marks for that. So a child's clock leaves it out:

    counted = wall time - starved - paused

Starved is the time in which the process was ready to run and no processor was free. Linux counts it for every process
(the second number of /proc/PID/schedstat; the first is the time on a processor), also for one that is locked down. A
process that sleeps, waits for a lock, a graphics card or a disk is not ready to run, and neither is one that a signal
has stopped: all of that counts in full. The kernel adds a wait when it is over, so the figure lags by one turn.

Where the kernel does not tell (some containers), wall time counts. Other systems have no such number. There only one's
own code runs, and the child itself reports its processor time a few times a second (`pulse`): while that grows, the
rest of the wall time is taken for starvation; while it stands still, the process waits, and wall time counts.

Paused is what torch imports late, in a child that may be believed. It is nobody's time.

A wall limit stays behind every deadline as a backstop: when it is reached, the machine is to blame and not the student.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from grader.model.fact import CallEnd
from grader.model.vocabulary import Activity, EndKind
from grader.sandbox.procfs import state

FAIR, BY_WALL_TIME = "fair deadlines", "deadlines by wall time"
"""The names of the layer, as reports give them: with and without starvation left out."""
BACKSTOP_FACTOR, BACKSTOP_SECONDS = 20, 30.0
FIRST_LOOK_SECONDS = 0.5
IDLE = 0.05  # the share of a processor below which a process waits, and is not starved
BUSY = 0.5  # the share of the counted time on a processor from which it is said to compute
MOST_TEXT = 200


class Usage(NamedTuple):
    """Seconds of a process on a processor, and ready to run without one. None where nobody knows."""

    computed: float | None = None
    starved: float = 0.0


class ClockReading(NamedTuple):
    """A clock's state, in seconds from a start that all readings of one clock share.

    counted: the seconds that deadlines go by.
    """

    counted: float
    wall: float
    computed: float | None = None
    paused: float = 0.0


class ObservedProcess(Protocol):
    """A child's process, as far as this system tells of it."""

    def usage(self) -> Usage: ...

    def is_stopped(self) -> bool:
        """Whether a signal has stopped it."""

    def close(self) -> None: ...


class Unknown:
    """A process of which this system tells nothing."""

    def usage(self) -> Usage:
        return Usage()

    def is_stopped(self) -> bool:
        return False

    def close(self) -> None:
        pass


class Scheduled:
    """A process of this Linux, by its number in this process's namespace. Raises `OSError` where that is not known."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._file = open(f"/proc/{pid}/schedstat", "rb", buffering=0)  # noqa: SIM115 (read for as long as the child lives)
        self._last = Usage()

    def usage(self) -> Usage:
        try:
            self._last = _usage(os.pread(self._file.fileno(), MOST_TEXT, 0))
        except (OSError, ValueError):  # it has ended, or the file is closed: what was known last is all there is
            return self._last
        return self._last

    def is_stopped(self) -> bool:
        return state(self._pid) in ("T", "t")

    def close(self) -> None:
        self._file.close()


def _usage(schedstat: bytes) -> Usage:
    """What the kernel tells: nanoseconds on a processor and ready to run; nothing but zeros where it does not count."""
    numbers = schedstat.split()
    if len(numbers) < 2 or numbers[0] == numbers[1] == b"0":
        return Usage()
    return Usage(int(numbers[0]) / 1e9, int(numbers[1]) / 1e9)


class Clock:
    """The clock of one child. Mutable: it follows what the child reports.

    now: the time of the wall, in seconds.
    """

    def __init__(self, process: ObservedProcess | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._process: ObservedProcess = process or Unknown()
        self._now = now
        self._reported, self._reported_at = Usage(), now()
        self._paused = 0.0
        self._paused_since: float | None = None

    @staticmethod
    def of(pid: int) -> Clock:
        """The clock of a process of this system, which may tell nothing of it."""
        try:
            return Clock(Scheduled(pid))
        except OSError:
            return Clock()

    def read(self) -> ClockReading:
        """Reads how much time has passed."""
        usage = self._process.usage()
        if usage.computed is None:
            usage = self._reported
        wall = self._now()
        paused = self._paused
        if self._paused_since is not None:
            paused += wall - usage.starved - self._paused_since
        return ClockReading(wall - usage.starved - paused, wall, usage.computed, paused)

    def report(self, computed: float, importing: bool) -> None:
        """Takes what the child says of itself: its processor seconds, and whether it imports a part of torch."""
        now = self._now()
        passed, used = now - self._reported_at, computed - (self._reported.computed or 0.0)
        starved = passed - used if used > IDLE * passed else 0.0
        self._reported, self._reported_at = Usage(computed, self._reported.starved + max(0.0, starved)), now
        reading = self.read()
        self._paused = reading.paused
        self._paused_since = reading.counted + reading.paused if importing else None

    def is_stopped(self) -> bool:
        """Whether the process is held by a signal, as far as this system tells."""
        return self._process.is_stopped()

    def close(self) -> None:
        """Afterwards it tells what was known last."""
        self._process.close()


def deadlines_here() -> str:
    """What the deadlines of children count on this system: `FAIR` or `BY_WALL_TIME`.

    Of a process that has just been forked nothing is counted until the scheduler looks at it for the first time: some
    milliseconds of computing bring that about.
    """
    clock = Clock.of(os.getpid())
    end = time.monotonic() + FIRST_LOOK_SECONDS
    try:
        while clock.read().computed is None:
            if time.monotonic() > end:
                return BY_WALL_TIME
        return FAIR
    finally:
        clock.close()


@dataclass(frozen=True, slots=True)
class Deadline:
    """So many seconds from a reading on.

    kind: which limit they are. of: the whole limit, where they are what is left of it.
    """

    start: ClockReading
    seconds: float
    kind: EndKind
    of: float | None = None

    def left(self, now: ClockReading) -> float:
        """Seconds that are still to be counted."""
        return self.seconds - (now.counted - self.start.counted)

    def is_past_all_patience(self, now: ClockReading) -> bool:
        """Whether the backstop is reached: the machine gave the child next to nothing."""
        return now.wall - self.start.wall > BACKSTOP_FACTOR * self.seconds + BACKSTOP_SECONDS

    def reached(self, now: ClockReading, stopped: bool) -> CallEnd:
        """What is known of a deadline that is reached: which limit it was, and what the process was doing."""
        used = round(now.counted - self.start.counted, 3) if self.of is None else self.of
        return CallEnd(self.kind, self.of or self.seconds, used, "stopped" if stopped else self._activity(now))

    def _activity(self, now: ClockReading) -> Activity | None:
        if now.computed is None:
            return None
        return "computing" if now.computed - (self.start.computed or 0.0) >= BUSY * self.seconds else "waiting"

    def given_up(self, now: ClockReading) -> CallEnd:
        """What is known of a deadline whose backstop is reached."""
        paused = now.paused - self.start.paused
        if paused > self.seconds:
            return CallEnd("late_import", used=round(paused, 3))
        return CallEnd("busy_machine", used=round(now.wall - self.start.wall, 3))
