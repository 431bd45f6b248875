"""What a course folder keeps to itself: the secret seed, chosen once, and the keys made with it.

nbgrader copies `source/` to students and nothing else, so the vault lies beside it. Late submissions and regrades use
the same seed, and so the same questions.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey
from grader.model.keys.key_file import load_key, save_privately
from grader.model.keys.seeds import secret_seed

FOLDER = ".d2l-grader"


def seed_of(root: Path) -> int:
    """The course's secret seed; chosen now if it has none."""
    file = root / FOLDER / "seed"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(file, f"{secret_seed()}\n".encode())
    try:
        return int(file.read_text(encoding="ascii"))
    except ValueError:
        raise UsageError(f"{file} holds no seed. Restore it from a copy, or remove it to choose another.") from None


def known_seed(root: Path) -> int | None:
    """The seed of a folder that has been made a course, None of any other."""
    return seed_of(root) if (root / FOLDER / "seed").is_file() else None


def save_class_key(root: Path, key: AnswerKey) -> None:
    """Keeps the key that submissions are graded with, one file a topic."""
    for topic in key.topics:
        path = _path(root, topic)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_privately(key.of_topics((topic,)), path)


def class_key(root: Path, topic: str) -> AnswerKey:
    """The key of a topic. Raises `UsageError` where there is none, `KeyFileError` where it cannot be read."""
    path, repair = _path(root, topic), f"d2l-grade nbgrader init {root} --topics {topic}."
    if not path.is_file():
        raise UsageError(f"{path} is missing. Make it: {repair}")
    return _loaded(path, path.stat().st_mtime_ns, f"Make it anew, with the same seed: {repair}")


def _path(root: Path, topic: str) -> Path:
    return root / FOLDER / f"{topic}.key"


@cache
def _loaded(path: Path, changed: int, repair: str) -> AnswerKey:
    return load_key(path, repair)


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
