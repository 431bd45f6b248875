"""Children that use a graphics card: each has a seat on it, and a guard."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from pathlib import Path

from grader.model.errors import SandboxError
from grader.model.limits import Limits
from grader.sandbox.clock import Clock
from grader.sandbox.forked import Forked, Zygotes
from grader.sandbox.gpu.card_lock import Seat, place_of
from grader.sandbox.gpu.cards import Card
from grader.sandbox.gpu.memory_guard import Guard, look_at, room_of
from grader.sandbox.gpu.nvml import Meter, meter_of
from grader.sandbox.processes import Child, Ending


class OnCard:
    """Children of a zygote that share a card; `alone` are those that have it to themselves."""

    def __init__(self, zygotes: Zygotes, guard: Guard, place: Path, alone: bool = False) -> None:
        self._zygotes, self._guard, self._place, self._alone = zygotes, guard, place, alone

    @property
    def layers(self) -> tuple[str, ...]:
        return (*self._zygotes.layers, self._guard.name)

    @property
    def alone(self) -> OnCard:
        return OnCard(self._zygotes, self._guard, self._place, alone=True)

    @property
    def with_compiler(self) -> OnCard:
        return self  # they all have it

    def start(self, limits: Limits) -> Child:
        """A child, once there is a seat for it: waiting for that is nobody's time."""
        seat = Seat(self._place, self._alone)
        try:
            child = self._zygotes.start(limits)
            watched = self._guard.watch(child.number(), child.pidfd, limits, self._alone)
        except BaseException:
            seat.leave()
            raise
        return _Seated(child, seat, self._guard, watched)

    def calibrate(self, child: Child) -> None:
        """Takes a child that has only started CUDA for what each of them has."""
        if not isinstance(child, _Seated):
            raise SandboxError("a child on a card is needed")
        self._guard.calibrate(child.child.number())

    def close(self) -> None:
        self._zygotes.close()


@dataclass(frozen=True, slots=True)
class _Seated:
    """A child on a card, until its end."""

    child: Forked
    seat: Seat
    guard: Guard
    watched: int

    @property
    def line(self) -> socket.socket:
        return self.child.line

    @property
    def clock(self) -> Clock:
        return self.child.clock

    @property
    def is_believed(self) -> bool:
        return self.child.is_believed

    def memory_mb(self) -> float | None:
        return None  # address space says nothing on a card

    def end(self, patience: float) -> Ending:
        try:
            ending = self.child.end(patience)
        finally:
            excess = self.guard.release(self.watched)
            self.seat.leave()
        return replace(ending, excess=excess, memory_mb=0.0)  # most of it is CUDA's


def on_card(zygotes: Zygotes, card: Card, must_watch: bool) -> OnCard:
    """Children on a card. Raises `SandboxError` where its memory must be watched and cannot be."""
    try:
        meter: Meter | None = meter_of(card)
    except SandboxError:
        if must_watch:
            raise
        meter = None
    name = "guard of memory" if meter else "guard of memory but for the card's"
    return OnCard(zygotes, Guard(room_of(meter), look_at, name), place_of(card.visible))
