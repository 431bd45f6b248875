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
    """Each child calls back, since not every system hands a socket down; a token tells that it is the child."""

    layers: tuple[str, ...] = ("process", FAIR)
    alone = None

    def start(self, limits: Limits) -> Child:
        """A new interpreter; its import of torch counts as starting, not as the student's time."""
        token = secrets.token_hex(TOKEN_BYTES)
        with socket.create_server(("127.0.0.1", 0)) as server:
            arguments = [json.dumps(asdict(limits)), str(server.getsockname()[1])]
            nothing = subprocess.DEVNULL
            process = spawn("grader.sandbox.child.child", arguments, True, stdin=subprocess.PIPE, stderr=nothing)
            assert process.stdin is not None
            with contextlib.suppress(OSError), process.stdin as pipe:  # arguments can be read by anybody
                pipe.write(token.encode())
            end = time.monotonic() + limits.start_seconds
            while process.poll() is None and time.monotonic() < end:
                if line := _caller(server, token):
                    return _SpawnedChild(line, process, Clock.of(process.pid))
        status = process.poll()
        process.kill()
        process.wait()
        raise SandboxError(f"no child process can be started here: {sys.executable} ended with {status}")

    def close(self) -> None:
        pass


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
