"""A class's functions as JPlag and Dolos read them: alone, with what they use, and with the stub as base code."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from grader.cli.grade import grade
from grader.intake.function_source import function_source
from tests.helpers.commands import Here
from tests.helpers.commands import here as here
from tests.helpers.mean_course import MEAN_COURSE, write_mean_course

FILE = """import torch

SECRET = 3


def helper(X):
    return X.mean(1)


def of_nobody(X):
    return X


@torch.no_grad()
def mean_of_rows(X, weight):
    # in their own words
    return weight * helper(X)


print(mean_of_rows)
"""
ALONE = """def helper(X):
    return X.mean(1)


@torch.no_grad()
def mean_of_rows(X, weight):
    # in their own words
    return weight * helper(X)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A course, and what five students handed in: two of them work, under a name that no file system takes."""
    write_mean_course(tmp_path / "course")
    stub = MEAN_COURSE["exercises/means.py"]
    works = {
        "ada": FILE,
        "=bob, é": FILE.replace("helper", "average"),
        "untouched": stub,
        "broken": "def (",
        "other": "x = 1",
    }
    for student, text in works.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "means.py").write_text(text, encoding="utf-8")
    return tmp_path


def exported(place: Path, here: Here, *more: str) -> tuple[int, str, str]:
    return here(grade, ["export", "out", "--course", "course", "--submissions", "in", *more], place)


def test_functions_alone(place: Path, here: Here) -> None:
    """No imports, no other functions, nothing that is still the stub, and nothing that is no Python."""
    code, said, _ = exported(place, here, "--format", "jplag", "--format", "dolos")
    assert code == 0
    jplag, dolos = (place / "out" / "exports" / name / "means.mean_of_rows" for name in ("jplag", "dolos"))
    assert (jplag / "submissions" / "ada" / "mean_of_rows.py").read_text() == ALONE
    assert (dolos / "ada.py").read_text() == ALONE
    assert len(list((jplag / "submissions").iterdir())) == len(list(dolos.glob("*.py"))) == 2
    assert "1 exercise, 2 students" in said


def test_the_stub_is_base_code(place: Path, here: Here) -> None:
    """Alone, too, so that nobody is accused of what was handed out."""
    exported(place, here, "--format", "jplag", "--format", "dolos")
    for name in ("jplag", "dolos"):
        base = (place / "out" / "exports" / name / "means.mean_of_rows" / "base" / "mean_of_rows.py").read_text()
        assert base.startswith("def mean_of_rows(X: Tensor, weight: float) -> Tensor:")
        assert base.endswith("    raise NotImplementedError\n")


def test_dolos_is_told_whose_is_which(place: Path, here: Here) -> None:
    """In a table whose cells no spreadsheet runs."""
    exported(place, here, "--format", "dolos")
    folder = place / "out" / "exports" / "dolos" / "means.mean_of_rows"
    with (folder / "info.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["full_name"] for row in rows) == ["'=bob, é", "ada"]
    assert all((folder / row["filename"]).is_file() for row in rows)


def test_what_was_there_before_is_gone(place: Path, here: Here) -> None:
    """Whoever has withdrawn is compared with nobody."""
    exported(place, here, "--format", "jplag")
    (place / "in" / "ada" / "means.py").unlink()
    exported(place, here, "--format", "jplag")
    assert len(list((place / "out/exports/jplag/means.mean_of_rows/submissions").iterdir())) == 1


def test_the_last_run_says_where_the_work_lies(place: Path, here: Here) -> None:
    """Whoever has graded need not say again what; of what has moved it is said."""
    here(grade, ["run", "in", "--course", "course", "-o", "out", "--trust-submissions", "--jobs", "1"], place)
    code, said, _ = here(grade, ["export", "out", "--course", "course", "--format", "dolos"], place)
    assert (code, "out/exports/dolos: 1 exercise, 2 students" in said) == (0, True)
    (place / "in").rename(place / "moved")
    code, _, told = here(grade, ["export", "out", "--course", "course", "--format", "dolos"], place)
    assert (code, "is not there any more. Say --submissions FOLDER." in told) == (2, True)


def test_what_is_missing_is_said(place: Path, here: Here) -> None:
    """Where the submissions are, where nobody has written anything; and a dry run writes nothing."""
    code, _, told = here(grade, ["export", "out", "--course", "course", "--format", "dolos"], place)
    assert (code, "There is no gradebook out/gradebook.db. Grade first: d2l-grade run." in told) == (2, True)
    code, said, _ = exported(place, here, "--format", "dolos", "--dry-run")
    assert (code, (place / "out").exists(), "would write out/exports/dolos: 5 students" in said) == (0, False, True)
    for student in ("ada", "=bob, é"):
        (place / "in" / student / "means.py").unlink()
    code, _, told = exported(place, here, "--format", "dolos")
    assert (code, "Nobody has written any of the exercises" in told) == (2, True)


@pytest.mark.parametrize(
    ("source", "function", "text"),
    [
        ("def f():\n    return f\n", "f", "def f():\n    return f\n"),
        ("def f():\n    return 1\n\n\ndef f():\n    return 2", "f", "def f():\n    return 2\n"),
        ("class A:\n    pass\n\n\ndef f(x: A):\n    return g\n\n\ndef g():\n    pass\n", "g", "def g():\n    pass\n"),
        ("def g():\n    pass\n", "f", ""),
        ("def f(:\n", "f", ""),
    ],
)
def test_a_function_with_what_it_uses(source: str, function: str, text: str) -> None:
    """The last of its name, itself once, and nothing of a file that is no Python."""
    assert function_source(source, function) == text
