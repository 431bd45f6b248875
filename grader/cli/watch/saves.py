"""Which files of a folder were saved: by events of the system, and by looking now and then where none arrive."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType

STEP_MS, PAUSE_MS = 5, 40
"""How long watchfiles collects: a rename that saves is several events, some milliseconds apart."""
Stamp = tuple[int, int] | None


class Saves:
    """Watches some files of a folder, from another thread. As a context, it stops at the end.

    A network drive, or Windows' files seen from WSL, sends no events; so whoever asks looks at the files, too.
    """

    def __init__(self, folder: Path, names: Collection[str]) -> None:
        self._folder, self._names = folder, frozenset(names)
        self._seen: Mapping[str, Stamp] = self._stamps()
        self.happened = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Saves:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()

    def changed(self) -> frozenset[str]:
        """The names of the files that are others than when this was asked last."""
        self.happened.clear()
        before, self._seen = self._seen, self._stamps()
        return frozenset(name for name in self._names if before[name] != self._seen[name])

    def _stamps(self) -> Mapping[str, Stamp]:
        return {name: _stamp(self._folder / name) for name in self._names}

    def _watch(self) -> None:
        from watchfiles import watch  # only here: it costs a cold start a tenth of a second

        ours = watch(
            self._folder,
            watch_filter=lambda _, path: Path(path).name in self._names,
            recursive=False,
            step=STEP_MS,
            debounce=PAUSE_MS,
            stop_event=self._stop,
            raise_interrupt=False,
        )
        for _ in ours:
            self.happened.set()


def _stamp(path: Path) -> Stamp:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size
