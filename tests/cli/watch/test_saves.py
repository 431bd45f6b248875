"""Saves are seen however an editor saves, and where the system sends no events."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.cli.watch.saves import Saves
from tests.helpers.processes import eventually

NAMES = ("a.py", "b.py")


def written(path: Path) -> None:
    path.write_text("another text")


def renamed(path: Path) -> None:
    beside = path.with_suffix(".tmp")
    beside.write_text("another text")
    os.replace(beside, path)


def moved_away(path: Path) -> None:
    path.rename(path.with_suffix(".bak"))
    path.write_text("another text")


def deleted(path: Path) -> None:
    path.unlink()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).write_text("text")
    return tmp_path


@pytest.mark.parametrize("save", [written, renamed, moved_away, deleted])
def test_every_way_to_save_is_seen(folder: Path, save: Callable[[Path], None]) -> None:
    """By looking alone, as on a network drive: which files are others now, once."""
    saves = Saves(folder, NAMES)
    assert saves.changed() == frozenset()
    save(folder / "a.py")
    assert saves.changed() == {"a.py"}
    assert saves.changed() == frozenset()


def test_other_files_are_none_of_ours(folder: Path) -> None:
    """Whatever else is saved beside them."""
    saves = Saves(folder, NAMES)
    (folder / "c.py").write_text("text")
    assert saves.changed() == frozenset()


def test_a_file_that_comes_back_is_seen(folder: Path) -> None:
    """One that was not there at first, too."""
    (folder / "b.py").unlink()
    saves = Saves(folder, NAMES)
    (folder / "b.py").write_text("text")
    assert saves.changed() == {"b.py"}


def test_the_system_tells_of_a_save(folder: Path) -> None:
    """By an event, so that nobody waits for the next look; and the thread ends with the context."""
    with Saves(folder, NAMES) as saves:
        assert eventually(lambda: _save(folder) or saves.happened.wait(0.2))
        assert saves.changed() == {"a.py"}


def _save(folder: Path) -> None:
    (folder / "a.py").write_text(os.urandom(4).hex())
