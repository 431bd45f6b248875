"""What is watched from outside, who waits for whom, what is asked again: with numbers that are fed and answers made up."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from grader.model.errors import SandboxError
from grader.model.fact import CallEnd
from grader.model.limits import Limits
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.result import Verdict
from grader.sandbox import gpu_retry
from grader.sandbox.gpu import nvml
from grader.sandbox.gpu.card_lock import Seat
from grader.sandbox.gpu.cards import Card
from grader.sandbox.gpu.memory_guard import Guard, Room, Use, look_at, room_of
from grader.sandbox.gpu.nvml import CardMemory, meter_of
from grader.sandbox.processes import Excess
from tests.helpers.processes import eventually, linux

pytestmark = linux
LIMITS = Limits(memory_mb=1_000, gpu_memory_mb=2_000)
CLEAN = Use(1_500.0, 10, 400.0)


@dataclass
class Numbers:
    """What the guard is told. Mutable on purpose: the tests turn it."""

    use: Use = CLEAN
    left: float = 50_000.0
    card: CardMemory | None = field(default_factory=lambda: CardMemory(80_000.0, 1_000.0, {}))

    def room(self) -> Room:
        named = self.card and replace(self.card, by_process={} if self.use.card is None else {self.pid: self.use.card})
        return Room(100_000.0, self.left, named)

    pid: int = 0


@dataclass(frozen=True)
class Watched:
    """A real process under a guard that is fed numbers."""

    process: subprocess.Popen[bytes]
    numbers: Numbers
    guard: Guard

    def under(self, limits: Limits = LIMITS, alone: bool = False) -> int:
        pidfd = os.pidfd_open(self.process.pid)
        watched = self.guard.watch(self.process.pid, pidfd, limits, alone)
        os.close(pidfd)
        return watched

    def excess(self, watched: int) -> Excess | None:
        self.guard.look_round()
        excess = self.guard.release(watched)
        assert eventually(lambda: self.process.poll() is not None) if excess else self.process.poll() is None
        return excess


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A process that sleeps, and a guard that has seen it when it had only started CUDA."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    numbers = Numbers(pid=process.pid)
    guard = Guard(numbers.room, lambda pid: numbers.use)
    guard.calibrate(process.pid)
    yield Watched(process, numbers, guard)
    process.kill()
    process.wait()


def test_who_stays_within_limits_lives(watched: Watched) -> None:
    """The limits are of what it takes beyond what CUDA takes, when it starts and later."""
    key = watched.under()
    watched.numbers.use = Use(2_500.0, 138, 3_400.0)
    assert watched.excess(key) is None


@pytest.mark.parametrize(
    ("use", "verdict", "end"),
    [
        (Use(2_501.0, 10, 400.0), Verdict.OUT_OF_MEMORY, CallEnd("memory", 1000, 1001.0)),
        (
            Use(1_500.0, 10, 3_500.0),
            Verdict.OUT_OF_MEMORY,
            CallEnd("card_memory", 2000, 3100.0),
        ),
        (Use(1_500.0, 139, 400.0), Verdict.DIED, CallEnd("threads", 128, 139)),
    ],
)
def test_who_exceeds_them_is_killed(watched: Watched, use: Use, verdict: Verdict, end: CallEnd) -> None:
    """And it is said what it was that it had too much of."""
    key = watched.under()
    watched.numbers.use = use
    assert watched.excess(key) == Excess(verdict, end)


def test_zero_is_no_limit(watched: Watched) -> None:
    """As everywhere."""
    key = watched.under(Limits(memory_mb=0, gpu_memory_mb=0))
    watched.numbers.use = Use(90_000.0, 10, 70_000.0)
    assert watched.excess(key) is None


def test_where_the_machines_memory_runs_short_nobody_is_blamed_in_company(watched: Watched) -> None:
    """Pages that the driver holds are in no process's numbers: all end, and are asked again one by one."""
    key = watched.under()
    watched.numbers.left = 4_000.0
    assert watched.excess(key) == Excess(Verdict.OUT_OF_MEMORY, CallEnd("machine_memory"), crowded=True)


def test_who_takes_the_machines_memory_alone_is_blamed(watched: Watched) -> None:
    """For what the machine has less since it began, if that is more than it may have."""
    key = watched.under(alone=True)
    watched.numbers.left = 4_000.0
    excess = watched.excess(key)
    assert excess == Excess(Verdict.OUT_OF_MEMORY, CallEnd("memory", 1000, 46000.0))


def test_a_machine_that_is_full_of_others_blames_nobody(watched: Watched) -> None:
    """Who is alone and has taken little is not at fault."""
    watched.numbers.left = 4_500.0
    key = watched.under(alone=True)
    watched.numbers.left = 4_000.0
    assert watched.excess(key) is None


def test_without_numbers_of_processes_only_who_is_alone_is_measured(watched: Watched) -> None:
    """In a container the driver may name no process, or others under the same numbers."""
    guard = Guard(watched.numbers.room, lambda pid: Use(1_500.0, 10))
    watched.numbers.use = replace(CLEAN, card=None)
    guard.calibrate(watched.process.pid)
    there = replace(watched, guard=guard)
    for alone in (False, True):
        watched.numbers.card = CardMemory(80_000.0, 1_000.0)
        key = there.under(alone=alone)
        watched.numbers.card = CardMemory(80_000.0, 9_000.0, {watched.process.pid: 70_000.0})
        expected = Excess(Verdict.OUT_OF_MEMORY, CallEnd("card_memory", 2000, 8000.0))
        assert there.excess(key) == (expected if alone else None)


def test_a_meter_that_fails_stops_nobody(watched: Watched) -> None:
    """A card that does not answer for a moment says nothing of a child."""

    def failing() -> CardMemory:
        raise RuntimeError("GPU is lost")

    room = room_of(failing)()
    assert room.card is None
    assert 0 < room.left <= room.total
    key = watched.under()
    watched.numbers.card = None
    assert watched.excess(key) is None


def test_who_was_dead_is_not_blamed(watched: Watched) -> None:
    """Its number may be another's by now."""
    key = watched.under()
    watched.process.kill()
    watched.process.wait()
    watched.numbers.use = Use(9_000.0, 10, 400.0)
    watched.guard.look_round()
    assert watched.guard.release(key) is None


def test_the_guard_looks_by_itself(watched: Watched) -> None:
    """Ten times a second, from when there is somebody to watch."""
    key = watched.under()
    watched.numbers.use = Use(9_000.0, 10, 400.0)
    assert eventually(lambda: watched.process.poll() == -signal.SIGKILL)
    assert watched.guard.release(key) is not None


def test_what_is_seen_of_a_process() -> None:
    """What /proc says of this one: some memory, its threads."""
    before = look_at(os.getpid())
    end = threading.Event()
    threading.Thread(target=end.wait).start()
    ballast = b"x" * (64 << 20)
    after = look_at(os.getpid())
    end.set()
    assert after.threads == before.threads + 1
    assert after.host > before.host + 50
    assert ballast


# The meter.


class Library:
    """NVIDIA's management library, as far as it is used."""

    def __init__(self, uuids: Sequence[str] = ("GPU-1",)) -> None:
        self._uuids = uuids

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *_: None

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        if uuid not in self._uuids:
            raise RuntimeError("Not Found")
        return uuid

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> object:  # noqa: N802
        return type("Memory", (), {"total": 80 << 30, "used": 3 << 30})

    def nvmlDeviceGetComputeRunningProcesses(self, handle: str) -> list[object]:  # noqa: N802
        return [type("Process", (), {"pid": pid, "usedGpuMemory": used}) for pid, used in ((7, 1 << 30), (8, None))]


def test_a_meter_reads_the_drivers_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """In megabytes; a process whose share is not told is not there."""
    monkeypatch.setattr(nvml, "import_module", lambda name: Library())
    assert meter_of(Card(0, "GPU-1", (), ()))() == CardMemory(81_920.0, 3_072.0, {7: 1_024.0})


def test_a_card_without_a_meter_is_said_to_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the library says, and what to install."""
    monkeypatch.setattr(nvml, "import_module", lambda name: Library())
    with pytest.raises(SandboxError, match=r"cannot be watched: Not Found\. Install nvidia-ml-py"):
        meter_of(Card(0, "GPU-2", (), ()))


# Seats.


def test_many_sit_together_and_one_alone(tmp_path: Path) -> None:
    """Who needs the card alone waits for all others, and they for it."""
    place, order = tmp_path / "card", list[str]()
    together = [Seat(place, alone=False) for _ in range(3)]

    def alone() -> None:
        seat = Seat(place, alone=True)
        order.append("alone")
        time.sleep(0.2)
        order.append("leaves")
        seat.leave()

    first = threading.Thread(target=alone)
    first.start()
    assert eventually(lambda: _is_held(place.with_suffix(".gate"))), "nobody waits at the gate"
    late = threading.Thread(target=lambda: (Seat(place, alone=False), order.append("late")))
    late.start()
    time.sleep(0.2)
    assert order == [], "two still sit there, and nobody passes who waits"
    for seat in together:
        seat.leave()
    first.join(60)
    late.join(60)
    assert order == ["alone", "leaves", "late"]


def _is_held(path: Path) -> bool:
    """Whether somebody has locked a file so that nobody else can."""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_who_dies_leaves_its_seat(tmp_path: Path) -> None:
    """However it dies."""
    code = "import sys, time; from pathlib import Path; from grader.sandbox.gpu.card_lock import Seat\nSeat(Path(sys.argv[1]), True); print('sits', flush=True); time.sleep(3600)"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "card")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"sits\n"
        process.kill()
    Seat(tmp_path / "card", alone=True).leave()


def test_a_seat_is_no_link(tmp_path: Path) -> None:
    """The file lies where everybody may write: another's link there leads nowhere."""
    (tmp_path / "card.gate").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"):
        Seat(tmp_path / "card", alone=False)
    assert not (tmp_path / "precious").exists()


# Asking again.

SHORT = Failed(Verdict.OUT_OF_MEMORY, ("OutOfMemoryError",), "CUDA out of memory. Tried to allocate 9 GB")
ASSERTED = Failed(Verdict.RAISED, ("AcceleratorError",), "CUDA error: device-side assert triggered")
HOST = Failed(Verdict.OUT_OF_MEMORY, ("MemoryError",), "the limit is 1024 MB of memory")


@dataclass
class Student:
    """Children that are asked: what each question comes to, in company and alone, and what was done to them."""

    company: dict[str, Answer]
    alone: dict[str, Answer] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    broken: bool = False

    def ask(self, questions: Sequence[Question], alone: bool) -> gpu_retry.Asked:
        self.log.append(("alone: " if alone else "") + " ".join(each.function for each in questions))
        answers: list[Answer] = []
        for question in questions:
            said = (self.alone if alone else self.company).get(question.function, Returned((1,)))
            answers.append(ASSERTED if self.broken else said)
            self.broken |= said is ASSERTED
        return tuple(answers), any(map(gpu_retry.ran_short, answers))

    def end(self) -> None:
        self.log.append("end")
        self.broken = False

    def asked(self, functions: str) -> tuple[Answer, ...]:
        return gpu_retry.on_card(self.ask, self.end, [Question(name) for name in functions])


def test_what_goes_well_is_asked_once() -> None:
    """And the child stays for the next exercise."""
    student = Student({"b": HOST})
    assert student.asked("abc") == (Returned((1,)), HOST, Returned((1,)))
    assert student.log == ["a b c"]


def test_memory_that_neighbours_had_is_asked_for_again_alone() -> None:
    """It counts what comes then; the child that had the card goes, so that others come back."""
    student = Student({"b": SHORT})
    assert student.asked("abc") == (Returned((1,)),) * 3
    assert student.log == ["a b c", "end", "alone: a b c", "end"]


def test_who_finds_no_memory_alone_has_none() -> None:
    """One try, not a loop."""
    student = Student({"b": SHORT}, {"b": SHORT})
    assert student.asked("abc") == (Returned((1,)), SHORT, Returned((1,)))
    assert student.log == ["a b c", "end", "alone: a b c", "end"]


def test_a_device_side_assert_costs_its_own_question() -> None:
    """Every call of CUDA's fails after it, so the others are asked a fresh child."""
    student = Student({"b": ASSERTED})
    assert student.asked("abcd") == (Returned((1,)), ASSERTED, Returned((1,)), Returned((1,)))
    assert student.log == ["a b c d", "end", "c d"]


def test_a_device_side_assert_does_not_reach_the_next_exercise() -> None:
    """Though it was the last question of this one."""
    student = Student({"b": ASSERTED})
    student.asked("ab")
    assert student.log == ["a b", "end"]
    assert student.asked("c") == (Returned((1,)),)


def test_fresh_starts_come_to_an_end() -> None:
    """Who asserts in every question is not started anew for each of them."""
    student = Student(dict.fromkeys("abcdefghijkl", ASSERTED))
    assert student.asked("abcdefghijkl") == (ASSERTED,) * 12
    assert student.log.count("end") == gpu_retry.FRESH_STARTS
