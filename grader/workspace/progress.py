"""What was tried and solved in a working folder: one small file, which can be carried to another machine.

Nothing depends on it: without the file everything is as at the beginning, and a file that cannot be read is set aside.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.model.result import ExerciseResult, Verdict

FILE = "d2l-progress.json"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Tried:
    """What is remembered of one exercise.

    digest: of the code that was checked last. tries: how many versions of it were checked, until one passed. points: of
    the last one. solved: when one passed for the first time, in ISO 8601. hints: how many steps of hints were asked for
    with this code.
    """

    digest: str = ""
    tries: int = 0
    points: float = 0.0
    passed: bool = False
    solved: str = ""
    hints: int = 0


@dataclass(frozen=True)
class FolderProgress:
    """Everything that is remembered, by the exercise's id."""

    exercises: Mapping[str, Tried] = field(default_factory=dict)

    def of(self, id: str) -> Tried:
        """What is remembered of an exercise; of one that was never tried, nothing."""
        return self.exercises.get(id, Tried())

    def with_results(self, results: Iterable[tuple[ExerciseResult, str]], now: datetime) -> FolderProgress:
        """Takes results in, each with the digest of the code that was checked.

        What is not written is no try, and neither is what stands in a file that cannot be run.
        """
        known = dict(self.exercises)
        for result, digest in results:
            if result.verdict not in (Verdict.MISSING, Verdict.NOT_GRADED) and not result.cannot_run:
                known[result.id] = _tried(known.get(result.id, Tried()), result, digest, now)
        return FolderProgress(known)

    def with_hints(self, id: str, hints: int, digest: str) -> FolderProgress:
        """Remembers how many steps of hints were asked for with the code of this digest."""
        return FolderProgress({**self.exercises, id: replace(self.of(id), digest=digest, hints=hints)})

    def without(self, id: str) -> FolderProgress:
        """Forgets that an exercise is solved, and its hints; how often it was tried stays."""
        if id not in self.exercises:
            return self
        return FolderProgress({**self.exercises, id: Tried(tries=self.of(id).tries)})


def _tried(known: Tried, result: ExerciseResult, digest: str, now: datetime) -> Tried:
    is_new = digest != known.digest
    return Tried(
        digest=digest,
        tries=known.tries + (is_new and not known.solved),
        points=result.points,
        passed=result.passed,
        solved=known.solved or (now.isoformat(timespec="seconds") if result.passed else ""),
        hints=0 if is_new else known.hints,
    )


def read_progress(folder: Path) -> FolderProgress:
    """What is remembered in a folder. A file that is none is set aside, as `d2l-progress.json.unreadable`."""
    path = folder / FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return FolderProgress({str(id): _read(node) for id, node in document["exercises"].items()})
    except FileNotFoundError:
        return FolderProgress()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        _set_aside(path)
        return FolderProgress()


def _set_aside(path: Path) -> None:
    try:
        path.replace(path.with_name(f"{path.name}.unreadable"))
    except OSError:
        return


def _read(node: Any) -> Tried:
    kinds = {"digest": str, "tries": int, "points": float, "passed": bool, "solved": str, "hints": int}
    known = {name: node[name] for name in kinds if name in node}
    if "points" in known:
        known["points"] = float(known["points"])
    if any(type(value) is not kinds[name] for name, value in known.items()):
        raise TypeError("not as it was written")
    return Tried(**known)


def write_progress(folder: Path, progress: FolderProgress) -> bool:
    """Writes the file, all of it or nothing. Whether it could be written: a folder may be read-only."""
    path = folder / FILE
    document = {"schema": SCHEMA, "exercises": {id: asdict(tried) for id, tried in progress.exercises.items()}}
    unfinished = path.with_name(f".{FILE}.{os.getpid()}")
    try:
        unfinished.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(path)
    except OSError:
        return False
    return True
