"""Children forked from a zygote (Linux), seen from the parent."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, TypeVar

from grader.model.errors import NoIsolationError, SandboxError
from grader.model.limits import Limits
from grader.sandbox.clock import Clock, deadlines_here
from grader.sandbox.gpu.cards import Card
from grader.sandbox.processes import REAP_SECONDS, Ending, libraries, spawn
from grader.sandbox.procfs import numbers
from grader.sandbox.protocol.missing_resource import want_of
from grader.sandbox.shortage import killed, shortage

PACKET = 1 << 16
LULL = 0.01
PAUSES = (0.1, 0.5, 1.5, 4.0)  # before what failed is tried again: a neighbour may leave, or be ended, meanwhile

KILLED = "the process that forks children was killed"

T = TypeVar("T")


class Zygotes:
    """Children forked from a zygote; a dead zygote is replaced, and what is short is waited for a little."""

    alone = None

    def __init__(
        self,
        trust: bool,
        preload: bool,
        start_seconds: float,
        without: Collection[str] = (),
        card: Card | None = None,
        compiler: bool = False,
    ) -> None:
        compiler = compiler or card is not None  # its guard knows the memory of one kind of child
        options = {"trust": trust, "preload": preload, "compiler": compiler, "without": list(without)}
        options |= {"libraries": libraries(), "card": asdict(card) if card else None}
        self._new = partial(_ZygoteProcess, options, start_seconds)
        self._zygote: _ZygoteProcess | None = None
        with contextlib.suppress(OSError):  # it is tried again when it is needed
            self._zygote = self._new()
        self._lock = threading.Lock()
        self._is_enough = compiler or (trust and not preload)
        self._second: Zygotes | None = None
        self._new_with_compiler = partial(Zygotes, trust, preload, start_seconds, without, card, compiler=True)

    @property
    def with_compiler(self) -> Zygotes:
        """A second zygote, started when it is first asked for; the same one where late imports are nobody's time."""
        if self._is_enough:
            return self
        with self._lock:
            self._second = self._second or self._new_with_compiler()
            return self._second

    @property
    def layers(self) -> tuple[str, ...]:
        return (*self._of_a_living_one(_ZygoteProcess.layers), deadlines_here())

    def start(self, limits: Limits) -> Forked:
        """Forks a child, from a new zygote if the old one is dead."""
        return self._of_a_living_one(lambda zygote: zygote.fork(limits))

    def close(self) -> None:
        if self._zygote:
            self._zygote.close()
        self._zygote = None
        if self._second:
            self._second.close()

    def _of_a_living_one(self, wanted: Callable[[_ZygoteProcess], T]) -> T:
        """What is wanted of a zygote. Raises `ShortageError` where none can live, or can fork."""
        with self._lock:
            for pause in (0.0, *PAUSES):
                time.sleep(pause)
                try:
                    self._zygote = self._zygote or self._new()
                    return wanted(self._zygote)
                except (OSError, EOFError) as error:
                    reason, want = getattr(error, "strerror", None) or str(error), want_of(error)
                    if want:
                        continue  # it lives, and had nothing to fork with
                    if self._zygote and isinstance(error, ConnectionError):
                        reason = self._zygote.epitaph()
                    self.close()
            raise shortage(reason, want or errno.ENOMEM * reason.startswith(KILLED))


class _ZygoteProcess:
    """One zygote process and the control socket to it; may be used by several threads."""

    def __init__(self, options: Mapping[str, Any], start_seconds: float) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(start_seconds)
        self._lock = threading.Lock()
        self._layers: tuple[str, ...] = ()
        self._believes = bool(options["trust"]) and not options["preload"]  # what is preloaded is not imported late
        self.base = 0
        with theirs:
            number = theirs.fileno()
            arguments = [str(number), json.dumps(options)]
            self._process = spawn(
                "grader.sandbox.child.zygote", arguments, options["trust"], bool(options["card"]),
                pass_fds=[number], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip

    def layers(self) -> tuple[str, ...]:
        """Waits until it is ready. Raises `SandboxError` where it says that it cannot be, `EOFError` where it dies."""
        with self._lock:
            if not self._layers:
                try:
                    ready, _ = self._receive()
                except TimeoutError:
                    raise SandboxError(f"torch was not imported within {self._control.gettimeout():g} s") from None
                except (OSError, EOFError) as error:
                    raise EOFError(self._last_words() or str(error)) from None
                if "error" in ready:
                    raise _refusal(ready)
                self._layers, self.base = tuple(ready["layers"]), ready["base"]
            return self._layers

    def fork(self, limits: Limits) -> Forked:
        """A child, locked down or about to be."""
        self.layers()
        ours, theirs = socket.socketpair()
        try:
            with self._lock, theirs:
                socket.send_fds(self._control, [json.dumps({"fork": asdict(limits)}).encode()], [theirs.fileno()])
                answer, descriptors = self._receive()
            if "error" in answer:
                raise _refusal(answer)
            if not descriptors:  # the child ends with its line
                ours.close()
                self.reap(answer["pid"])
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        except BaseException:
            ours.close()
            raise
        clock = Clock.of(_number(descriptors[0]))
        return Forked(ours, self, answer["pid"], descriptors[0], clock, self._believes)

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
            raise EOFError(self.epitaph())
        return json.loads(packet), descriptors

    def epitaph(self) -> str:
        """What ended it. The packets end before the process does."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if killed(self._process.wait(REAP_SECONDS)):
                return f"{KILLED}, by the system for want of memory or by somebody"
        return "the process that forks children has died"

    def _last_words(self) -> str:
        if killed(self._process.poll()):
            return self.epitaph()
        self._process.kill()
        text = self._process.stderr.read().decode(errors="replace").strip() if self._process.stderr else ""
        return text.splitlines()[-1] if text else ""


def _refusal(said: Mapping[str, Any]) -> Exception:
    """Why a zygote, or a child of it, cannot be had, as it says."""
    if said.get("want"):
        return OSError(said["want"], said["error"])
    return (NoIsolationError if said.get("layer") else SandboxError)(said["error"])


@dataclass(frozen=True, slots=True)
class Forked:
    """A zygote's child. The pidfd names this process and no later one that gets its number."""

    line: socket.socket
    zygote: _ZygoteProcess
    pid: int
    pidfd: int
    clock: Clock
    is_believed: bool = False

    def number(self) -> int:
        """Gives the child's process number in this process's namespace."""
        return _number(self.pidfd)

    def memory_mb(self) -> float | None:
        """The most address space, which is what is limited."""
        try:
            return (numbers(f"/proc/{self.number()}/status")["VmPeak"] - self.zygote.base / 1024) / 1024
        except (OSError, LookupError, ValueError):
            return None

    def end(self, patience: float) -> Ending:
        waiting = select.poll()
        waiting.register(self.pidfd, select.POLLIN)
        by_itself = self._dies(waiting, patience)
        self.line.close()
        self.clock.close()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        dead = waiting.poll(REAP_SECONDS * 1000)
        os.close(self.pidfd)
        return replace(self.zygote.reap(self.pid), killed=not by_itself) if dead else Ending(killed=True)

    def _dies(self, waiting: select.poll, patience: float) -> bool:
        """Whether it dies by itself within so many seconds of its clock."""
        start = self.clock.read()
        left = patience
        while not waiting.poll(max(0.0, left) * 1000):
            now = self.clock.read()
            left = patience - (now.counted - start.counted)
            if left <= 0 or now.wall - start.wall > REAP_SECONDS:
                return False
            left = max(left, LULL)
        return True


def _number(pidfd: int) -> int:
    """A process's number in this process's namespace, which the pidfd knows."""
    return numbers(f"/proc/self/fdinfo/{pidfd}")["Pid"]
