"""The hostile submissions of tests/sandbox/attacks: what surrounds them, and what came of one."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from grader.model.question import Answer, Failed, Question, Returned
from grader.model.value import Array
from grader.sandbox.session import Sandbox
from tests.helpers.course import ROOT
from tests.helpers.processes import eventually, students_processes
from tests.helpers.sandbox_modes import PATIENT, SECRET

ATTACKS = sorted((ROOT / "tests" / "sandbox" / "attacks").glob("*.py"))
NUMBERS = np.random.default_rng(7).normal(size=(3, 4)).astype("float32")
QUESTION = Question("double", (Array.of(NUMBERS),))
RIGHT = Array.of(2 * NUMBERS)
HONEST = "def double(x):\n    return 2 * x\n"
HURRIED = {"question_seconds": 1.0, "import_seconds": 2.0}
STOPPED_IN = 120.0  # seconds, with that load; nothing that has to be stopped would end before


@dataclass(frozen=True)
class World:
    """What there is to steal and to spoil around the grader."""

    secrets: Path
    out: Path
    port: int
    visitors: list[str]

    def source(self, attack: Path) -> str:
        """The attack, told where to go."""
        text = attack.read_text(encoding="utf-8")
        places = {
            "@SECRET@": f"{self.secrets}/solution_of_double.py",
            "@SECRETS@": str(self.secrets),
            "@OUT@": str(self.out),
            "@UNIX@": f"{self.secrets}/socket",
            "@PORT@": str(self.port),
            "@PID@": str(os.getpid()),
            "@NULL@": "\0",
        }
        for name, place in places.items():
            text = text.replace(name, place)
        return text

    def traces(self) -> list[str]:
        """What an attack has left, anywhere that it could have."""
        shared = [str(path) for path in Path("/dev/shm").glob("*breach*")]
        segments = [line for line in Path("/proc/sysvipc/shm").read_text().splitlines() if " 1048576 " in line]
        return [str(path) for path in self.out.iterdir()] + shared + segments + self.visitors


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A folder that anyone may read, one that anyone may write, and two servers that listen."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
        os.chmod(folder, 0o755)
        secrets, out = Path(folder, "solutions"), Path(folder, "out")
        secrets.mkdir(mode=0o755)
        out.mkdir()
        out.chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
        (secrets / "solution_of_double.py").write_text(f"SECRET = {SECRET!r}\n")
        (secrets / "link").symlink_to(secrets / "solution_of_double.py")
        os.mkfifo(secrets / "fifo")
        tcp.bind(("127.0.0.1", 0))
        unix.bind(f"{secrets}/socket")
        os.chmod(secrets / "socket", 0o777)
        visitors: list[str] = []
        for server in (tcp, unix):
            server.listen()
            threading.Thread(target=_receive, args=(server, visitors), daemon=True).start()
        yield World(secrets, out, tcp.getsockname()[1], visitors)
        for server in (tcp, unix):
            server.shutdown(socket.SHUT_RDWR)


def _receive(server: socket.socket, visitors: list[str]) -> None:
    while True:
        try:
            connection, address = server.accept()
        except OSError:
            return
        connection.close()
        visitors.append(f"connection from {address}")


def outcomes(answer: Answer) -> set[str]:
    """Everything that may be said of an answer."""
    if isinstance(answer, Failed):
        return {answer.verdict.value, *(f"{answer.verdict.value} {name}" for name in answer.error)}
    return {"right" if answer.values == (RIGHT,) else "wrong"}


def allowed(attack: Path) -> set[str]:
    """The first line of an attack."""
    marker, _, line = attack.read_text(encoding="utf-8").partition("\n")[0].partition(": ")
    assert marker == "# outcome"
    return set(line.split(" | "))


def undergo(sandbox: Sandbox, world: World, attack: Path) -> None:
    """One attack, what came of it, and whether anything is different now."""
    limits, began = sandbox.limits.but(HURRIED if "timed_out" in allowed(attack) else PATIENT), time.monotonic()
    with sandbox.submission({"attack": world.source(attack)}, limits) as submission:
        (answer,) = submission.ask("attack", [QUESTION])
    seconds = time.monotonic() - began
    assert outcomes(answer) & allowed(attack), answer
    assert "BREACH" not in repr(answer)
    assert seconds < STOPPED_IN
    assert eventually(lambda: not students_processes(sandbox)), "a process is left"
    with sandbox.submission({"honest": HONEST}, sandbox.limits.but(PATIENT)) as submission:
        (answer,) = submission.ask("honest", [QUESTION])
    assert answer == Returned((RIGHT,))
    assert world.traces() == []
