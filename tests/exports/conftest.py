"""A class that was graded once, for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gradebook.classroom import HALF_DONE, RIGHT, hand_in, run, write_course

SEED = 20261121


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def graded(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `d2l-grade run` has written."""
    place = tmp_path_factory.mktemp("class")
    hand_in(place / "in", "ada", RIGHT)
    hand_in(place / "in", "=cmd(), Bob", HALF_DONE)
    (place / "in" / "eve").mkdir()
    run(place / "in", place / "grades", course, "--jobs", "1", "--seed", str(SEED))
    return place / "grades"
