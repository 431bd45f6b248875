"""The two commands, in a process of their own or in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest

from grader.cli.common import run as run_command
from grader.cli.settings import defaults
from tests.helpers.sandboxes import one_process

CHECK = "from grader.cli.check import main; main()"
GRADE = "from grader.cli.grade import main; main()"


def run(code: str, *arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


Here = Callable[[click.Command, Sequence[str], Path], tuple[int, str, str]]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command in this process: exit code, output, complaint."""

    def ran(command: click.Command, arguments: Sequence[str], folder: Path) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", [str(command.name), *arguments])
        with pytest.raises(SystemExit) as ended, one_process():
            run_command(command, defaults if command.name == "d2l-grade" else dict)
        captured = capsys.readouterr()
        return int(str(ended.value.code)), captured.out, captured.err

    return ran
