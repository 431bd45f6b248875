"""Children that are interpreters of their own, for systems that cannot fork from a zygote."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from grader.model.errors import SandboxError
from grader.model.limits import Limits
from grader.sandbox.clock import FAIR, Clock
from grader.sandbox.processes import Child, Ending, spawn

TOKEN_BYTES = 32


class Processes:
    """Each child calls back, since not every system hands a socket down; a token tells that it is the child.

    warm: the next child is started ahead, and imports ahead what torch imports late.
    """

    layers: tuple[str, ...] = ("process", FAIR)
    alone = None

    def __init__(self, warm: bool = False) -> None:
        self._warm = warm
        self._spare: _Starting | None = None

    @property
    def with_compiler(self) -> Processes:
        return self  # what a child says of its late imports is believed here, and they are nobody's time

    def start(self, limits: Limits) -> Child:
        """A new interpreter; its import of torch counts as starting, not as the student's time."""
        starting = self._spare_with(limits) or _Starting.of(limits, self._warm)
        self._spare = None
        child = starting.ready()
        if self._warm:
            self._spare = _Starting.of(limits, self._warm)
        return child

    def _spare_with(self, limits: Limits) -> _Starting | None:
        """The child that was started ahead, if it has these limits and has not died meanwhile."""
        spare = self._spare
        if spare is None or (spare.limits == limits and spare.process.poll() is None):
            return spare
        spare.give_up()
        return None

    def close(self) -> None:
        if self._spare is not None:
            self._spare.give_up()
            self._spare = None


@dataclass(frozen=True, slots=True)
class _Starting:
    """A child on its way: it will call this server, and say this token."""

    limits: Limits
    process: subprocess.Popen[bytes]
    server: socket.socket
    token: str

    @staticmethod
    def of(limits: Limits, preload: bool) -> _Starting:
        token = secrets.token_hex(TOKEN_BYTES)
        server = socket.create_server(("127.0.0.1", 0))
        arguments = [json.dumps(asdict(limits)), str(server.getsockname()[1]), str(int(preload))]
        nothing = subprocess.DEVNULL
        process = spawn("grader.sandbox.child.child", arguments, True, stdin=subprocess.PIPE, stderr=nothing)
        assert process.stdin is not None
        with contextlib.suppress(OSError), process.stdin as pipe:  # arguments can be read by anybody
            pipe.write(token.encode())
        return _Starting(limits, process, server, token)

    def ready(self) -> Child:
        """The child, once it has called."""
        with self.server:
            end = time.monotonic() + self.limits.start_seconds
            while self.process.poll() is None and time.monotonic() < end:
                if line := _caller(self.server, self.token):
                    return _SpawnedChild(line, self.process, Clock.of(self.process.pid))
        status = self.process.poll()
        self.give_up()
        raise SandboxError(f"no child process can be started here: {sys.executable} ended with {status}")

    def give_up(self) -> None:
        self.server.close()
        self.process.kill()
        self.process.wait()


def _caller(server: socket.socket, token: str) -> socket.socket | None:
    """Who has called, if they know the token."""
    server.settimeout(0.1)
    with contextlib.suppress(TimeoutError):
        line, _ = server.accept()
        line.settimeout(1.0)
        with contextlib.suppress(OSError):
            if secrets.compare_digest(line.recv(2 * TOKEN_BYTES), token.encode()):
                return line
        line.close()
    return None


@dataclass(frozen=True, slots=True)
class _SpawnedChild:
    """A child without a zygote."""

    line: socket.socket
    process: subprocess.Popen[bytes]
    clock: Clock
    is_believed: bool = True

    def memory_mb(self) -> float | None:
        return None

    def end(self, patience: float) -> Ending:
        by_itself = True
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            by_itself = False
        self.line.close()
        self.clock.close()
        self.process.kill()
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return Ending(self.process.wait(), killed=not by_itself)
