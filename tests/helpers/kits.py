"""A kit as a student has it, and the package as a wheel installs it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from grader.course.course import read_course
from grader.keymaking.parallel import made_key
from grader.kits.student import write_kit
from grader.model.keys.seeds import PUBLIC_SEED
from tests.helpers.commands import GRADE, run
from tests.helpers.course import ROOT
from tests.helpers.tiny_class import write_course

PICTURE = '''

import torch

from grader import picture


@picture("curve", x="x", y="twice x")
def a_straight_line(draw):
    """Twice x is a straight line."""
    x = torch.linspace(-1, 1, 5)
    return x, x
'''


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    """A student's folder: the kit of the tiny course, unpacked."""
    folder = tmp_path_factory.mktemp("a student's folder")
    made = run(GRADE, "package", "doubling", "--course", tiny, "-o", folder / "kit.zip", cwd=folder)
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(folder / "kit.zip") as archive:
        assert sorted(archive.namelist()) == ["README.md", "d2l-doubling.key", "doubling.py"]
        archive.extractall(folder)
    (folder / "kit.zip").unlink()
    return folder


def kit_of_three(folder: Path, more_of_double: str = "") -> Path:
    """A kit of three exercises, one of which builds on another, with a mistake that is known."""
    write_course(folder)
    with (folder / "solutions" / "doubling" / "double.py").open("a") as page:
        page.write(more_of_double)
    course = read_course(folder)
    write_kit(made_key(course, [], PUBLIC_SEED, jobs=1), folder / "kit")
    return folder / "kit"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The package where no solutions lie beside it, as a wheel installs it."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "grader", site / "grader", ignore=shutil.ignore_patterns("__pycache__", "data"))
    return str(site)
