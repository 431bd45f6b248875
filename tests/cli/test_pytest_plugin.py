"""`pytest` in a working folder shows each check as a test with the same message; anywhere else it does nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.course import read_course
from grader.keymaking.parallel import made_key
from grader.kits.student import write_kit
from grader.model.keys.seeds import PUBLIC_SEED
from tests.helpers.tiny_class import write_course

PLUGIN = ("-p", "no:cacheprovider", "-p", "no:d2l_grader", "-p", "grader.cli.pytest_plugin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder: one exercise is right, one is wrong, one is not written."""
    place = tmp_path_factory.mktemp("course")
    write_course(place)
    course = read_course(place)
    write_kit(made_key(course, [], PUBLIC_SEED, jobs=1), place / "kit")
    file = place / "kit" / "doubling.py"
    for body in ("return x * x", "return 4 * x"):
        file.write_text(file.read_text().replace("raise NotImplementedError", body, 1))
    return place / "kit"


def ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", *PLUGIN, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_each_check_is_a_test(folder: Path) -> None:
    """As an explorer collects them: file, exercise, check; hidden ones are none."""
    done = ran(folder, "--collect-only", "-q")
    assert done.returncode == 0, done.stderr
    assert "doubling.py::double::a_matrix" in done.stdout
    assert "doubling.py::halve::" in done.stdout


def test_the_same_words_as_d2l_check(folder: Path) -> None:
    """What failed, why, and no traceback of ours; what is right passes, what is not written is skipped."""
    done = ran(folder, "-rA", "-q")
    assert done.returncode == 1
    assert "That is a square." in done.stdout
    assert "expected " in done.stdout
    assert "Multiply by two." not in done.stdout
    assert "Traceback" not in done.stdout
    assert "PASSED doubling.py::quadruple::a_matrix" in done.stdout
    assert "not written yet" in done.stdout


def test_elsewhere_it_does_nothing(folder: Path, tmp_path: Path) -> None:
    """A module of the same name without a key beside it, and other modules beside a key, are no tests."""
    shutil.copy(folder / "doubling.py", tmp_path)
    assert ran(tmp_path, "--collect-only", "-q").returncode == 5
    (folder / "own.py").write_text("x = 1\n")
    assert "own.py" not in ran(folder, "--collect-only", "-q").stdout
