"""`check` in a student's notebook: it says what `d2l-check` says, and leaves no trace."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import grader
from grader.cli.notebook_check import CheckFailed, check
from grader.kits.student import key_name
from grader.model.errors import KeyFileError, UsageError
from grader.model.keys.key_file import load_key, save_key
from grader.nbgrader.course_secrets import FOLDER, class_key
from tests.helpers.nbgrader_class import RIGHT, TOPIC, Classroom

OVERFLOWING = "def log_sum(x):\n    return x.exp().sum().log()"
SCRIPTED = "def scale(X, factor):\n    raise ValueError('<script>alert(1)</script>')"


@pytest.fixture(autouse=True)
def beside_the_key(made: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's kernel works in the notebook's folder."""
    monkeypatch.chdir(made.root / "source" / TOPIC)


def run(source: str, target: str = "", **names: Any) -> dict[str, Any]:
    """Runs source as a cell, then checks where it stands."""
    namespace: dict[str, Any] = {"torch": torch, "check": check, **names}
    exec(compile(source, "cell.py", "exec"), namespace)
    if target:
        exec(compile(f"check({target!r})", "cell.py", "exec"), namespace)
    return namespace


def test_what_is_right_passes(capsys: pytest.CaptureFixture[str]) -> None:
    """No exception, and a line that says so."""
    run(RIGHT["shares"], f"{TOPIC}.shares")
    result, *others = capsys.readouterr().out.splitlines()
    assert result.split() == ["shares", "✓", "2/2"]
    assert others == [
        "Checked in this kernel. Where it is graded, files, threads, other processes and the network are refused."
    ]


def test_what_is_wrong_raises_and_tells_why(capsys: pytest.CaptureFixture[str]) -> None:
    """The failing call, expected and got, and the hint: then nbgrader's validate fails too."""
    with pytest.raises(CheckFailed, match=r"^log_sum: wrong$"):
        run(OVERFLOWING, f"{TOPIC}.log_sum")
    said = " ".join(capsys.readouterr().out.split())
    assert "log_sum ✗ large_scores" in said
    assert "log_sum(tensor([200" in said
    assert "got inf" in said
    assert "exp overflows on large scores. Take the maximum out of the sum first." in said


def test_a_topic_is_checked_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """All its exercises, in order; the exception names those that are not right."""
    with pytest.raises(CheckFailed, match=r"^scale: not there; log_sum: wrong$"):
        run(f"{RIGHT['shares']}\n{OVERFLOWING}", TOPIC)
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert lines == ["scale", "shares", "log_sum", "Checked"]


@pytest.mark.parametrize(
    ("target", "repair"),
    [
        ("vector", "Did you mean vectors?"),
        ("log_summ", "There is no topic and no exercise 'log_summ'. Did you mean log_sum?"),
        ("vectors.share", "Did you mean shares?"),
        ("nothing.at_all", "There is: vectors."),
    ],
)
def test_a_wrong_name_is_corrected(target: str, repair: str) -> None:
    """The nearest name is the repair."""
    with pytest.raises(UsageError, match=repair.replace("?", r"\?")):
        run("", target)


@pytest.mark.parametrize("target", [f"{TOPIC}.log_sum", TOPIC, ""])
def test_what_is_to_be_repaired_first_is_said(capsys: pytest.CaptureFixture[str], target: str) -> None:
    """As in the terminal; what a function calls is asked for it, also where that function alone is checked."""
    wrong = "def scale(X, factor):\n    return X + factor"
    calls = "def log_sum(x):\n    return scale(x, 2).exp().sum()"
    namespace = run(wrong, In=["", wrong, calls])
    exec(calls, namespace)
    with pytest.raises(CheckFailed):
        exec(compile(f"check({target!r})" if target else "check()", "cell.py", "exec"), namespace)
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("It calls scale (line 2), which fails: repair that first.") == 1
    assert ("scale ✗" in said) == (target != f"{TOPIC}.log_sum")


def test_what_is_called_and_right_is_not_blamed(capsys: pytest.CaptureFixture[str]) -> None:
    calls = "def log_sum(x):\n    return scale(x, 2).exp().sum()"
    namespace = run(RIGHT["scale"], In=["", RIGHT["scale"], calls])
    exec(calls, namespace)
    with pytest.raises(CheckFailed):
        exec(compile(f"check('{TOPIC}.log_sum')", "cell.py", "exec"), namespace)
    assert "It calls" not in capsys.readouterr().out


def test_without_a_key_the_repair_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that was moved without its key says what is missing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("grader.kits.student.built_in", lambda: None)
    with pytest.raises(UsageError, match=r"There is no answer key \(d2l-vectors.key\)"):
        run(RIGHT["scale"], f"{TOPIC}.scale")


def test_keys_of_several_assignments_lie_beside_a_notebook(
    made: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was fetched for another week neither hides this week's key nor is hidden by it."""
    key = load_key(made.root / "source" / TOPIC / key_name(TOPIC))
    other = replace(key, exercises=tuple(replace(each, id=each.id.replace(TOPIC, "others")) for each in key.exercises))
    monkeypatch.chdir(tmp_path)
    save_key(key, tmp_path / key_name(TOPIC))
    run(RIGHT["shares"], f"{TOPIC}.shares")
    save_key(other, tmp_path / key_name("others"))
    run(RIGHT["shares"], f"{TOPIC}.shares")
    run(RIGHT["shares"], "others.shares")
    assert capsys.readouterr().out.split().count("✓") == 3


def test_a_damaged_key_is_said_to_be_damaged(made: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook does not judge by numbers that have changed on the way."""
    data = bytearray((made.root / "source" / TOPIC / key_name(TOPIC)).read_bytes())
    data[len(data) * 2 // 3] ^= 16
    (tmp_path / key_name(TOPIC)).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyFileError, match=r"d2l-vectors\.key is damaged .* Unpack your kit again"):
        run(RIGHT["shares"], f"{TOPIC}.shares")


@pytest.mark.parametrize("place", [10, 300, -1])
def test_a_damaged_key_in_the_vault_is_said_to_be_damaged(made: Classroom, tmp_path: Path, place: int) -> None:
    """Marks are not given by it, and the repair keeps the seed, so that marks stay comparable."""
    for part in ("seed", f"{TOPIC}.key"):
        (tmp_path / FOLDER).mkdir(exist_ok=True)
        shutil.copy(made.root / FOLDER / part, tmp_path / FOLDER / part)
    path = tmp_path / FOLDER / f"{TOPIC}.key"
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(
        KeyFileError,
        match=rf"vectors\.key is .*damaged.* with the same seed: d2l-grade nbgrader init .* --topics {TOPIC}",
    ):
        class_key(tmp_path, TOPIC)


def test_forbidden_functions_are_seen_in_a_cell(capsys: pytest.CaptureFixture[str]) -> None:
    """In a notebook every cell is a file of its own; the line is that of the cell."""
    source = "# mine\ndef log_sum(x):\n    return torch.logsumexp(x, 0)"
    with pytest.raises(CheckFailed):
        run(source, f"{TOPIC}.log_sum", In=["", source, "check()"])
    assert "logsumexp is not allowed here (line 3)" in capsys.readouterr().out


def test_forbidden_functions_are_seen_in_a_helper_too(capsys: pytest.CaptureFixture[str]) -> None:
    """A helper in a cell of its own hides nothing."""
    helper, answer = "def helper(x):\n    return torch.logsumexp(x, 0)", "def log_sum(x):\n    return helper(x)"
    namespace = run(helper)
    with pytest.raises(CheckFailed):
        run(answer, f"{TOPIC}.log_sum", helper=namespace["helper"], In=["", helper, answer])
    assert "logsumexp is not allowed here (line 2)" in capsys.readouterr().out


@pytest.fixture
def generators() -> Iterator[list[Any]]:
    """The state of all global generators, to be compared after the test."""
    before = [torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()]  # type: ignore[union-attr]
    yield before
    after = [torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()]  # type: ignore[union-attr]
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


@pytest.mark.usefixtures("generators")
def test_the_kernel_is_left_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    """Random numbers go on as if nothing had been checked; settings are put back; an answer's prints go nowhere."""
    source = "def scale(X, factor):\n    print('hello')\n    torch.set_default_dtype(torch.float64)\n    torch.rand(3)\n    return X * factor"
    with pytest.raises(CheckFailed):
        run(source, f"{TOPIC}.scale")
    assert torch.get_default_dtype() is torch.float32
    assert "hello" not in capsys.readouterr().out


def test_an_interrupt_ends_the_check() -> None:
    """Stop means stop: the kernel's interrupt does not end one question of twenty."""
    source = "import os, signal\ndef scale(X, factor):\n    os.kill(os.getpid(), signal.SIGINT)\n    while True: pass"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(source, f"{TOPIC}.scale")
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_check_takes_a_moment() -> None:
    """Well under a second once torch is there."""
    namespace = run("\n".join(RIGHT.values()), TOPIC)
    started = time.process_time()  # what a check takes where nobody else is at work
    exec(f"check({TOPIC!r})", namespace)
    assert time.process_time() - started < 1


def in_ipython(*cells: str) -> list[Any]:
    """What a notebook would display: the cells are run by IPython, in a process of its own."""
    program = f"""
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
shown = []
for cell in {list(cells)!r}:
    with capture_output() as captured:
        done = shell.run_cell(cell, store_history=True)
    shown.append([[output.data for output in captured.outputs], captured.stdout])
print(json.dumps(shown))
"""
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=True)
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def shown(made: Classroom) -> list[Any]:
    """What a notebook with two mistakes displays, cell by cell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root / "source" / TOPIC)
        head = "import torch\nfrom grader import check\n"
        return in_ipython(head + OVERFLOWING, f'check("{TOPIC}.log_sum")', SCRIPTED, f'check("{TOPIC}.scale")')


def test_a_notebook_shows_a_table(shown: list[Any]) -> None:
    """Rich where HTML is shown, text elsewhere, and one line of the exception instead of a traceback."""
    outputs, said = shown[1]
    (data,) = outputs
    assert data["text/html"].startswith('<table class="d2l-grader"')
    assert "exp overflows on large scores" in data["text/html"]
    assert "log_sum  ✗ large_scores" in data["text/plain"]
    assert said.strip() == "CheckFailed: log_sum: wrong"


def test_the_table_holds_text_only(shown: list[Any]) -> None:
    """What an exception says is shown, not obeyed."""
    outputs, _ = shown[3]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in outputs[0]["text/html"]
    assert "<script" not in outputs[0]["text/html"]


def test_without_a_target_all_that_is_defined_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    """And where nothing is, one line says what to do."""
    namespace = run(RIGHT["shares"])
    exec("check()", namespace)
    assert capsys.readouterr().out.split()[:2] == ["shares", "✓"]
    with pytest.raises(UsageError, match="No exercise is defined here yet"):
        exec("check()", {"check": check})


class Shell:
    """As much of IPython as an extension needs."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {"torch": torch}
        self.magics: dict[str, Any] = {}

    def register_magic_function(self, function: Any, kind: str, name: str) -> None:
        self.magics[f"{kind} {name}"] = function

    def run_cell(self, cell: str) -> Any:
        exec(compile(cell, "cell.py", "exec"), self.user_ns)
        return SimpleNamespace(success=True)


def test_a_cell_may_check_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """`%load_ext grader`, then `%%check log_sum` above the function."""
    shell = Shell()
    grader.load_ipython_extension(shell)
    shell.magics["cell check"]("", RIGHT["shares"])
    assert capsys.readouterr().out.split()[:2] == ["shares", "✓"]
    with pytest.raises(CheckFailed, match=r"^log_sum: wrong$"):
        shell.magics["cell check"]("log_sum", OVERFLOWING)
