"""docs/tutorial.md, from its first line to its last: files are written, commands run, and what they print is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from grader.cli.check import check
from grader.cli.grade import grade
from tests.helpers.commands import Here
from tests.helpers.commands import here as here
from tests.helpers.course import ROOT

TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- (file|exit code): (\S+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
COMMANDS = {"d2l-grade": grade, "d2l-check": check}


class Step(NamedTuple):
    """A file to be written (`name`), or a command with what it prints and its exit code."""

    name: str
    text: str
    code: int = 0


def steps(text: str) -> Iterator[Step]:
    for kind, value, language, body in BLOCK.findall(text):
        if kind == "file":
            yield Step(value, body)
        elif language == "console":
            *passing, last = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
            yield from (Step("", command) for command in passing)
            yield Step("", last, int(value or 0))


def assert_said(expected: str, said: str) -> None:
    """Line by line, in this order; … stands for anything, and so does the width of a terminal."""
    rest = " ".join(said.split())
    for line in expected.splitlines():
        for part in line.split("…"):
            wanted = " ".join(part.split())
            assert wanted in rest, f"{wanted!r} is not in what is left of:\n{said}"
            rest = rest[rest.index(wanted) + len(wanted) :]


def test_the_tutorial(tmp_path: Path, here: Here) -> None:
    """From nothing to a graded class."""
    folder, ran = tmp_path, 0
    for step in steps(TEXT):
        if step.name:
            (folder / step.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.name).write_text(step.text, encoding="utf-8")
            continue
        command, _, expected = step.text.partition("\n")
        name, *arguments = shlex.split(command)
        if name == "cd":
            folder = (folder / arguments[0]).resolve()
            continue
        if name == "rm":
            (folder / arguments[0]).unlink()
            continue
        code, said, complained = here(COMMANDS[name], arguments, folder)
        assert code == step.code, f"{command}\n{said}{complained}"
        assert_said(expected, said + complained)
        ran += 1
    assert ran >= 8


@pytest.mark.parametrize(("expected", "holds"), [("a … c", True), ("c\na", False), ("d", False)])
def test_what_is_compared(expected: str, holds: bool) -> None:
    """A line that is not there, or not in its place, is noticed."""
    try:
        assert_said(expected, "a b\n  c")
        seen = True
    except AssertionError:
        seen = False
    assert seen is holds
