"""What a child that is believed says of itself, so that its clock is fair: see `clock`.

While it imports a part of torch, time does not count: torch imports much of itself when it is first used, and that
takes seconds. Where the system does not tell how long a process waits for a processor, the child says a few times a
second how long it has had one.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from grader.sandbox.protocol.messages import Pulse, encode_pulse

PERIOD = 0.25
Write = Callable[[bytes], None]


class Pulses:
    """Sends pulses between the other frames of a child. May be used by several threads."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._depth = 0

    def write(self, frame: bytes) -> None:
        """Sends a frame, whole."""
        with self._lock:
            self._write(frame)

    def watch_imports(self) -> None:
        """From now on, a part of torch that is imported is told of, when it begins and when it is there."""
        sys.meta_path.insert(0, self)

    def beat(self) -> None:
        """From now on, the child's processor time is told of, by a thread of its own; for the first time at once."""
        self._send()
        threading.Thread(target=self._beat, daemon=True, name="pulse").start()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Finds a part of torch as it is always found, and has its import told of."""
        if not name.startswith("torch."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def told(module: ModuleType) -> None:
            self._import(+1)
            try:
                run(module)
            finally:
                self._import(-1)

        with contextlib.suppress(AttributeError):  # a loader that takes no attribute: its time counts
            setattr(spec.loader, "exec_module", told)  # noqa: B010 (mypy allows no assignment to a method)
        return spec

    def _import(self, step: int) -> None:
        """One import more, or one less: those that are nested are told of once."""
        self._depth += step
        if self._depth == (step > 0):
            self._send()

    def _beat(self) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            while True:
                time.sleep(PERIOD)
                self._send()

    def _send(self) -> None:
        self.write(encode_pulse(Pulse(time.process_time(), self._depth > 0)))
