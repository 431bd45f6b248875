"""The oldest nbgrader that we support; every other test runs on the newest."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.nbgrader_class import POINTS, RIGHT, ROOT, TOPIC, Classroom, Grade, answered

pytestmark = pytest.mark.soak


@dataclass(frozen=True)
class OldClassroom(Classroom):
    """A classroom in which another nbgrader goes before the installed one."""

    libraries: Path = Path()

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PYTHONPATH": str(self.libraries)}

    def nbgrader(self, *arguments: str, cwd: Path | None = None, ok: bool = True) -> str:
        return self.run(sys.executable, "-m", "nbgrader", *arguments, cwd=cwd, ok=ok)


def oldest() -> str:
    """The version that pyproject.toml asks for."""
    found = re.search(r'"nbgrader>=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert found
    return found[1]


@pytest.fixture(scope="module")
def old(
    made: Classroom, copy_of: Callable[[Classroom], Classroom], tmp_path_factory: pytest.TempPathFactory
) -> Classroom:
    libraries = tmp_path_factory.mktemp("libraries")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--target",
        str(libraries),
        f"nbgrader=={oldest()}",
    ]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip(f"nbgrader {oldest()} cannot be installed here")
    new = copy_of(made)
    return OldClassroom(new.root, new.home, libraries)


def test_the_oldest_version_grades_too(old: Classroom) -> None:
    """From generating to the feedback: the same steps, the same marks."""
    assert f"nbgrader version {oldest()}" in old.nbgrader("--version")
    old.nbgrader("generate_assignment", TOPIC)
    old.hand_in("alice", answered(old.released(), RIGHT))
    old.hand_in("bob", b"{")
    old.nbgrader("autograde", TOPIC)
    assert old.grades()["alice"] == {name: Grade(most) for name, most in POINTS.items()}
    assert old.grades()["bob"] == dict.fromkeys(POINTS, Grade(None, needs_manual=True))
    old.nbgrader("generate_feedback", TOPIC)
    assert 'class="d2l-grader"' in (old.root / "feedback" / "alice" / TOPIC / f"{TOPIC}.html").read_text()


def test_a_course_with_a_configuration_of_its_own_is_added_to(old: Classroom) -> None:
    """The JSON file beside it names steps that this version has."""
    (old.root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'small'\n")
    old.init()
    assert "ignorepattern" not in (old.root / "nbgrader_config.json").read_text()
    old.nbgrader("autograde", TOPIC, "--student", "alice", "--force")
    assert old.grades()["alice"] == {name: Grade(most) for name, most in POINTS.items()}
    assert 'class=\\"d2l-grader\\"' in (old.root / "autograded" / "alice" / TOPIC / f"{TOPIC}.ipynb").read_text()
