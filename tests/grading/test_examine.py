"""What a submission does to itself: an accident costs one exercise or one topic, says what it was, and the rest is graded."""

from __future__ import annotations

import re

import pytest

from grader.grading.examine import examine
from grader.intake.submission import Submission
from grader.model.keys.key import AnswerKey
from grader.model.result import Verdict
from grader.report.explanation import explanation, note_of
from grader.sandbox.session import Sandbox
from tests.helpers import sandboxes
from tests.helpers.submissions import (
    BROKEN,
    DEADLINE,
    ENDLESS,
    LAST_TWO,
    details,
    graded,
    hurried,
    only,
    right,
    verdicts,
)


@pytest.mark.parametrize(
    ("body", "verdict", "says"),
    [
        ("while True:\n        pass", Verdict.TIMED_OUT, "stopped after 1 s, which is what one question may take"),
        ("__import__('time').sleep(1000)", Verdict.TIMED_OUT, "stopped after 1 s"),
        ("__import__('os')._exit(0)", Verdict.DIED, "ended itself (exit code 0)"),
        ("__import__('ctypes').string_at(0)", Verdict.DIED, "crashed"),
        (
            "return torch.zeros(10**8, dtype=torch.uint8)",
            Verdict.RAISED,
            "too much output: 95.4 MB of answers, 64 MB is the limit",
        ),
        ("return torch.zeros(10**10)", Verdict.OUT_OF_MEMORY, "memory"),
        ("return softmax_vjp(s, g, dim)", Verdict.RAISED, "RecursionError"),
        ("raise SystemExit(0)", Verdict.RAISED, "SystemExit"),
        ("raise KeyboardInterrupt", Verdict.RAISED, "KeyboardInterrupt"),
    ],
    ids=["loop", "sleep", "exit", "segfault", "flood of an answer", "memory", "recursion", "SystemExit", "interrupt"],
)
def test_what_one_function_does_costs_one_exercise(
    sandbox: Sandbox, key: AnswerKey, body: str, verdict: Verdict, says: str
) -> None:
    """A loop, an exit, a crash or a flood ends one exercise, says how, and the rest is still asked."""
    source = right("softmax", f"def softmax_vjp(s, g, dim):\n    {body}")
    results = graded(sandbox, hurried(key, BROKEN), *LAST_TWO, softmax=source)
    assert verdicts(results) == {"softmax.softmax": "passed", "softmax.smooth_labels": "passed", BROKEN: verdict.value}
    assert results[BROKEN].points == 0
    assert says in details(results[BROKEN])


def test_a_loop_costs_one_deadline(sandbox: Sandbox, key: AnswerKey) -> None:
    """Of an exercise of many questions only one is waited for; the question that ran out of time is shown."""
    (exercise,) = only(key, BROKEN).exercises
    assert len(exercise.questions) > 3
    result = graded(sandbox, hurried(key, BROKEN), BROKEN, softmax=right("softmax", ENDLESS))[BROKEN]
    assert result.seconds >= DEADLINE
    first, *others = result.checks
    assert explanation(first).startswith("softmax_vjp(tensor([[")
    assert explanation(first).splitlines()[1].startswith("stopped after 1 s")
    assert all(explanation(each).startswith(("not asked", "there was no answer")) for each in others)


def test_a_file_that_ends_the_process_twice_costs_its_topic(sandbox: Sandbox, key: AnswerKey) -> None:
    """The other topics of the same student are asked in a fresh process."""
    ids = ("softmax.softmax", "softmax.logsumexp", "broadcasting.center", "broadcasting.outer_sum")
    source = "import os\nos._exit(3)\nx = os._exit(3)\n"
    results = graded(sandbox, key, *ids, softmax=source, broadcasting=right("broadcasting"))
    assert verdicts(results) == {
        "broadcasting.outer_sum": "passed",
        "broadcasting.center": "passed",
        "softmax.softmax": "died",
        "softmax.logsumexp": "died",
    }


def test_a_submission_has_a_deadline_of_its_own(key: AnswerKey) -> None:
    """Endless loops everywhere cost no more than the submission's time, and what was not asked says so."""
    impatient = sandboxes.sandbox().within({"question_seconds": 0.7, "submission_seconds": 1.5})
    loops = "\n\n".join(
        f"def {each.function}(*args, **kwargs):\n    while True:\n        pass"
        for each in key.of_topics(("softmax",)).exercises
    )
    result = examine(key.of_topics(("softmax",)), Submission("slow", {"softmax": loops}), impatient)
    assert {each.verdict for each in result.exercises} == {Verdict.TIMED_OUT}
    said = [details(each) for each in result.exercises]
    assert "the 1.5 s of the whole submission are used up" in said[-1]
    assert sum("what one question may take" in each for each in said) <= 2, "no third loop fits in"


def test_what_a_submission_prints_changes_nothing(sandbox: Sandbox, key: AnswerKey) -> None:
    """Megabytes on both streams, warnings made errors, a replaced print: the marks are those of the quiet module."""
    noise = """
import sys, warnings
warnings.simplefilter("error")
print("x" * 10_000_000)
quiet = softmax

def softmax(X, dim):
    warnings.warn("careful")
    print("y" * 100_000, file=sys.stderr)
    sys.stdout.write("z" * 100_000)
    print(X, flush=True)
    return quiet(X, dim)
"""
    ids = ("softmax.softmax", "softmax.cross_entropy_grad")
    loud, silent = (
        graded(sandbox, key, *ids, softmax=source) for source in (right("softmax", noise), right("softmax"))
    )
    assert {id: each.points for id, each in loud.items()} == {id: each.points for id, each in silent.items()}
    assert verdicts(loud) == {"softmax.softmax": "passed", "softmax.cross_entropy_grad": "passed"}


def test_other_parameters_are_one_line(sandbox: Sandbox, key: AnswerKey) -> None:
    """A function with another signature raises what Python says, once and not once a case."""
    result = graded(sandbox, key, "softmax.softmax", softmax="def softmax(X):\n    return X\n")["softmax.softmax"]
    assert result.verdict is Verdict.RAISED
    assert result.points == 0
    assert {explanation(check) for check in result.checks} == {
        "every call raised TypeError: softmax() takes 1 positional argument but 2 were given\n"
        "It should be softmax(X, dim)."
    }


def test_a_missing_function_is_missing(sandbox: Sandbox, key: AnswerKey) -> None:
    """So are a stub and a name that is no function; the functions that are there are graded."""
    source = right("softmax", "del softmax_vjp", "def softmax(X, dim):\n    raise NotImplementedError", "logsumexp = 3")
    ids = ("softmax.softmax", "softmax.logsumexp", "softmax.smooth_labels", BROKEN)
    results = graded(sandbox, key, *ids, softmax=source)
    assert verdicts(results) == {
        "softmax.softmax": "missing",
        "softmax.logsumexp": "missing",
        "softmax.smooth_labels": "passed",
        BROKEN: "missing",
    }
    assert note_of(results[BROKEN]) == "there is no function softmax_vjp in softmax.py"
    assert note_of(results["softmax.softmax"]) == "not written yet"


def test_a_misspelt_function_is_pointed_at(sandbox: Sandbox, key: AnswerKey) -> None:
    """The name that is there and looks like it is said, so that nobody searches for a lost mark."""
    source = right("broadcasting").replace("normalize_channels", "normalise_channels")
    result = graded(sandbox, key, "broadcasting.normalize_channels", broadcasting=source)[
        "broadcasting.normalize_channels"
    ]
    assert result.verdict is Verdict.MISSING
    assert note_of(result) == (
        "there is no function normalize_channels in broadcasting.py; normalise_channels is there: is it misnamed?"
    )


def test_a_branch_that_is_not_written_yet_is_no_stub(sandbox: Sandbox, key: AnswerKey) -> None:
    """Where some answers count, the student reads which call it was that ended in NotImplementedError."""
    body = "def softmax(X, dim):\n    if X.dim() != 2:\n        raise NotImplementedError\n    return whole(X, dim)"
    result = graded(sandbox, key, "softmax.softmax", softmax=right("softmax", "whole = softmax", body))[
        "softmax.softmax"
    ]
    assert 0 < result.points < result.max_points
    assert result.verdict is Verdict.RAISED
    assert "softmax(tensor([" in details(result)
    assert "raised NotImplementedError (line " in details(result)
    assert "This way through your function is not written yet." in details(result)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("def f(:", r"softmax\.py cannot be run: SyntaxError: .+ \(line 3\)\n    def f\(:\n +\^"),
        ("  x = 1", r"softmax\.py cannot be run: IndentationError: .+ \(line 3\)\n    x = 1"),
    ],
)
def test_a_file_that_cannot_be_run_says_where(sandbox: Sandbox, key: AnswerKey, line: str, says: str) -> None:
    """Every exercise of the file says the same line once, with the number of the line to repair."""
    source = f"import torch\n\n{line}\n" + right("softmax")
    for result in graded(sandbox, key, "softmax.softmax", BROKEN, softmax=source).values():
        assert (result.verdict, result.points) == (Verdict.RAISED, 0)
        (detail,) = {explanation(check) for check in result.checks}
        assert re.fullmatch(says, detail)


BELOW = "only functions, classes, imports and assignments were run of what is below"
COPY = "It is not installed where this ran: copy into your file what you use of it"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("from d2l import torch as d2l", rf"softmax\.py, line 3: No module named 'd2l'\. {COPY}"),
        ("from torch import wonders", r"softmax\.py, line 3: cannot import name 'wonders' from 'torch' .*\. What uses it fails"),
        ("from . import helpers", r"softmax\.py, line 3: attempted relative import .*\. Import it without the dot: the file is in no package"),
        ("x = 1 / 0", rf"softmax\.py stopped at line 3 \(ZeroDivisionError: division by zero\); {BELOW}"),
        ("raise SystemExit", rf"softmax\.py stopped at line 3 \(SystemExit\); {BELOW}"),
        ("import os; os._exit(0)", rf"softmax\.py stopped at line 3 \(the process ended itself \(exit code 0\)\); {BELOW}"),
        ("x = '\\ud800'; raise ValueError(x)", rf"softmax\.py stopped at line 3 \(ValueError: .\); {BELOW}"),
        ("def later(X):\n    raise NotImplementedError\n\nx = later(1)", rf"softmax\.py stopped at line 6 \(it calls later, which is not written yet\); {BELOW}"),
        ("def later(X): ...\ny = 0\nx = later(1) + 1", rf"softmax\.py stopped at line 5 \(it calls later, which is not written yet\); {BELOW}"),
        ("def later(X):\n    raise NotImplementedError\n\ndef main():\n    later(1)\n\nmain()", rf"softmax\.py stopped at line 9 \(it calls later, which is not written yet\); {BELOW}"),
        ("def proved(X):\n    assert X\n\nproved(False)", rf"softmax\.py stopped at line 6 \(AssertionError\); {BELOW}"),
        ("raise NotImplementedError('no')", rf"softmax\.py stopped at line 3 \(NotImplementedError: no\); {BELOW}"),
        ("raise ValueError('long ' * 99)", rf"softmax\.py stopped at line 3 \(ValueError: (long )+.*…\); {BELOW}"),
    ],
)  # fmt: skip
def test_a_line_that_fails_costs_nothing_but_itself(sandbox: Sandbox, key: AnswerKey, line: str, says: str) -> None:
    """Every exercise of the file is asked, and the submission says once which line it was, and why."""
    source = f"import torch\n\n{line}\n" + right("softmax")
    wanted = only(key, "softmax.softmax", BROKEN)
    result = examine(wanted, Submission("ada", {"softmax": source}), sandbox)
    assert [exercise.verdict for exercise in result.exercises] == [Verdict.PASSED] * 2
    assert re.fullmatch(says, result.reason or "")


def test_own_modules_are_asked_for_what_is_forbidden(sandbox: Sandbox, key: AnswerKey) -> None:
    """A forbidden call is found behind an import of the student's own, and the file that it stands in is named."""
    own = {"helpers": "import torch\n\ndef normalised(X, dim):\n    return getattr(torch, 'softmax')(X, dim)\n"}
    source = "from helpers import normalised\n\ndef softmax(X, dim):\n    return normalised(X, dim)\n"
    result = examine(only(key, "softmax.softmax"), Submission("ada", {"softmax": source}, own=own), sandbox)
    (failed,) = [check for check in result.exercises[0].checks if check.verdict is not Verdict.PASSED]
    assert failed.name == "allowed_functions"
    assert "softmax is not allowed here" in explanation(failed)


def test_a_missing_file_is_missing(sandbox: Sandbox, key: AnswerKey) -> None:
    """Its exercises say that there is no such file; the other files count."""
    results = graded(sandbox, key, "softmax.softmax", "broadcasting.center", softmax=right("softmax"))
    assert verdicts(results) == {"broadcasting.center": "missing", "softmax.softmax": "passed"}
    assert note_of(results["broadcasting.center"]) == "there is no broadcasting.py"
