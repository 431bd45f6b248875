"""Asking a submission: one answer for each question, whatever its code does, and nothing of it is left afterwards."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.model.errors import SandboxError
from grader.model.fact import CallEnd
from grader.model.limits import Limits
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.result import Verdict
from grader.model.value import Array
from grader.sandbox.processes import BOOT
from grader.sandbox.session import EitherWay, Sandbox
from grader.sandbox.spawned import Processes
from tests.helpers.course import ROOT
from tests.helpers.failures import said_of
from tests.helpers.processes import descendants, eventually, same_descriptors, students_processes, zygote_pid
from tests.helpers.sandbox_modes import LIMITS, Started

NUMBERS = np.arange(6, dtype="float32").reshape(2, 3)
X = Array.of(NUMBERS)
SOURCE = """
import ctypes, os, random, sys, time
import numpy, torch

def double(x): return 2 * x
def loop(x):
    while True: pass
def leave(x): os._exit(3)
def crash(x): ctypes.string_at(0)
def fail(x): raise ValueError("no")
def todo(x): raise NotImplementedError
def swell(x): return [bytearray(64 << 20) for _ in range(100)]
def talk(x):
    for _ in range(20_000): print("talk", "talk", "talk")
    os.write(1, b"talk" * 100_000)
    return 2 * x
def wait(x):
    time.sleep(0.5)
    return 2 * x
def sleep(x): time.sleep(1000)
def chance(x): return float(torch.rand(())), random.random(), float(numpy.random.rand())
def count(x):
    global counter
    counter = globals().get("counter", 0) + 1
    return counter
"""


def question(function: str) -> Question:
    return Question(function, (X,))


def ask(sandbox: Sandbox, *functions: str, source: str = SOURCE) -> tuple[Answer, ...]:
    """One exercise of a new submission."""
    with sandbox.submission({"topic": source}) as submission:
        return submission.ask("topic", [question(function) for function in functions])


def verdicts(answers: tuple[Answer, ...]) -> list[Verdict | None]:
    return [answer.verdict if isinstance(answer, Failed) else None for answer in answers]


def is_right(answer: Answer) -> bool:
    return isinstance(answer, Returned) and answer.values == (Array.of(2 * NUMBERS),)


def test_a_right_answer_comes_back(sandbox: Sandbox) -> None:
    """What the function returns is the answer, bit by bit."""
    assert all(map(is_right, ask(sandbox, "double", "double")))


def test_no_questions_no_answers(sandbox: Sandbox) -> None:
    """As many answers as questions: none for none, and no child is needed for it."""
    assert ask(sandbox) == ()


@pytest.mark.parametrize(
    ("function", "verdict", "words"),
    [
        ("loop", Verdict.TIMED_OUT, "stopped after 1 s, which is what one question may take; it was computing"),
        ("leave", Verdict.DIED, r"the process ended itself \(exit code 3\)"),
        ("crash", Verdict.DIED, r"the process crashed \(Segmentation fault\)"),
        ("fail", Verdict.RAISED, "no"),
        ("todo", Verdict.RAISED, ""),
        ("swell", Verdict.OUT_OF_MEMORY, r"the limit is 128 MB of memory, (6[4-9]|[7-9]\d|1[0-2]\d) MB were in use"),
        ("absent", Verdict.MISSING, ""),
    ],
)
def test_a_failure_is_a_verdict(sandbox: Sandbox, function: str, verdict: Verdict, words: str) -> None:
    """Each way to fail has its verdict, and the message says which limit it was, or how it ended."""
    (answer,) = ask(sandbox, function)
    assert isinstance(answer, Failed)
    assert answer.verdict == verdict
    assert re.fullmatch(words, said_of(answer)), said_of(answer)


@pytest.mark.parametrize(("function", "verdict"), [("loop", Verdict.TIMED_OUT), ("leave", Verdict.DIED)])
def test_what_ends_a_child_ends_one_exercise(sandbox: Sandbox, function: str, verdict: Verdict) -> None:
    """The exercise keeps its answers so far, the rest is not asked, and the next exercise is asked as if nothing was."""
    with sandbox.submission({"topic": SOURCE, "other": SOURCE}) as submission:
        first, second, third = submission.ask("topic", [question(name) for name in ("double", function, "double")])
        assert is_right(first)
        assert verdicts((second, third)) == [verdict, verdict]
        assert isinstance(second, Failed)
        assert third == replace(second, asked=False)
        assert all(map(is_right, submission.ask("topic", [question("double")])))
        assert all(map(is_right, submission.ask("other", [question("double")])))


def test_a_failure_that_is_an_exception_ends_nothing(sandbox: Sandbox) -> None:
    """An exception costs the question that raised it."""
    assert verdicts(ask(sandbox, "fail", "double", "todo", "double")) == [Verdict.RAISED, None, Verdict.RAISED, None]


def test_a_gradient_comes_with_its_value_where_both_are_wanted(sandbox: Sandbox) -> None:
    """Of one call; and a gradient alone comes alone."""
    asked = replace(question("double"), gradients=("[0]",), cotangents=(X,))
    with sandbox.submission({"topic": SOURCE}) as submission:
        both, alone = submission.ask("topic", [replace(asked, with_value=True), asked])
    assert isinstance(both, Returned) and isinstance(alone, Returned)
    assert (len(both.values), len(alone.values)) == (1, 0)
    assert both.gradients == alone.gradients != (None,)


def test_a_module_that_is_no_python(sandbox: Sandbox) -> None:
    """Every question of it gets the reason, and other modules do not suffer."""
    with sandbox.submission({"broken": "x = 1\ny = (", "topic": SOURCE}) as submission:
        answers = submission.ask("broken", [question("double")] * 2)
        for answer in answers:
            assert isinstance(answer, Failed)
            assert (answer.verdict, said_of(answer), answer.line) == (Verdict.RAISED, "'(' was never closed", 2)
        assert submission.ask("broken", [question("double")] * 2) == answers
        assert all(map(is_right, submission.ask("topic", [question("double")])))


def test_a_topic_that_was_not_handed_in(sandbox: Sandbox) -> None:
    """A missing file is missing work."""
    with sandbox.submission({"topic": SOURCE}) as submission:
        assert submission.ask("dropout", [question("f")]) == (Failed(Verdict.MISSING),)


def test_prints_change_nothing(sandbox: Sandbox) -> None:
    """A flood of output, through Python or past it, is neither an answer nor a delay that anyone waits for."""
    assert is_right(ask(sandbox, "talk")[0])


def test_the_deadline_of_a_submission(sandbox: Sandbox) -> None:
    """When a submission has used its time, all that is left of it timed out, and says why."""
    limits = replace(LIMITS, question_seconds=60.0, submission_seconds=3.0)
    with sandbox.submission({"topic": SOURCE}, limits) as submission:
        assert verdicts(submission.ask("topic", [question("wait")])) == [None]
        late = submission.ask("topic", [question("sleep"), question("double")])
        assert verdicts(late) == [Verdict.TIMED_OUT] * 2
        assert submission.ask("topic", [question("double")]) == (
            Failed(Verdict.TIMED_OUT, end=CallEnd("submission", 3.0, 3.0)),
        )


def test_the_deadline_of_an_exercise(sandbox: Sandbox) -> None:
    """Questions that are each in time may together be too slow; the next exercise has time again."""
    with sandbox.submission({"topic": SOURCE}) as submission:
        limits = {"question_seconds": 60.0, "exercise_seconds": 3.0}
        slow = submission.ask("topic", [question(name) for name in ("wait", "sleep", "wait")], limits)
        assert verdicts(slow) == [None, Verdict.TIMED_OUT, Verdict.TIMED_OUT]
        assert isinstance(slow[1], Failed)
        assert said_of(slow[1]).startswith("stopped after 3 s, which is what one exercise may take; it was waiting")
        assert verdicts(submission.ask("topic", [question("wait")], {"question_seconds": 60.0})) == [None]


def test_a_request_that_is_never_read(sandbox: Sandbox) -> None:
    """A child that no longer reads is slow, not a grader that hangs: the request is larger than any buffer."""
    source = "import sys, time\nsys.modules['grader.sandbox.child.child'].read_request = lambda read: time.sleep(1000)"
    large = Question("f", (Array.of(np.zeros(4_000_000)),))
    with sandbox.submission({"topic": source}) as submission:
        answers = submission.ask("topic", [large, large])
    assert verdicts(answers) == [Verdict.TIMED_OUT] * 2


def test_an_answer_may_be_as_large_as_the_limit_and_no_larger(sandbox: Sandbox) -> None:
    """All answers of an exercise share its room; an exercise that needs more is told so."""
    source = "import torch\ndef f(x): return torch.zeros(1_500_000)"
    answers = ask(sandbox, "f", "f", "f", source=source)
    assert verdicts(answers) == [None, None, Verdict.RAISED]
    assert isinstance(answers[2], Failed)
    assert said_of(answers[2]) == "too much output: 17.2 MB of answers, 16 MB is the limit of one exercise"


def test_an_exercise_has_its_own_limits(sandbox: Sandbox) -> None:
    """Time, memory and output of one exercise may be more than those of the others, or less; the others keep theirs."""
    source = SOURCE + "def much(x): return numpy.ones(4_000_000).nbytes\ndef long(x): return torch.zeros(300_000)\n"
    hungry = source.replace("4_000_000", "24_000_000")
    with sandbox.submission({"topic": source, "hungry": hungry}) as submission:

        def verdict(topic: str, function: str, limits: dict[str, float]) -> Verdict | None:
            return verdicts(submission.ask(topic, [question(function)], limits))[0]

        assert verdict("topic", "wait", {"question_seconds": 0.2}) is Verdict.TIMED_OUT
        assert verdict("topic", "wait", {"question_seconds": 60.0}) is None
        assert verdict("hungry", "much", {}) is Verdict.OUT_OF_MEMORY
        assert verdict("hungry", "much", {"memory_mb": 256}) is None
        assert verdict("topic", "much", {"memory_mb": 16}) is Verdict.OUT_OF_MEMORY
        assert verdict("topic", "much", {}) is None
        assert verdict("topic", "long", {"answer_mb": 1}) is Verdict.RAISED
        assert verdict("topic", "long", {}) is None


def test_every_child_starts_from_the_same_state(sandbox: Sandbox) -> None:
    """Nothing is carried from one submission to the next: no variable, no patch, no random number."""
    vandal = "import torch, builtins\ntorch.exp = builtins.len = torch.Tensor.__mul__ = None\ndef double(x): return x"
    first = ask(sandbox, "count", "count", "chance")
    ask(sandbox, "double", source=vandal)
    assert ask(sandbox, "count", "count", "chance") == first


def test_random_numbers_at_import_are_the_same_in_every_run(sandbox: Sandbox, started: Started) -> None:
    """A module that draws its numbers when it is imported gets the same ones from every zygote."""
    source = "import random, numpy, torch\ndrawn = random.random(), float(numpy.random.rand()), float(torch.rand(()))\n"
    source += "def f(x): return drawn"
    assert ask(sandbox, "f", source=source) == ask(started("trusted"), "f", source=source)


def test_a_module_is_loaded_anew_after_a_crash(sandbox: Sandbox) -> None:
    """A fresh child knows nothing of the one before it."""
    with sandbox.submission({"topic": SOURCE}) as submission:
        counted = [submission.ask("topic", [question(name)])[0] for name in ("count", "count", "leave", "count")]
    assert [answer.values for answer in counted if isinstance(answer, Returned)] == [(1,), (2,), (1,)]


def test_patched_libraries_stay_in_their_exercise(sandbox: Sandbox) -> None:
    """A student who overwrites torch's functions, at import or in a call, does so for that exercise only."""
    vandal = "import torch\ntorch.exp = lambda x: x\ndef f(x):\n    torch.Tensor.exp = None\n    return x\n"
    honest = "import torch\ndef f(x): return torch.exp(x) - x.exp()\n"
    with sandbox.submission({"vandal": vandal, "honest": honest}) as submission:
        submission.ask("vandal", [question("f")])
        (answer,) = submission.ask("honest", [question("f")])
    assert answer == Returned((Array.of(np.zeros_like(NUMBERS)),))


def test_libraries_can_still_be_imported(sandbox: Sandbox) -> None:
    """The walls leave the interpreter, its packages and torch's late imports where they are."""
    source = """
import torch
def f(x):
    import csv, ctypes, decimal, email.mime.text, fractions, hashlib, json, sqlite3, statistics, xml.etree.ElementTree, zoneinfo
    import numpy.fft, numpy.polynomial
    weights = torch.ones(3, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.5)
    (x @ weights).sum().backward()
    optimizer.step()
    return weights.detach()
"""
    answers = ask_with(sandbox, replace(LIMITS, question_seconds=30.0), "f", source)
    assert answers == (Returned((Array.of(1 - 0.5 * NUMBERS.sum(0)),)),)


def ask_with(sandbox: Sandbox, limits: Limits, function: str, source: str = SOURCE) -> tuple[Answer, ...]:
    with sandbox.submission({"topic": source}, limits) as submission:
        return submission.ask("topic", [question(function)])


def test_nothing_runs_when_a_submission_is_over(sandbox: Sandbox) -> None:
    """The child is killed at the end of a submission, however it ends, and its descriptors are closed."""
    ask(sandbox, "double")
    with same_descriptors():
        for function in ("double", "loop", "crash", "fail"):
            ask(sandbox, function, "double")
        with suppress(KeyError), sandbox.submission({"topic": SOURCE}) as submission:
            submission.ask("topic", [question("double")])
            assert students_processes(sandbox)
            raise KeyError
    assert eventually(lambda: not students_processes(sandbox))


def test_a_dead_zygote_is_replaced(sandbox: Sandbox) -> None:
    """Between submissions the death of the process that forks is not even noticed."""
    ask(sandbox, "double")
    pid = zygote_pid(sandbox)
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not descendants(pid))
    assert is_right(ask(sandbox, "double")[0])
    assert zygote_pid(sandbox) != pid
    assert "process" in sandbox.layers or "seccomp" in sandbox.layers


def test_a_zygote_that_dies_while_it_starts_is_replaced() -> None:
    """Torch takes seconds to import: whoever is killed meanwhile is started again."""
    with Sandbox.start(LIMITS, trust=True) as sandbox:
        os.kill(zygote_pid(sandbox), signal.SIGKILL)
        assert is_right(ask(sandbox, "double")[0])


@pytest.mark.parametrize("whom", ["child", "zygote"])
def test_a_kill_from_outside_costs_no_marks(sandbox: Sandbox, whom: str) -> None:
    """Who is killed by somebody else, in the middle of an answer, is asked again."""
    ask(sandbox, "double")
    timer = threading.Timer(0.2, _kill, args=(sandbox, whom))
    timer.start()
    try:
        assert is_right(ask_with(sandbox, replace(LIMITS, question_seconds=60.0), "wait")[0])
    finally:
        timer.join()


def _kill(sandbox: Sandbox, whom: str) -> None:
    pids = students_processes(sandbox) if whom == "child" else {zygote_pid(sandbox)}
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_several_threads_may_share_a_sandbox(sandbox: Sandbox) -> None:
    """Submissions of different threads have children of their own, at the same time, and none gets another's answers."""
    results: dict[int, list[Answer]] = {}

    def work(number: int) -> None:
        source = f"def f(x): return x + {number}\ndef loop(x):\n    while True: pass\n"
        with sandbox.submission({"topic": source}) as submission:
            for function in ("f", "loop", "f") if number == 2 else ("f", "f", "f"):
                results.setdefault(number, []).extend(submission.ask("topic", [question(function)]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        good = [answer.values for answer in results[number] if isinstance(answer, Returned)]
        assert good == [(Array.of(NUMBERS + number),)] * (2 if number == 2 else 3)


@pytest.mark.parametrize("trust", [pytest.param(True, marks=pytest.mark.soak), False])
def test_nothing_outlives_a_grader_that_is_killed(trust: bool) -> None:
    """SIGKILL leaves a grader no time to tidy up; the kernel does."""
    code = (
        "import sys; from grader.sandbox.session import Sandbox; from grader.model.question import Question\n"
        f"s = Sandbox.start(trust={trust})\n"
        "with s.submission({'t': 'def f():\\n    while True: pass'}) as one:\n"
        "    print('ready', flush=True); one.ask('t', [Question('f')])"
    )
    root = ROOT
    with subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"ready\n" or not trust
        expected = 2 if trust else 3  # the zygote, in namespaces two of it, and the child
        assert eventually(lambda: len(descendants(grader.pid)) >= expected, 60)
        below = descendants(grader.pid)
        grader.kill()
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))


@pytest.fixture
def plain(started: Started) -> Sandbox:
    """Where there is nothing to fork from: each child is an interpreter of its own."""
    return started("without a zygote")


def test_without_a_zygote(plain: Sandbox) -> None:
    """Answers, crashes, deadlines and restarts are the same on systems that cannot fork."""
    assert plain.layers == ("process", "fair deadlines")
    with plain.submission({"topic": SOURCE}) as submission:
        assert is_right(submission.ask("topic", [question("double")])[0])
        assert verdicts(submission.ask("topic", [question("swell")])) == [Verdict.OUT_OF_MEMORY]
        assert verdicts(submission.ask("topic", [question("loop"), question("double")])) == [Verdict.TIMED_OUT] * 2
        assert is_right(submission.ask("topic", [question("talk")])[0])
        assert submission.ask("topic", [question("crash")]) == (
            Failed(Verdict.DIED, end=CallEnd("signalled", code=11)),
        )


def test_where_no_zygote_runs_there_are_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old kernel is no reason not to check one's own work: it is only slower."""
    boot = BOOT.replace("main()\n", "import os\nif name.endswith('zygote'): del os.pidfd_open\nmain()\n")
    monkeypatch.setattr("grader.sandbox.processes.BOOT", boot)
    with Sandbox.start(LIMITS, trust=True) as sandbox:
        assert is_right(ask(sandbox, "double")[0])
        assert isinstance(sandbox._children, EitherWay)
        assert isinstance(sandbox._children.working(), Processes)


def test_a_child_that_cannot_start_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child, no answers: that is a `SandboxError`, and no student's mark."""
    monkeypatch.setattr("grader.sandbox.processes.BOOT", "import sys; sys.exit(1)")
    with (
        Sandbox(Processes(), LIMITS) as sandbox,
        sandbox.submission({"topic": SOURCE}) as submission,
        pytest.raises(SandboxError, match="no child process can be started here"),
    ):
        submission.ask("topic", [question("double")])


@pytest.mark.soak
def test_a_thousand_submissions_leave_no_trace(sandbox: Sandbox) -> None:
    """Neither descriptors nor memory grow, in the grader or in the zygote, with 1,000 submissions, 100 of them killed."""
    limits = replace(LIMITS, question_seconds=0.05)

    def class_of(count: int) -> None:
        for number in range(count):
            ask_with(sandbox, limits if number % 10 == 0 else LIMITS, "loop" if number % 10 == 0 else "double")

    class_of(100)
    (zygote,) = descendants(zygote_pid(sandbox)) or {zygote_pid(sandbox)}
    before = _resident(zygote), _resident(os.getpid())
    with same_descriptors():
        class_of(900)
    after = _resident(zygote), _resident(os.getpid())
    assert all(late - early < 4 << 20 for early, late in zip(before, after, strict=True)), (before, after)
    assert len(os.listdir(f"/proc/{zygote}/fd")) < 12


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
