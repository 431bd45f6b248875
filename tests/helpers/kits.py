"""A kit as a student has it, and the package as a wheel installs it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.helpers.commands import GRADE, run
from tests.helpers.course import ROOT


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


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The package where no solutions lie beside it, as a wheel installs it."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "grader", site / "grader", ignore=shutil.ignore_patterns("__pycache__", "data"))
    return str(site)
