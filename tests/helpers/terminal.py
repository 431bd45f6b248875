"""A terminal as a person has it, driven by tmux: keys go in, the screen is read."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.helpers.course import ROOT

PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.1


class Terminal:
    """A shell in a folder. Waiting has no deadline that a busy machine could miss."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self._socket = f"d2l-{uuid4().hex}"
        environment = {"PYTHONPATH": str(ROOT), "PS1": "ready$ ", "TERM": "xterm-256color", "OMP_NUM_THREADS": "1"}
        shell = ["env", *(f"{name}={value}" for name, value in environment.items()), "sh"]
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "-c", str(folder),
            shlex.join(shell),
        )  # fmt: skip
        self.wait_for("ready$")

    def _tmux(self, *arguments: str) -> str:
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        command = ["tmux", "-L", self._socket, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    def type(self, *keys: str) -> None:
        """Keys by tmux's names: q, Enter, C-c."""
        self._tmux("send-keys", *keys)

    def run(self, *arguments: str) -> None:
        """A command of d2l-check, as somebody types it."""
        line = shlex.join([sys.executable, "-m", "grader", "check", *arguments])
        self._tmux("send-keys", "-l", line)
        self.type("Enter")

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def screen(self, *, colours: bool = False) -> str:
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def wait_for(self, *words: str) -> str:
        """The screen once all these words stand on it."""
        return self.wait_until(lambda screen: all(word in screen for word in words), f"{words}")

    def wait_until(self, holds: Callable[[str], bool], what: str) -> str:
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds(screen := self.screen()):
            assert time.monotonic() < end, f"waited for {what}, and the screen shows\n{screen}"
            time.sleep(LOOK_SECONDS)
        return screen

    def close(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def terminals() -> Iterator[Callable[..., Terminal]]:
    """Opens terminals, and closes them at the end. The test is skipped where there is no tmux."""
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed: nobody can type here")
    opened: list[Terminal] = []

    def opens(folder: Path, width: int = 100, height: int = 40) -> Terminal:
        opened.append(Terminal(folder, width, height))
        return opened[-1]

    yield opens
    for each in opened:
        each.close()
