"""Single keys from a terminal, which is left as it was."""

from __future__ import annotations

import os
import sys

import pytest

from grader.cli.watch.keyboard import Keyboard

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX is made")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch):
    """This process at a terminal; the other end of it, where a person types."""
    import pty

    person, mine = pty.openpty()
    with os.fdopen(mine, "r", closefd=True) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        yield person
    os.close(person)


def settings() -> list[object]:
    import termios

    return termios.tcgetattr(sys.stdin.fileno())


def test_a_key_needs_no_enter(terminal: int) -> None:
    """It comes by itself, and one that is not pressed is an empty text."""
    with Keyboard() as keyboard:
        assert keyboard.pressed(0.0) == ""
        os.write(terminal, b"n")
        assert keyboard.pressed(60) == "n"


def test_arrows_and_pasted_text_are_no_keys(terminal: int) -> None:
    """They come as several characters at once."""
    with Keyboard() as keyboard:
        os.write(terminal, b"\x1b[A")
        assert keyboard.pressed(60) == ""


def interrupted(before: list[object]) -> None:
    """Lends the terminal to another program, then is stopped by Ctrl-C."""
    with Keyboard() as keyboard:
        inside = settings()
        assert inside != before
        with keyboard.lent():
            assert settings() == before
        assert settings() == inside
        raise KeyboardInterrupt


def test_the_terminal_is_left_as_it_was(terminal: int) -> None:
    """After an error, and while another program has it."""
    before = settings()
    with pytest.raises(KeyboardInterrupt):
        interrupted(before)
    assert settings() == before


def test_where_there_is_no_terminal_there_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe, in an editor's panel: nothing waits for any."""
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        with Keyboard() as keyboard:
            assert not keyboard.is_there
            assert keyboard.pressed(0.0) == ""
