"""Schedulers and workers as people start them, in network namespaces of their own where that is asked for."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from grader.cluster.certificates import make_certificates
from tests.helpers.commands import GRADE
from tests.helpers.course import ROOT
from tests.helpers.processes import free_port

SUBNET = "10.213.77"
BRIDGE = "d2lbr"
HEAD = f"{SUBNET}.1"


def command(*arguments: str) -> list[str]:
    """`d2l-grade` in a process of its own."""
    return [sys.executable, "-c", GRADE, *arguments]


def environment(python_path: str = "") -> dict[str, str]:
    path = os.pathsep.join(filter(None, (python_path, str(ROOT))))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}


@dataclass
class Running:
    """A command that runs, with all that it has started; each is a session of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass
class Room:
    """A scheduler and its workers. hosts: whether each is in a network namespace of its own."""

    folder: Path
    hosts: bool = False
    port: int = field(default_factory=free_port)
    running: dict[str, Running] = field(default_factory=dict)

    @property
    def certificates(self) -> Path:
        return self.folder / "certificates"

    @property
    def url(self) -> str:
        return f"tls://{SUBNET}.10:{self.port}" if self.hosts else f"tls://127.0.0.1:{self.port}"

    @property
    def options(self) -> tuple[str, ...]:
        """Those of `d2l-grade run` and `d2l-grade worker`."""
        return "--certificates", str(self.certificates)

    def start_scheduler(self) -> Running:
        host = self.url.removeprefix("tls://").partition(":")[0]
        return self.start(
            "scheduler", 0, "cluster", "scheduler", "--host", host, "--port", str(self.port), *self.options
        )

    def start_worker(self, number: int, python_path: str = "", wrap: Sequence[str] = ()) -> Running:
        """Worker 1, 2 and so on, each a machine where there are hosts.

        python_path: a folder before all others. wrap: the command that runs the worker's.
        """
        name, scratch = f"worker{number}", self.folder / f"scratch{number}"
        given = ("worker", self.url, "--jobs", "1", "--name", name, "--scratch", str(scratch), *self.options)
        return self.start(name, number, *given, python_path=python_path, wrap=wrap)

    def start(self, name: str, number: int, *given: str, python_path: str = "", wrap: Sequence[str] = ()) -> Running:
        log = self.folder / f"{name}.log"
        inside = ["ip", "netns", "exec", f"d2l{number}"] if self.hosts else []
        with log.open("ab") as file:
            process = subprocess.Popen(
                [*inside, *wrap, *command(*given)], stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                env=environment(python_path), cwd=self.folder,
            )  # fmt: skip
        self.running[name] = Running(process, log)
        return self.running[name]


@contextmanager
def room(folder: Path, workers: int, hosts: bool = False) -> Iterator[Room]:
    """A scheduler and so many workers, numbered from 1; none of it is left."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if hosts:
            stack.enter_context(namespaces(workers + 1))
        made = Room(folder, hosts)
        if not made.certificates.exists():
            make_certificates(made.certificates)
        try:
            made.start_scheduler()
            for number in range(1, workers + 1):
                made.start_worker(number)
            yield made
        finally:
            for running in reversed(made.running.values()):
                running.stop()


def can_have_hosts() -> bool:
    """Whether this machine lets us make network namespaces with addresses in them."""
    return (
        os.geteuid() == 0
        and shutil.which("ip") is not None
        and _ip("link", "add", "d2ltry", "type", "bridge")
        and _ip("link", "del", "d2ltry")
    )


@contextmanager
def namespaces(count: int) -> Iterator[None]:
    """Network namespaces d2l0, d2l1 … with the addresses .10, .11 …, behind a bridge where the head has .1."""
    with suppress(AssertionError):
        _forget(count)
    try:
        _must("link", "add", BRIDGE, "type", "bridge")
        _must("addr", "add", f"{HEAD}/24", "dev", BRIDGE)
        _must("link", "set", BRIDGE, "up")
        for number in range(count):
            name, outside = f"d2l{number}", f"d2lv{number}"
            _must("netns", "add", name)
            _must("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name)
            _must("link", "set", outside, "master", BRIDGE, "up")
            for change in (
                ("addr", "add", f"{SUBNET}.{10 + number}/24", "dev", "eth0"),
                ("link", "set", "eth0", "up"),
                ("link", "set", "lo", "up"),
            ):
                _must("-n", name, *change)
        yield
    finally:
        _forget(count)


def _forget(count: int) -> None:
    for number in range(count):
        _ip("netns", "del", f"d2l{number}")
    _ip("link", "del", BRIDGE)


def _ip(*arguments: str) -> bool:
    return subprocess.run(["ip", *arguments], capture_output=True, check=False).returncode == 0


def _must(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


def until(true: object, seconds: float = 60.0) -> None:
    """Waits until a call gives something true."""
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "it has not come about"
        time.sleep(0.1)
