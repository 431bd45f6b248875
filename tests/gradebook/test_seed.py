"""The secret seed stays in the gradebook and in the keys that are made with it, which only their owner can open."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.grade import grade
from tests.helpers.tiny_class import HALF_DONE, RIGHT, SQUARED, hand_in, rows, run, write_course

SEED = 0x2D5F3A9C41B7
PRIVATE = ("gradebook.db", "gradebook.db-lock", "gradebook.db-wal", "gradebook.db-shm")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A class that is graded, changed, graded again, asked again and exported; the folder and all that was printed."""
    home = tmp_path_factory.mktemp("home")
    course = write_course(home / "course")
    for student, source in (("ada", RIGHT), ("bob", HALF_DONE), ("cyd", SQUARED)):
        hand_in(home / "in", student, source)
    (home / "in" / "nobody").mkdir()
    options = ("--seed", str(SEED), "--jobs", "1")
    printed = [run(home / "in", home / "out", course, *options)]
    hand_in(home / "in", "bob", RIGHT)
    printed.append(run(home / "in", home / "out", course, "--jobs", "1", "--regrade"))
    (home / "roster.csv").write_text("student,name,id\nada,Ada Doe,5\n")
    for command in (
        ["export", str(home / "out"), "--roster", str(home / "roster.csv")],
        ["run", str(home / "in"), "-o", str(home / "out"), "--course", str(course), "--seed", "5"],
    ):
        done = CliRunner().invoke(grade, command)
        printed.append(done.output + repr(done.exception))
    return home / "out", "\n".join(printed)


def spellings(seed: int) -> list[bytes]:
    """The seed in decimal, with commas too, in hex, and as a machine stores it."""
    texts = (str(seed), f"{seed:,}", f"{seed:x}", f"{seed:X}")
    return [*(text.encode() for text in texts), seed.to_bytes(8, "little"), seed.to_bytes(8, "big")]


def test_no_file_but_the_gradebook_holds_it(said: tuple[Path, str]) -> None:
    """Results, marks, reports, feedback, exports, tables of changes: all that a run or an export writes."""
    out, _ = said
    files = [
        path for path in out.rglob("*") if path.is_file() and path.name not in PRIVATE and ".keys" not in path.parts
    ]
    names = {path.name for path in files}
    assert {"results.json", "grades.csv", "report.html", "regrade.csv", "junit.xml", "canvas.csv", "ada.md"} <= names
    holding = {path.name for path in files if any(each in path.read_bytes() for each in spellings(SEED))}
    assert holding == set()


def test_nothing_that_is_printed_holds_it(said: tuple[Path, str]) -> None:
    """Neither what a run says, nor a refusal to grade with another seed."""
    _, printed = said
    assert "gradebook" in printed
    assert not any(each.decode(errors="replace") in printed for each in spellings(SEED)[:4])


def test_it_is_in_the_gradebook_and_only_its_owner_reads_it(said: tuple[Path, str]) -> None:
    """The tests above can fail: it is there, it is looked for in the way in which it is written, and it is private."""
    out, _ = said
    assert rows(out, "SELECT value FROM secrets") == [(str(SEED),)]
    assert any(each in (out / "gradebook.db").read_bytes() for each in spellings(SEED))
    for private in (out / "gradebook.db", out / ".keys"):
        assert stat.S_IMODE(private.stat().st_mode) & 0o077 == 0
