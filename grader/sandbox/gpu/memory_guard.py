"""What a child on a card may use and the kernel does not count: watched from the parent, and ended.

Theory of operation. CUDA reserves address space by the terabyte, so there is no limit of it on a card; the card's own
memory no kernel limits at all. So a thread of the parent looks ten times a second at what each child has, beyond what a
child had that did nothing but start CUDA, and kills by pidfd what has too much. What can be seen from outside:

    memory        resident and swapped pages of no file, by /proc of the parent's own namespace
    threads       likewise: a user's limit of processes does not count those of a user namespace's root
    card          the driver's number for the process, where the driver numbers processes as this system does: the
                  first child, whose number is known, must be among those that it names. torch is told the limit and
                  keeps to it; this is for who goes round torch, and leaves room for what CUDA's libraries load late

Memory that the driver holds for a process (pinned pages) is in no process's numbers. It shows in what is left of the
machine's: when that runs short, all children on the card end and are asked again one by one, so that it counts for the
one that takes it alone. In the same way a process without a number of its own is measured: by what the card has less.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from grader.model.fact import CallEnd
from grader.model.limits import Limits
from grader.model.result import Verdict
from grader.model.vocabulary import EndKind
from grader.sandbox.gpu.nvml import CardMemory, Meter
from grader.sandbox.processes import Excess
from grader.sandbox.procfs import numbers

PERIOD = 0.1
THREADS = 128
LIBRARIES = 1_024  # megabytes of a card: what CUDA's libraries load late, which is no student's doing
LEFT = 0.05  # of the machine's memory: less is short


@dataclass(frozen=True, slots=True)
class Use:
    """Megabytes of the machine's memory and of the card's, and threads. card: None where nobody can tell."""

    host: float
    threads: int = 1
    card: float | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What machine and card have left and in use, in megabytes. card: None where it has no meter."""

    total: float
    left: float
    card: CardMemory | None = None


@dataclass(frozen=True, slots=True)
class _Ward:
    pid: int
    pidfd: int
    limits: Limits
    alone: bool
    before: Room


Look = Callable[[int], Use]


class Guard:
    """Watches children, each until it is released. May be used by several threads."""

    def __init__(self, room: Callable[[], Room], look: Look, name: str = "guard") -> None:
        self.name = name
        self._room, self._look = room, look
        self._base: Use | None = None
        self._wards: dict[int, _Ward] = {}
        self._excess: dict[int, Excess] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def calibrate(self, pid: int) -> None:
        """Takes a child that has only started CUDA for what each of them has."""
        self._base = self._use(pid, self._room())

    def watch(self, pid: int, pidfd: int, limits: Limits, alone: bool) -> int:
        """Watches a child that has just started, by its number in this process's namespace; what to release it by."""
        ward = _Ward(pid, os.dup(pidfd), limits, alone, self._room())
        with self._changed:
            self._wards[ward.pidfd] = ward
            if self._thread is None:
                self._thread = threading.Thread(target=self._patrol, daemon=True, name="guard")
                self._thread.start()
            self._changed.notify()
        return ward.pidfd

    def release(self, watched: int) -> Excess | None:
        """Watches it no more; why it was killed, if it was."""
        with self._changed:
            del self._wards[watched]
            os.close(watched)
            return self._excess.pop(watched, None)

    def _patrol(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._wards))
                self.look_round()
            time.sleep(PERIOD)

    def look_round(self) -> None:
        """Kills whoever has too much now."""
        if self._base is None:
            return
        with self._changed:
            room = self._room()
            for ward in self._wards.values():
                with contextlib.suppress(OSError, LookupError, ValueError):  # it has ended
                    excess = too_much(self._use(ward.pid, room), self._base, room, ward)
                    if excess:
                        signal.pidfd_send_signal(ward.pidfd, signal.SIGKILL)
                        self._excess.setdefault(ward.pidfd, excess)  # only now: who was dead is not blamed

    def _use(self, pid: int, room: Room) -> Use:
        use = self._look(pid)
        others_numbers = self._base is not None and self._base.card is None
        if room.card is None or others_numbers:
            return use
        return replace(use, card=room.card.by_process.get(pid))


def too_much(use: Use, base: Use, room: Room, ward: _Ward) -> Excess | None:
    """What a child has beyond its limits, `base` being what each of them has."""
    limits = ward.limits
    if use.threads > base.threads + THREADS:
        return Excess(Verdict.DIED, CallEnd("threads", THREADS, use.threads))
    memory = use.host - base.host
    if limits.memory_mb and memory > limits.memory_mb:
        return _out_of_memory(limits.memory_mb, "memory", memory)
    short = room.left < LEFT * room.total
    if short and not ward.alone:
        return Excess(Verdict.OUT_OF_MEMORY, CallEnd("machine_memory"), crowded=True)
    missing = ward.before.left - room.left
    if short and limits.memory_mb and missing > limits.memory_mb:
        return _out_of_memory(limits.memory_mb, "memory", missing)
    card = _of_the_card(use, base, room, ward)
    if limits.gpu_memory_mb and card > limits.gpu_memory_mb + LIBRARIES:
        return _out_of_memory(limits.gpu_memory_mb, "card_memory", card)
    return None


def _of_the_card(use: Use, base: Use, room: Room, ward: _Ward) -> float:
    """What it has of the card's memory; what all have taken since it began, where it is alone and has no number."""
    if base.card is not None:
        return (use.card or 0.0) - base.card
    if ward.alone and room.card and ward.before.card:
        return room.card.used - ward.before.card.used
    return 0.0


def _out_of_memory(limit: int, kind: EndKind, used: float) -> Excess:
    return Excess(Verdict.OUT_OF_MEMORY, CallEnd(kind, limit, used))


def room_of(meter: Meter | None) -> Callable[[], Room]:
    """What this machine has, and the card of the meter."""

    def room() -> Room:
        memory, reading = numbers("/proc/meminfo"), None
        if meter is not None:
            with contextlib.suppress(Exception):  # the library's own: a card that does not answer
                reading = meter()
        return Room(memory["MemTotal"] / 1024, memory["MemAvailable"] / 1024, reading)

    return room


def look_at(pid: int) -> Use:
    """Reads from /proc what a process uses."""
    status = numbers(f"/proc/{pid}/status")
    mine = (status.get(name, 0) for name in ("RssAnon", "RssShmem", "VmSwap"))  # pages of libraries are everybody's
    return Use(sum(mine) / 1024, status["Threads"])
