"""How children are started, seen from the parent.

`Zygotes` is for Linux: a process that has torch imported forks them in milliseconds and locks them down. `Processes` is
for everywhere else: each child is an interpreter of its own that imports torch first, and nothing holds it but
deadlines. Either gives a `Child`: the parent's end of a line, a way to end it, and how it ended.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from grader.errors import SandboxError
from grader.sandbox.limits import Limits

PACKET = 1 << 16
REAP_SECONDS = 10.0
# Run with `-c`: the folder that holds `grader` may hold a course's solutions, so it does not stay on the path.
BOOT = """
import sys
here, name, libraries = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1).splitlines()
sys.path.insert(0, here)
from importlib import import_module
main = import_module(name).main
sys.path.remove(here)
sys.path += [each for each in libraries if each not in sys.path]
main()
"""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: its exit code, or minus a signal's number; what it used beyond what torch takes.

    killed: it was alive and had to be killed. Without a status nothing is known.
    """

    status: int | None = None
    killed: bool = False
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0


class Child(Protocol):
    """A process in which student code may run, at the other end of `line`."""

    @property
    def line(self) -> socket.socket: ...

    def end(self, patience: float) -> Ending:
        """Kills it, unless it dies within `patience` seconds, and says how it ended."""


class Children(Protocol):
    """A way to start children."""

    @property
    def layers(self) -> tuple[str, ...]: ...

    def start(self, limits: Limits) -> Child: ...

    def close(self) -> None: ...


def libraries() -> list[str]:
    """The folders that torch and NumPy lie in, wherever this interpreter finds them."""
    found = []
    for name in ("torch", "numpy"):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SandboxError(f"{name} is not installed for {sys.executable}: pip install {name}")
        found.append(str(Path(spec.origin).parent.parent))
    return list(dict.fromkeys(found))


def environment(trust: bool) -> dict[str, str]:
    """A clean environment: one thread, the same hashes in every run, nothing of the grader's.

    torch makes its cache folder when it is imported ahead; one that is there already is not made.
    """
    threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    clean = dict.fromkeys(threads, "1") | {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    needed = ("SYSTEMROOT", "PATH", "TEMP", "TMP") if sys.platform == "win32" else ()
    wanted = ("LD_LIBRARY_PATH", "HOME", "CUDA_VISIBLE_DEVICES") if trust else ("LD_LIBRARY_PATH",)
    if not trust:
        clean |= {"HOME": "/nonexistent", "CUDA_VISIBLE_DEVICES": "", "TORCHINDUCTOR_CACHE_DIR": "/tmp"}
    return clean | {name: os.environ[name] for name in (*needed, *wanted) if name in os.environ}


def spawn(module: str, arguments: list[str], trust: bool, **options: Any) -> subprocess.Popen[bytes]:
    """A Python process that runs `module.main()` and inherits nothing that is not named."""
    here = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-s", "-P", "-c", BOOT, here, module, "\n".join(libraries()), *arguments]
    usual = {"stdout": subprocess.DEVNULL, "start_new_session": True, "cwd": os.path.abspath(os.sep)}
    everything: dict[str, Any] = {**usual, **options, "env": environment(trust)}
    process: subprocess.Popen[bytes] = subprocess.Popen(command, **everything)
    return process


class Zygotes:
    """Children forked from a zygote; a dead zygote is replaced."""

    def __init__(self, trust: bool, preload: bool, start_seconds: float, without: Collection[str] = ()) -> None:
        options = {"trust": trust, "preload": preload, "without": list(without), "libraries": libraries()}
        self._options, self._start_seconds = options, start_seconds
        self._zygote = _Zygote(options, start_seconds)
        self._lock = threading.Lock()

    @property
    def layers(self) -> tuple[str, ...]:
        return self._zygote.layers()

    def start(self, limits: Limits) -> Child:
        """Forks a child, from a new zygote if the old one is dead."""
        with self._lock:
            try:
                return self._zygote.fork(limits)
            except (OSError, EOFError):
                self._zygote.close()
                self._zygote = _Zygote(self._options, self._start_seconds)
        try:
            return self._zygote.fork(limits)
        except (OSError, EOFError) as error:
            raise SandboxError(f"no child process can be started here: {error}") from None

    def close(self) -> None:
        self._zygote.close()


class _Zygote:
    """One zygote process and the control socket to it; may be used by several threads."""

    def __init__(self, options: Mapping[str, Any], start_seconds: float) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(start_seconds)
        self._lock = threading.Lock()
        self._layers: tuple[str, ...] = ()
        with theirs:
            number = theirs.fileno()
            arguments = [str(number), json.dumps(options)]
            self._process = spawn(
                "grader.sandbox.zygote", arguments, options["trust"],
                pass_fds=[number], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip

    def layers(self) -> tuple[str, ...]:
        """Waits until the zygote is ready. Raises `SandboxError` where it says that it cannot be."""
        with self._lock:
            if not self._layers:
                try:
                    ready, _ = self._receive()
                except (OSError, EOFError) as error:
                    raise SandboxError(f"the sandbox did not start: {self._last_words() or error}") from None
                if "error" in ready:
                    raise SandboxError(ready["error"])
                self._layers = tuple(ready["layers"])
            return self._layers

    def fork(self, limits: Limits) -> _Forked:
        """A child, locked down or about to be."""
        self.layers()
        ours, theirs = socket.socketpair()
        try:
            with self._lock, theirs:
                socket.send_fds(self._control, [json.dumps({"fork": asdict(limits)}).encode()], [theirs.fileno()])
                answer, descriptors = self._receive()
        except (OSError, EOFError):
            ours.close()
            raise
        return _Forked(ours, self, answer["pid"], descriptors[0])

    def reap(self, pid: int) -> Ending:
        """How a child that is dead ended; nothing is known of it where the zygote died too."""
        try:
            with self._lock:
                self._control.send(json.dumps({"reap": pid}).encode())
                answer, _ = self._receive()
        except (OSError, EOFError):
            return Ending()
        return Ending(answer["status"], cpu_seconds=answer["cpu"], memory_mb=answer["mb"])

    def close(self) -> None:
        """The end of its control socket ends the zygote."""
        self._control.close()
        try:
            self._process.wait(REAP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET, 1)
        if not packet:
            raise EOFError("the process that forks children has died")
        return json.loads(packet), descriptors

    def _last_words(self) -> str:
        self._process.kill()
        text = self._process.stderr.read().decode(errors="replace").strip() if self._process.stderr else ""
        return text.splitlines()[-1] if text else ""


@dataclass(frozen=True, slots=True)
class _Forked:
    """A zygote's child. The pidfd names this process and no later one that gets its number."""

    line: socket.socket
    zygote: _Zygote
    pid: int
    pidfd: int

    def end(self, patience: float) -> Ending:
        waiting = select.poll()
        waiting.register(self.pidfd, select.POLLIN)
        by_itself = bool(waiting.poll(patience * 1000))
        self.line.close()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        dead = waiting.poll(REAP_SECONDS * 1000)
        os.close(self.pidfd)
        return replace(self.zygote.reap(self.pid), killed=not by_itself) if dead else Ending(killed=True)


class Processes:
    """Children that are interpreters of their own."""

    layers: tuple[str, ...] = ("process", "deadlines")

    def start(self, limits: Limits) -> Child:
        """A new interpreter; its import of torch counts as starting, not as the student's time."""
        ours, theirs = socket.socketpair()
        settings = json.dumps(asdict(limits))
        with theirs:
            if sys.platform == "win32":
                return _Process(ours, _started_on_windows(theirs, settings))
            number = theirs.fileno()
            arguments = [settings, str(number)]
            process = spawn(
                "grader.sandbox.child", arguments, True,
                pass_fds=[number], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        return _Process(ours, process)

    def close(self) -> None:
        pass


def _started_on_windows(theirs: socket.socket, settings: str) -> subprocess.Popen[bytes]:
    """Windows hands a socket to a process by a token that only this process can use."""
    options = {"stdin": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = spawn("grader.sandbox.child", [settings], True, **options)
    assert process.stdin is not None
    with process.stdin as pipe:
        pipe.write(theirs.share(process.pid))  # type: ignore[attr-defined]
    return process


@dataclass(frozen=True, slots=True)
class _Process:
    """A child without a zygote."""

    line: socket.socket
    process: subprocess.Popen[bytes]

    def end(self, patience: float) -> Ending:
        by_itself = True
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            by_itself = False
        self.line.close()
        self.process.kill()
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return Ending(self.process.wait(), killed=not by_itself)
