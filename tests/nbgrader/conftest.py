"""A course that one worker has made and generated; whoever writes to it works on a copy."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers import nbgrader_commands
from tests.helpers.folders import made_once
from tests.helpers.nbgrader_class import TOPIC, Classroom

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # see without/
pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install 'd2l-grader[classroom]'")


@pytest.fixture(scope="session", autouse=True)
def _commands() -> Iterator[None]:
    yield
    nbgrader_commands.end()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """The course as `d2l-grade nbgrader init` leaves it."""
    home = made_once(tmp_path_factory, "home", _make)
    return Classroom(home / "course", home)


@pytest.fixture(scope="session")
def generated(made: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """The course after `nbgrader generate_assignment`."""
    home = made_once(tmp_path_factory, "generated", lambda home: _generate(made, home))
    return Classroom(home / "course", home)


@pytest.fixture(scope="module")
def copy_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Classroom], Classroom]:
    """Copies a course, so that a test may do with it what it likes."""
    return lambda classroom: _copy(classroom, tmp_path_factory.mktemp("copy"))


def _make(home: Path) -> None:
    _exchange(home)
    Classroom(home / "course", home).init()


def _generate(made: Classroom, home: Path) -> None:
    _copy(made, home).nbgrader("generate_assignment", TOPIC)


def _exchange(home: Path) -> None:
    (home / "exchange").mkdir(mode=0o777)
    (home / "exchange").chmod(0o777)


def _copy(classroom: Classroom, home: Path) -> Classroom:
    _exchange(home)
    shutil.copytree(classroom.root, home / "course")
    return Classroom(home / "course", home)
