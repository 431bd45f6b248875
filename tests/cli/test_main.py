"""`python -m grader check` and `python -m grader grade`: the two commands without their scripts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.helpers.course import ROOT


def said(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "grader", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("name", "command"), [("check", "d2l-check"), ("grade", "d2l-grade")])
def test_a_command_works_by_the_packages_name(name: str, command: str) -> None:
    """It is the command itself, with its help, its options and its name."""
    code, out, _ = said(name, "--help")
    assert (code, out.startswith(f"Usage: {command} ")) == (0, True)


@pytest.mark.parametrize(("name", "command"), [("check", "d2l-check"), ("grade", "d2l-grade")])
def test_a_users_mistake_is_one_line(name: str, command: str) -> None:
    """Exit code 2 and one line, as from the script."""
    code, _, errors = said(name, "--no-such-option")
    assert (code, len(errors.splitlines())) == (2, 1)
    assert errors.startswith(f"{command}: ")


@pytest.mark.parametrize("arguments", [(), ("mark",), ("--help",)])
def test_without_a_command_it_names_both(arguments: tuple[str, ...]) -> None:
    """Whoever says neither reads which there are."""
    code, _, errors = said(*arguments)
    assert code == 2
    assert errors == "Say python -m grader check ... (students) or python -m grader grade ... (instructors).\n"
