"""What the parent knows of a child, and how it starts a Python process that inherits nothing.

There are two ways to children. `forking` is for Linux: a process that has torch imported forks them in milliseconds
and locks them down. `spawning` is for everywhere else: each child is an interpreter of its own that imports torch
first, and nothing holds it but deadlines.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grader.model.errors import SandboxError
from grader.model.fact import CallEnd
from grader.model.limits import Limits
from grader.model.result import Verdict
from grader.sandbox.clock import Clock

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
class Excess:
    """Why a child on a card was killed. crowded: others shared it, so it is asked again alone before that counts."""

    verdict: Verdict
    end: CallEnd
    crowded: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: its exit code, or minus a signal's number; what it used beyond what torch takes.

    killed: it was alive and had to be killed. Without a status nothing is known.
    """

    status: int | None = None
    killed: bool = False
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    excess: Excess | None = None


class Child(Protocol):
    """A process in which student code may run, at the other end of `line`."""

    @property
    def line(self) -> socket.socket: ...

    @property
    def clock(self) -> Clock:
        """The clock that deadlines go by."""

    @property
    def is_believed(self) -> bool:
        """Whether its clock heeds what the child says of itself: one's own code, or code that is trusted."""

    def memory_mb(self) -> float | None:
        """The most that it has had beyond what torch itself takes; None where nobody can tell."""

    def end(self, patience: float) -> Ending:
        """Kills it, unless it dies within `patience` seconds, and says how it ended."""


class Children(Protocol):
    """A way to start children."""

    @property
    def layers(self) -> tuple[str, ...]: ...

    @property
    def alone(self) -> Children | None:
        """The same on the same card, each with the card to itself; None where they share none."""

    @property
    def with_compiler(self) -> Children:
        """The same for code that asks for torch's compiler, which they have imported ahead where that is worth it."""

    def start(self, limits: Limits) -> Child: ...

    def close(self) -> None: ...


def libraries() -> list[str]:
    """The folders that torch and NumPy lie in, wherever this interpreter finds them."""
    found = []
    for name in ("torch", "numpy"):
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:  # a stray torch.py would open its folder to students
            raise SandboxError(f"{name} is not installed for {sys.executable}: pip install {name}")
        found.append(str(Path(spec.submodule_search_locations[0]).parent))
    return list(dict.fromkeys(found))


def environment(trust: bool, card: bool = False) -> dict[str, str]:
    """A clean environment: one thread, the same hashes in every run, nothing of the grader's.

    torch makes its cache folder when it is imported ahead; one that is there already is not made. A process that forks
    children for a card sees none itself: CUDA does not survive a fork, so whoever looks for it must not start it.
    """
    threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    clean = dict.fromkeys(threads, "1") | {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    needed = ("SYSTEMROOT", "PATH", "TEMP", "TMP") if sys.platform == "win32" else ()
    wanted = ("LD_LIBRARY_PATH", "HOME", "CUDA_VISIBLE_DEVICES") if trust else ("LD_LIBRARY_PATH",)
    if not trust:
        clean |= {"HOME": "/nonexistent", "CUDA_VISIBLE_DEVICES": "", "TORCHINDUCTOR_CACHE_DIR": "/tmp"}
    clean |= {name: os.environ[name] for name in (*needed, *wanted) if name in os.environ}
    return clean | {"CUDA_VISIBLE_DEVICES": "", "PYTORCH_NVML_BASED_CUDA_CHECK": "1"} if card else clean


def end_with_parent() -> None:
    """This process, a worker of a pool, ends with the one that started it, which alone hears Ctrl-C.

    Where the kernel cannot promise it (macOS, Windows), a worker whose grader was killed finishes what it is at.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform.startswith("linux"):
        from grader.sandbox.isolation import syscalls

        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(
    module: str, arguments: list[str], trust: bool, card: bool = False, **options: Any
) -> subprocess.Popen[bytes]:
    """A Python process that runs `module.main()` and inherits nothing that is not named."""
    here = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-s", "-P", "-c", BOOT, here, module, "\n".join(libraries()), *arguments]
    usual = {"stdout": subprocess.DEVNULL, "start_new_session": True, "cwd": os.path.abspath(os.sep)}
    everything: dict[str, Any] = {**usual, **options, "env": environment(trust, card)}
    process: subprocess.Popen[bytes] = subprocess.Popen(command, **everything)
    return process
