"""What student code prints: never a mark, never brought back in grading, and shown to its author who asks for it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.course.course import read_course
from grader.keymaking.parallel import made_key
from grader.model.keys.key_file import save_key
from grader.model.question import Failed, Question, Returned
from grader.model.result import Verdict
from grader.sandbox.session import Sandbox
from tests.helpers.failures import said_of
from tests.helpers.sandbox_modes import LIMITS, PATIENT

SOURCE = """
import os, sys
def speak():
    print("one"); print("two", file=sys.stderr)
    return 1
def mute(): return 1
def fail():
    print("before")
    raise ValueError("no")
def flood():
    for _ in range(1000): print("x" * 1000)
    return 1
def nasty():
    print("\\x1b[31mred\\x07")
    return 1
def deaf():
    sys.stdout = None
    return 1
"""
CHECK = "from grader.cli.check import main; main()"
COURSE = {
    "exercises/course.toml": 'title = "T"\ntopics = ["t"]\n',
    "exercises/t.py": '"""T."""\n\n\ndef f(x: int) -> int:\n    """Say one.\n\n    Args:\n        x: a number.\n    Returns:\n        One.\n    """\n    raise NotImplementedError\n',
    "solutions/t/f.py": "from grader import *\n\n\n@reference\ndef f(x):\n    return x + 1\n\n\n@case\ndef one(draw):\n    return 1\n\n\n@case\ndef two(draw):\n    return 2\n",
}


def printed(sandbox: Sandbox, function: str, most: int) -> str:
    with sandbox.submission({"t": SOURCE}, replace(LIMITS.but(PATIENT), printed_chars=most)) as submission:
        submission.ask("t", [Question(function)])
        return submission.printed


@pytest.mark.parametrize(
    ("function", "text"),
    [
        ("speak", "one\ntwo\n"),
        ("mute", ""),
        ("fail", "before\n"),
        ("flood", "x" * 50),
        ("nasty", "␛[31mred␇\n"),
        ("deaf", ""),
    ],
)
def test_what_is_printed_comes_back(sandbox: Sandbox, function: str, text: str) -> None:
    """Output and errors, in order and capped, with an exception too; it does nothing to a terminal."""
    assert printed(sandbox, function, 50) == text


def test_in_grading_nothing_comes_back(sandbox: Sandbox) -> None:
    """An instructor's reports hold no word of what a submission prints, so hidden inputs do not leave that way."""
    assert [printed(sandbox, function, 0) for function in ("speak", "flood", "fail")] == [""] * 3


def test_each_exercise_has_its_own(sandbox: Sandbox) -> None:
    """What one printed is not shown with another."""
    with sandbox.submission({"t": SOURCE}, replace(LIMITS.but(PATIENT), printed_chars=50)) as submission:
        submission.ask("t", [Question("speak")])
        answers = submission.ask("t", [Question("mute")])
    assert (answers, submission.printed) == ((Returned((1,)),), "")


@pytest.mark.parametrize("forged", ["3", "['x']", "{'a': 1}", "None"])
def test_a_forged_text_is_no_text(sandbox: Sandbox, forged: str) -> None:
    """Like everything else that a child says, it is looked at before it is believed."""
    source = f"""
import json, os, struct
def f():
    header = json.dumps({{"answer": None, "printed": {forged}, "arrays": []}}).encode()
    for number in range(3, 64):
        try: os.write(number, struct.pack("<IQII", len(header), 0, 2, 0) + header)
        except OSError: pass
    while True: pass
"""
    with sandbox.submission({"t": source}, LIMITS.but(PATIENT)) as submission:
        (answer,) = submission.ask("t", [Question("f")])
    assert isinstance(answer, Failed)
    assert (answer.verdict, "malformed printed" in said_of(answer)) == (Verdict.DIED, True)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A student's folder, and the key beside it."""
    for name, text in COURSE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "home").mkdir()
    save_key(made_key(read_course(tmp_path), (), 1, 1), tmp_path / "home" / "t.key")
    (tmp_path / "home" / "t.py").write_text(
        "def f(x):\n    print('x is', x)\n    return x + 1 if x == 1 else 'wrong'\n"
    )
    return tmp_path / "home"


def test_a_student_sees_what_the_failing_call_prints(workspace: Path) -> None:
    """With --show-output, below the verdict: the prints of the very call that is shown; without it, none."""
    run = [sys.executable, "-c", CHECK, "--key", "t.key"]
    shown = subprocess.run([*run, "--show-output"], cwd=workspace, capture_output=True, text=True, encoding="utf-8")
    assert "✗ two" in shown.stdout, shown
    assert "  │ x is 2\n" in shown.stdout
    assert "x is 1" not in shown.stdout
    plain = subprocess.run(run, cwd=workspace, capture_output=True, text=True, encoding="utf-8")
    assert plain.returncode == shown.returncode == 1
    assert plain.stdout == "".join(line for line in shown.stdout.splitlines(keepends=True) if "│" not in line)
