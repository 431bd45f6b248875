"""Whether every collection finds the same tests: `python -m tests.collected`.

The workers of pytest-xdist each collect the tests, and the run ends where two of them differ. So the tests are
collected twice, as unlike as two workers ever are and more: another hash seed, another time of day, another folder for
temporary files, and folders listed the other way round.

This module is also the plugin that makes the second collection unlike the first and writes down what was found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FOUND, UNLIKE = "D2L_GRADER_FOUND", "D2L_GRADER_UNLIKE"
A_DAY_AND_A_SECOND = 86_401


def pytest_configure() -> None:
    """Lets this process see another time of day, and folders the other way round, if it is the second one."""
    if UNLIKE in os.environ:
        now, now_ns, listdir, scandir = time.time, time.time_ns, os.listdir, os.scandir
        time.time = lambda: now() + A_DAY_AND_A_SECOND
        time.time_ns = lambda: now_ns() + A_DAY_AND_A_SECOND * 10**9
        os.listdir = lambda *where: listdir(*where)[::-1]
        os.scandir = lambda *where: _Backwards(scandir(*where))  # type: ignore[assignment,misc]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Writes the ids of the tests down, in their order."""
    Path(os.environ[FOUND]).write_text(json.dumps([item.nodeid for item in session.items]), encoding="utf-8")


class _Backwards:
    """What `os.scandir` gives, from the last entry to the first."""

    def __init__(self, entries: Any) -> None:
        with entries:
            self._entries = iter(list(entries)[::-1])

    def __enter__(self) -> _Backwards:
        return self

    def __exit__(self, *exception: object) -> None: ...

    def __iter__(self) -> Iterator[os.DirEntry[str]]:
        return self._entries

    def __next__(self) -> os.DirEntry[str]:
        return next(self._entries)

    def close(self) -> None: ...


def collected_twice(*arguments: str) -> tuple[list[str], list[str]]:
    """The ids of the tests that two unlike processes collect. Exits where tests cannot be collected at all."""
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder, "first"), Path(folder, "second")]
        processes = [_collecting(place, number, arguments) for number, place in enumerate(places)]
        said = [process.communicate()[0] for process in processes]
        for process, output in zip(processes, said, strict=True):
            if process.returncode:
                sys.exit(f"The tests cannot be collected:\n{output}")
        first, second = (json.loads((place / "found").read_text(encoding="utf-8")) for place in places)
    return first, second


def _collecting(place: Path, number: int, arguments: Sequence[str]) -> subprocess.Popen[str]:
    """A process that collects; all but the first see a world that is unlike."""
    place.mkdir()
    unlike = {UNLIKE: "1"} if number else {}
    own = {"PYTHONHASHSEED": str(number + 1), "TMPDIR": str(place), FOUND: str(place / "found"), **unlike}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "tests.collected", *arguments]
    command += ["-p", "no:cacheprovider"]  # two processes would write to one place
    pipe, environment = subprocess.PIPE, {**os.environ, **own}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def differences(first: Sequence[str], second: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """The places where the lists are not the same."""
    return ((one, other) for one, other in zip_longest(first, second) if one != other)


def main() -> None:
    first, second = collected_twice(*sys.argv[1:])
    for one, other in differences(first, second):
        sys.exit(f"The tests differ from one collection to the next. One found\n  {one}\nand the other\n  {other}")
    print(f"{len(first):,} tests, the same in both collections.")


if __name__ == "__main__":
    main()
