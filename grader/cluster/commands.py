"""Dask's own commands for a worker and a scheduler, with our settings; and a worker that is always there again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from grader.cluster.address import Address, Certificates
from grader.cluster.settings import YAML

if sys.platform.startswith("linux"):
    from grader.sandbox.isolation import syscalls

NO_BROWSERS = ("--dashboard-address", "127.0.0.1:0", "--no-dashboard")
PLUGIN = "grader.cluster.plugin"  # imported at the start: later it would hold up the event loop
PATIENCE = 60  # seconds that a worker looks for its scheduler before it starts afresh
PAUSES = (1.0, 2.0, 5.0, 10.0)  # before a worker that has ended is started again; the last for ever
SOUND = 60.0  # seconds after which a worker that ends was not in vain


def worker_command(url: str, certificates: Certificates | None, jobs: int, name: str, scratch: Path) -> list[str]:
    """The command of `jobs` workers, each of them a process with one thread below a nanny."""
    return [
        sys.executable, "-m", "distributed.cli.dask_worker", url, "--nworkers", str(jobs), "--nthreads", "1",
        "--memory-limit", "0", "--name", name, "--local-directory", str(scratch), "--death-timeout", str(PATIENCE),
        *NO_BROWSERS, "--preload", PLUGIN, *(certificates.options if certificates else ()),
    ]  # fmt: skip


def scheduler_command(host: str, port: int, certificates: Certificates | None) -> list[str]:
    """The command of a scheduler that listens there."""
    protocol = "tls" if certificates else "tcp"
    return [
        sys.executable, "-m", "distributed.cli.dask_scheduler", "--protocol", protocol, "--host", host, "--port",
        str(port), *NO_BROWSERS, *(certificates.options if certificates else ()),
    ]  # fmt: skip


def dask_environment(encrypted: bool, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment in which Dask's commands find our settings."""
    return {**base, "DASK_CONFIG": str(YAML), "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": str(encrypted)}


def default_name() -> str:
    """What workers of this command are called: two commands on one machine must differ."""
    return f"{socket.gethostname()}-{os.getpid()}"


def keep_running(command: Sequence[str], address: Address, tell: Callable[[str], None]) -> None:
    """Runs a worker, and starts it again whenever it ends, until this process is asked to end.

    Dask's workers end when their scheduler does, so that a machine of others is not kept for nothing.
    """
    stopping: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.append(number)
        if process and process.poll() is None:
            process.terminate()

    process: subprocess.Popen[bytes] | None = None
    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, stop)
    failures = 0
    while not stopping:
        started = time.monotonic()
        process = subprocess.Popen(
            command, env=dask_environment(address.encrypted), start_new_session=True, preexec_fn=_end_with_parent
        )
        code = process.wait()
        if stopping:
            return
        failures = 0 if time.monotonic() - started > SOUND else failures + 1
        pause = PAUSES[min(failures, len(PAUSES) - 1)]
        tell(f"The worker has ended (exit code {code}); its scheduler may have. It is started again in {pause:.0f} s.")
        end = time.monotonic() + pause
        while not stopping and time.monotonic() < end:
            time.sleep(0.1)


def _end_with_parent() -> None:
    """In the worker, before it is one: it ends when this process is killed."""
    if sys.platform.startswith("linux"):
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGTERM)
