"""A course that has been made and generated once; each module works on a copy of it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nbgrader.classroom import TOPIC, Classroom

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # see without/
pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install 'd2l-grader[classroom]'")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """The course as `d2l-grade nbgrader init` leaves it."""
    home = tmp_path_factory.mktemp("home")
    (home / "exchange").mkdir(mode=0o777)
    (home / "exchange").chmod(0o777)
    classroom = Classroom(home / "course", home)
    classroom.init()
    return classroom


@pytest.fixture(scope="session")
def generated(made: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """The course after `nbgrader generate_assignment`."""
    classroom = _copy(made, tmp_path_factory.mktemp("generated"))
    classroom.nbgrader("generate_assignment", TOPIC)
    return classroom


@pytest.fixture(scope="module")
def copy_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Classroom], Classroom]:
    """Copies a course, so that a test may do with it what it likes."""
    return lambda classroom: _copy(classroom, tmp_path_factory.mktemp("copy"))


def _copy(classroom: Classroom, home: Path) -> Classroom:
    (home / "exchange").mkdir(mode=0o777)
    (home / "exchange").chmod(0o777)
    shutil.copytree(classroom.root, home / "course")
    return Classroom(home / "course", home)
