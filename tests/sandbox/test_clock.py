"""What deadlines count: a machine that is busy takes no marks, and nothing else gets time for nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from grader.grading.exercise import judged
from grader.model.fact import CallEnd
from grader.model.keys.key import Check, ExerciseKey
from grader.model.limits import Limits
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.result import Verdict
from grader.report.explanation import note_of
from grader.sandbox.clock import BY_WALL_TIME, FAIR, Clock, Scheduled, Usage, deadlines_here
from grader.sandbox.dialogue import AnswerError, Talk
from grader.sandbox.processes import Ending
from grader.sandbox.protocol.messages import Pulse, Reply, encode_pulse, encode_reply
from grader.sandbox.session import Sandbox
from grader.sandbox.spawned import Processes
from tests.helpers.failures import said_of
from tests.helpers.processes import eventually, students_processes
from tests.helpers.sandbox_modes import LIMITS, Started

SOURCE = """
import os, signal, threading, time
import torch

def compute(seconds):
    start = time.process_time()
    while time.process_time() - start < seconds: pass
    return 1
def loop(): return compute(1e9)
def sleep(): time.sleep(1e6)
def deadlock():
    lock = threading.Lock()
    with lock, lock: pass
"""
LATE = "def late():\n    import torch._dynamo.config\n    return 1\n"


class Machine:
    """A process and a wall that a test moves by hand."""

    def __init__(self) -> None:
        self.wall, self.now = 0.0, Usage(0.0, 0.0)
        self.stopped = False

    def passes(self, *, computed: float = 0.0, starved: float = 0.0, waiting: float = 0.0) -> None:
        self.wall += computed + starved + waiting
        if self.now.computed is not None:
            self.now = Usage(self.now.computed + computed, self.now.starved + starved)

    def usage(self) -> Usage:
        return self.now

    def is_stopped(self) -> bool:
        return self.stopped

    def close(self) -> None:
        pass

    def clock(self) -> Clock:
        return Clock(self, lambda: self.wall)


class Line:
    """A child's line whose last frame arrives after some turns of waiting. Each turn takes the machine's time."""

    def __init__(self, machine: Machine, frames: list[bytes], turns: int, **turn: float) -> None:
        self._machine, self._frames, self._turns, self._turn = machine, frames, turns, turn

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def send(self, frame: bytes) -> int:
        return len(frame)

    def recv(self, most: int) -> bytes:
        if self._turns and len(self._frames) == 1:
            self._turns -= 1
            self._machine.passes(**self._turn)
            raise TimeoutError
        return self._frames.pop(0)


class PlayedChild:
    """A child that answers every question with 1, after some turns."""

    def __init__(self, machine: Machine, turns: int, believed: bool = False, pulses: int = 0, **turn: float) -> None:
        frames = [encode_pulse(Pulse(0.0, importing=True))] * pulses + [encode_reply(Reply(1, 0, Returned((1,))))]
        self.line = Line(machine, frames, turns, **turn)
        self.clock, self.is_believed = machine.clock(), believed

    def memory_mb(self) -> float | None:
        return None

    def end(self, patience: float) -> Ending:
        return Ending(killed=True)


def asked(machine: Machine, turns: int, limits: Limits = Limits(), **options: float) -> Answer:  # noqa: B008
    """What one question of a child comes to on such a machine."""
    talk = Talk(PlayedChild(machine, turns, **options), limits)  # type: ignore[arg-type]
    talk.allow(limits.submission_seconds, limits)
    answers: list[Answer] = []
    try:
        talk.ask("topic", [Question("f")], answers)
    except AnswerError as error:
        return error.failed
    return answers[0]


# What counts.


def test_starvation_does_not_count() -> None:
    """A child that got a processor for one second of fifty has used one second of its three."""
    assert asked(Machine(), 49, computed=0.02, starved=0.98) == Returned((1,))


@pytest.mark.parametrize(
    ("turn", "doing"),
    [
        ({"computed": 1.0}, "it was computing"),
        ({"waiting": 1.0}, "it was waiting, for a sleep to end, a lock or an input, and not computing"),
        ({"computed": 0.1, "starved": 5.0, "waiting": 0.9}, "it was waiting, for a sleep to end, a lock or an input, and not computing"),
    ],
)  # fmt: skip
def test_computing_and_waiting_count(turn: dict[str, float], doing: str) -> None:
    """Whoever computes or waits for three seconds of its own is stopped, and is told which of the two it was."""
    failed = asked(Machine(), 1000, **turn)
    assert isinstance(failed, Failed) and failed.verdict is Verdict.TIMED_OUT
    assert said_of(failed) == f"stopped after 3 s, which is what one question may take; {doing}"


def test_a_stopped_process_is_told_as_stopped() -> None:
    """A process that a signal holds is neither computing nor waiting, and time goes on for it."""
    machine = Machine()
    machine.stopped = True
    failed = asked(machine, 1000, waiting=1.0)
    assert isinstance(failed, Failed)
    assert said_of(failed).endswith("; its process was stopped by a signal")


def test_each_limit_goes_by_the_same_clock() -> None:
    """Exercise and submission leave starvation out too, and count what is left together."""
    limits = Limits(question_seconds=100.0, exercise_seconds=2.0)
    assert asked(Machine(), 19, limits, computed=0.1, starved=3.0) == Returned((1,))
    failed = asked(Machine(), 30, limits, computed=0.1, starved=0.9)
    assert isinstance(failed, Failed)
    assert said_of(failed) == "stopped after 2 s, which is what one exercise may take; it was computing"


def test_where_the_kernel_does_not_tell_wall_time_counts() -> None:
    """Nothing is known of the process: three seconds of the wall are three seconds, and nothing is said that is not known."""
    machine = Machine()
    machine.now = Usage()
    failed = asked(machine, 10, starved=1.0)
    assert isinstance(failed, Failed) and failed.verdict is Verdict.TIMED_OUT
    assert said_of(failed) == "stopped after 3 s, which is what one question may take"


@pytest.mark.parametrize("schedstat", [b"0 0 0\n", b"", b"0\n"])
def test_a_kernel_that_counts_nothing_is_known_by_its_zeros(schedstat: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without scheduler statistics has the file and says zeros; then wall time counts, and reports say so."""
    monkeypatch.setattr(os, "pread", lambda *_: schedstat)
    with closing(Scheduled(os.getpid())) as scheduled:
        assert scheduled.usage() == Usage()
    assert deadlines_here() == BY_WALL_TIME


def test_a_process_that_is_gone_keeps_its_last_figures() -> None:
    """A child may end between two looks: what it had is not forgotten, and another process's figures are not taken."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        scheduled = Scheduled(process.pid)
        while not scheduled.usage().computed:
            pass
    last = scheduled.usage()
    assert last.computed
    scheduled.close()
    assert scheduled.usage() == last


# The backstop.


def test_a_machine_without_a_free_processor_is_not_the_students_fault() -> None:
    """When nearly all of the backstop is starvation, nobody is blamed: it is not graded, and says why."""
    failed = asked(Machine(), 1000, starved=1.0)
    assert isinstance(failed, Failed)
    assert failed.verdict is Verdict.NOT_GRADED
    assert said_of(failed) == "the machine was too busy: in 91 s there was hardly a processor free"


def test_what_was_not_asked_for_want_of_a_processor_is_not_graded() -> None:
    """One question that the machine had no time for leaves the whole exercise ungraded, never at zero."""
    key = ExerciseKey("topic.f", 2, (), (Check("case", "value", 1.0, True),), ())
    busy = Failed(Verdict.NOT_GRADED, end=CallEnd("busy_machine", used=91.0))
    result = judged(key, "", [Returned((1,)), busy, replace(busy, asked=False)])
    assert result.verdict is Verdict.NOT_GRADED
    assert note_of(result) == "the machine was too busy: in 91 s there was hardly a processor free"


# What a child says of itself.


def test_a_child_that_is_starved_can_say_so_itself() -> None:
    """Where the system has no number for it: while processor time grows, the rest of the wall's is starvation."""
    machine = Machine()
    machine.now = Usage()
    clock = machine.clock()
    start = clock.read()
    for number in range(1, 101):
        machine.wall += 1.0
        clock.report(0.1 * number, importing=False)
    assert clock.read().counted - start.counted == pytest.approx(10.0)


def test_a_child_that_sleeps_is_not_starved() -> None:
    """While processor time stands still, the process waits, and wall time counts."""
    machine = Machine()
    machine.now = Usage()
    clock = machine.clock()
    start = clock.read()
    for _ in range(100):
        machine.wall += 1.0
        clock.report(0.5, importing=False)
    assert clock.read().counted - start.counted >= 99.0


def test_what_torch_imports_late_is_nobodys_time() -> None:
    """The clock stands still while a part of torch is imported, however often that is told, and goes on afterwards."""
    machine = Machine()
    clock = machine.clock()
    machine.passes(computed=1.0)
    clock.report(0.0, importing=True)
    machine.passes(computed=3.0, starved=4.0)
    clock.report(0.0, importing=True)
    machine.passes(computed=3.0)
    assert clock.read().counted == pytest.approx(1.0)
    clock.report(0.0, importing=False)
    machine.passes(computed=2.0, starved=9.0)
    assert clock.read().counted == pytest.approx(3.0)


def test_an_import_without_an_end_ends_all_the_same() -> None:
    """The backstop holds for imports too, and says that it was one."""
    failed = asked(Machine(), 1000, believed=True, pulses=1, computed=1.0)
    assert isinstance(failed, Failed) and failed.verdict is Verdict.NOT_GRADED
    assert said_of(failed) == "a part of torch was not imported within 91 s"


def test_a_child_that_is_not_believed_may_say_nothing() -> None:
    """Behind the walls a pulse is a forged frame: no submission can stop its own clock."""
    assert asked(Machine(), 0, believed=True, pulses=2) == Returned((1,))
    failed = asked(Machine(), 0, believed=False, pulses=2)
    assert isinstance(failed, Failed)
    assert failed.verdict is Verdict.DIED


# Real children.


def ask(sandbox: Sandbox, limits: Limits, function: str, *args: float, source: str = SOURCE) -> Answer:
    with sandbox.submission({"topic": source}, limits) as submission:
        (answer,) = submission.ask("topic", [Question(function, args)])
    return answer


@pytest.mark.parametrize(("function", "doing"), [("loop", "computing"), ("sleep", "waiting"), ("deadlock", "waiting")])
def test_what_never_ends_is_named_as_what_it_was(sandbox: Sandbox, function: str, doing: str) -> None:
    """A loop, a sleep and a deadlock all end in time; a loop is told from the others."""
    failed = ask(sandbox, LIMITS, function)
    assert isinstance(failed, Failed)
    assert failed.verdict is Verdict.TIMED_OUT
    assert f"may take; it was {doing}" in said_of(failed)


def test_a_child_that_is_stopped_from_outside(sandbox: Sandbox) -> None:
    """A process that somebody has stopped ends in time, and is told as what it was."""
    assert eventually(lambda: not students_processes(sandbox)), "a child of another test is still there"
    with sandbox.submission({"topic": SOURCE}, replace(LIMITS, question_seconds=3.0)) as submission:
        submission.ask("topic", [Question("compute", (0.0,))])
        (child,) = students_processes(sandbox)
        stopper = threading.Timer(0.1, os.kill, args=(child, 19))
        stopper.start()
        (failed,) = submission.ask("topic", [Question("sleep")])
        stopper.join()
    assert isinstance(failed, Failed)
    assert said_of(failed).endswith("its process was stopped by a signal")


@pytest.mark.parametrize("mode", ["trusted", "without a zygote"])
def test_at_home_a_late_import_of_torch_costs_nothing(started: Started, mode: str) -> None:
    """An import of a second in a question of half a second: one's own code is checked without preloading."""
    limits = replace(LIMITS, question_seconds=0.4, memory_mb=0)
    assert ask(started(mode), limits, "late", source=LATE) == Returned((1,))


def test_a_child_of_its_own_says_how_it_fares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system tells nothing of processes, a child's own word tells a loop from a sleep."""
    monkeypatch.setattr("grader.sandbox.clock.Clock.of", lambda pid: Clock())
    with Sandbox(Processes(), LIMITS) as sandbox:
        for function, doing in (("loop", "computing"), ("sleep", "waiting")):
            failed = ask(sandbox, replace(LIMITS, question_seconds=3.0), function)
            assert isinstance(failed, Failed)
            assert f"may take; it was {doing}" in said_of(failed)


def test_reports_name_what_was_counted(sandbox: Sandbox) -> None:
    """The layers in force, which every report repeats, end with the kind of deadlines."""
    assert sandbox.layers[-1] == deadlines_here() == FAIR


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """So many loops, each in a session of its own: a scheduler that groups by session must not spare others of them."""
    command = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(command, start_new_session=True) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@pytest.mark.soak
def test_a_third_of_the_limit_is_enough_beside_twelve_loops(sandbox: Sandbox) -> None:
    """A right answer that computes for a third of its limit is a right answer on a busy machine."""
    with busy_loops(12):
        for _ in range(5):
            assert ask(sandbox, Limits(), "compute", 1.0) == Returned((1,))
            failed = ask(sandbox, LIMITS, "loop")
            assert isinstance(failed, Failed)
            assert failed.verdict is Verdict.TIMED_OUT


def test_systems_without_proc_have_a_clock_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has neither /proc nor the flags and calls of POSIX: there a clock goes by the wall and by reports."""
    for name in ("O_CLOEXEC", "pread"):
        monkeypatch.delattr(os, name)
    monkeypatch.setattr("builtins.open", lambda *args, **options: exec("raise FileNotFoundError"))
    assert Clock.of(os.getpid()).read().computed is None
