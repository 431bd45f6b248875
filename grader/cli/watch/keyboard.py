"""Single keys from a terminal, without Enter. The terminal is left as it was, whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

CHUNK = 64


class Keyboard:
    """The keys of the terminal that stdin is; none where it is no terminal.

    Used as a context: keys come one by one inside, and line by line, with echo, before and after.
    """

    def __init__(self) -> None:
        self._terminal = _terminal()

    def __enter__(self) -> Keyboard:
        if self._terminal:
            self._terminal.single_keys()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal:
            self._terminal.as_before()

    def pressed(self, seconds: float) -> str:
        """A key that is pressed within so many seconds; empty where none is."""
        if self._terminal is None:
            return ""
        return self._terminal.pressed(seconds)

    @property
    def is_there(self) -> bool:
        return self._terminal is not None

    @contextmanager
    def lent(self) -> Iterator[None]:
        """The terminal as it was, for another program: an editor."""
        self.__exit__(None, None, None)
        try:
            yield
        finally:
            self.__enter__()


def _terminal() -> _Posix | _Windows | None:
    if not sys.stdin or not sys.stdin.isatty() or not sys.stdout.isatty():
        return None
    if sys.platform == "win32":
        return _Windows()
    return _Posix()


class _Posix:
    def __init__(self) -> None:
        self._file = sys.stdin.fileno()
        self._before: list[Any] | None = None

    def single_keys(self) -> None:
        import termios
        import tty

        self._before = termios.tcgetattr(self._file)
        tty.setcbreak(self._file)

    def as_before(self) -> None:
        import termios

        if self._before is not None:
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def pressed(self, seconds: float) -> str:
        import os
        import select

        ready, _, _ = select.select([self._file], [], [], seconds)
        if not ready:
            return ""
        text = os.read(self._file, CHUNK).decode(errors="replace")  # an arrow key is several bytes at once
        return text if len(text) == 1 else ""


class _Windows:
    """msvcrt tells whether a key waits, and cannot wait for one."""

    STEP = 0.02

    def single_keys(self) -> None:
        """Nothing to do: msvcrt reads keys as they are."""

    def as_before(self) -> None:
        """Nothing was changed."""

    def pressed(self, seconds: float) -> str:
        import time
        from importlib import import_module

        msvcrt: Any = import_module("msvcrt")
        end = time.monotonic() + seconds
        while not msvcrt.kbhit():
            if time.monotonic() >= end:
                return ""
            time.sleep(self.STEP)
        key: str = msvcrt.getwch()
        return key
