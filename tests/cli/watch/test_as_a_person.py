"""d2l-check --watch as a person has it: a terminal, an editor that saves in its own way, Ctrl-C."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.kits import kit_of_three
from tests.helpers.terminal import Terminal, terminals

__all__ = ["terminals"]
Opens = Callable[..., Terminal]
STUB = "raise NotImplementedError"
KEYS = "q quit"


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kit_of_three(tmp_path_factory.mktemp("course"))


@pytest.fixture
def folder(kit: Path, tmp_path: Path) -> Path:
    """A working folder of the tiny course."""
    for path in kit.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def written(folder: Path, *bodies: str) -> str:
    """The stubs with these bodies in their places, in order."""
    source = (folder / "doubling.py").read_text()
    for body in bodies:
        source = source.replace(STUB, body, 1)
    return source


def save(folder: Path, source: str, *, by_renaming: bool = False) -> None:
    """Saves as nano does, or as vim does."""
    file = folder / "doubling.py"
    if by_renaming:
        beside = folder / ".doubling.py.swp"
        beside.write_text(source)
        os.replace(beside, file)
    else:
        file.write_text(source)


def test_a_session(folder: Path, terminals: Opens) -> None:
    """Wrong, saved by renaming, a syntax error, an endless loop, a deletion, right: the screen follows each save."""
    stubs = written(folder)
    terminal = terminals(folder)
    terminal.run("--watch")
    terminal.wait_for("doubling.double   1 of 3", "not written yet", KEYS)
    save(folder, written(folder, "return x * x"))
    wrong = terminal.wait_for("expected", "got", KEYS)
    assert "doubling.double" in wrong
    save(folder, stubs.replace(STUB, "return x +", 1), by_renaming=True)
    terminal.wait_for("cannot be run: SyntaxError", KEYS)
    save(folder, stubs.replace(STUB, "while True: pass", 1))
    terminal.wait_for("it was computing", KEYS)
    (folder / "doubling.py").unlink()
    terminal.wait_for("there is no doubling.py", KEYS)
    save(folder, stubs.replace(STUB, "return x + x", 1), by_renaming=True)
    terminal.wait_for("✓ doubling.double passes.", "doubling.quadruple   2 of 3", KEYS)
    terminal.type("q")
    terminal.wait_for("ready$")


def test_keys(folder: Path, terminals: Opens) -> None:
    """Next, previous, a list, a hint, a reset that asks first, and a key that is none."""
    terminal = terminals(folder)
    save(folder, written(folder, "return x * x"))
    terminal.run("--watch")
    terminal.wait_for("doubling.double   1 of 3", "expected", KEYS)
    terminal.type("n")
    terminal.wait_for("doubling.quadruple   2 of 3")
    terminal.type("p")
    terminal.wait_for("doubling.double   1 of 3")
    terminal.type("l")
    terminal.wait_for("→ ✗ doubling.double", "– doubling.halve")
    terminal.type("z")
    terminal.wait_for("'z' is no key here.")
    terminal.type("r")
    terminal.wait_for("Press r again to put the stub of doubling.double back.")
    terminal.type("r")
    terminal.wait_for("doubling.double begins again", "not written yet")
    assert (folder / "doubling.py").read_text().count(STUB) == 3
    assert "return x * x" in (folder / "reset" / "doubling.double.1.py").read_text()
    terminal.type("q")
    terminal.wait_for("ready$")


def test_a_narrow_terminal(folder: Path, terminals: Opens) -> None:
    """At 40 columns nothing is cut, and no line runs into the next by itself."""
    terminal = terminals(folder, width=40, height=60)
    save(folder, written(folder, "return x * x"))
    terminal.run("--watch")
    screen = terminal.wait_for("expected", "got", KEYS)
    assert max(map(len, screen.splitlines())) <= 40
    assert "q quit" in screen
    terminal.type("q")
    terminal.wait_for("ready$")


def test_ctrl_c_leaves_the_terminal_as_it_was(folder: Path, terminals: Opens) -> None:
    """130, as shells count it; and what is typed afterwards is seen, line by line."""
    terminal = terminals(folder)
    terminal.run("--watch")
    terminal.wait_for(KEYS)
    terminal.type("C-c")
    terminal.wait_for("d2l-check: stopped.", "ready$")
    terminal.type("echo code=$?", "Enter")
    terminal.wait_for("code=130")
    terminal.type("stty -a | tr ' ;' '\\n' | grep -x -e echo -e icanon | tr '\\n' '+'", "Enter")
    terminal.wait_until(lambda screen: "icanon+echo+" in screen or "echo+icanon+" in screen, "echo and lines")
