"""A part of a course as it is handed out: an assignment, or single exercises."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.grade import grade
from grader.kits.part import only
from grader.kits.student import load_keys
from grader.model.errors import UsageError
from tests.helpers.tiny_class import write_course

HW1 = """title = "Homework 1"
timezone = "Europe/Berlin"
due = 2026-03-09T23:59:00
grace = "15 min"
attempt_limit = 3
exercises = ["quadruple"]
[late]
loss = "10 %"
cap = "50 %"
free_days = 4
"""


def packed(folder: Path, *names: str) -> dict[str, bytes]:
    """The files of a kit."""
    options = ["--course", str(folder), "--jobs", "1", "-o", str(folder / "kit.zip")]
    done = CliRunner().invoke(grade, ["package", *names, *options])
    if done.exception:
        raise done.exception
    with zipfile.ZipFile(folder / "kit.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_assignment_is_packed_with_what_it_needs(tmp_path: Path) -> None:
    """Its own exercises are asked; the stub that they build on is there, and no other; the README says the rules."""
    write_course(tmp_path)
    (tmp_path / "assignments").mkdir()
    (tmp_path / "assignments" / "hw1.toml").write_text(HW1)
    files = packed(tmp_path, "hw1")
    readme, stubs = files["README.md"].decode(), files["doubling.py"].decode()
    for line in (
        "# Homework 1",
        "- Due on 2026-03-09 23:59 Europe/Berlin, with 15 min of grace.",
        "10 % of what was earned, 50 % at most",
        "4 days of that are free",
        "At most 3 attempts count.",
    ):
        assert line in readme
    assert "def double(" in stubs and "def quadruple(" in stubs and "def halve(" not in stubs
    (tmp_path / "d2l-doubling.key").write_bytes(files["d2l-doubling.key"])
    key = load_keys([tmp_path / "d2l-doubling.key"])
    assert [each.id for each in key.exercises] == ["doubling.quadruple"]
    assert key.stubs["doubling"] == stubs, "d2l-check reset puts back what was handed out"
    with pytest.raises(UsageError, match=r"hw1 is an assignment\. Pack it by itself"):
        packed(tmp_path, "hw1", "doubling")


def test_a_module_of_stubs_keeps_its_helpers() -> None:
    """Imports, constants and helpers stay, decorators go with their stub, and what is left is laid out as before."""
    stubs = "import math\n\n\n@cache\ndef a(x):\n    raise NotImplementedError\n\n\ndef _helper(x):\n    return x\n\n\nclass B:\n    pass\n\n\ndef c(x):\n    raise NotImplementedError\n"
    assert (
        only(stubs, {"c"}, ("a", "B", "c"))
        == "import math\n\n\ndef _helper(x):\n    return x\n\n\ndef c(x):\n    raise NotImplementedError\n"
    )
    assert only(stubs, {"a", "B", "c"}, ("a", "B", "c")) == stubs
