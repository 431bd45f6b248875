"""What is remembered of a working folder: tries, what was solved and when, hints; it survives what may happen to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.model.result import ExerciseResult, Verdict
from grader.workspace.progress import FILE, FolderProgress, Tried, read_progress, write_progress
from tests.helpers.results import exercise

TUESDAY, FRIDAY = datetime(2026, 11, 24, 18, 0, tzinfo=UTC), datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
WRONG = exercise(verdict=Verdict.WRONG, points=0.5)
RIGHT = exercise()
ID = RIGHT.id


def after(*checked: tuple[ExerciseResult, str]) -> Tried:
    """What is remembered after these checks, one after the other."""
    progress = FolderProgress()
    for result, digest in checked:
        progress = progress.with_results([(result, digest)], TUESDAY)
    return progress.of(ID)


def test_solved_at_the_third_try() -> None:
    """A try is another version of the code: who checks twice without a change has tried once."""
    tried = after((WRONG, "a"), (WRONG, "a"), (WRONG, "b"), (RIGHT, "c"))
    assert (tried.tries, tried.passed, tried.solved) == (3, True, "2026-11-24T18:00:00+00:00")


def test_what_was_solved_once_stays_solved_then() -> None:
    """Who breaks it later, or tries something else, has solved it at that time and at that try."""
    solved = FolderProgress().with_results([(RIGHT, "a")], TUESDAY)
    tried = solved.with_results([(WRONG, "b")], FRIDAY).with_results([(RIGHT, "c")], FRIDAY).of(ID)
    assert (tried.tries, tried.passed, tried.solved[:10]) == (1, True, "2026-11-24")


@pytest.mark.parametrize("verdict", [Verdict.MISSING, Verdict.NOT_GRADED])
def test_a_stub_is_no_try(verdict: Verdict) -> None:
    """Nor is what could not be graded."""
    assert after((exercise(verdict=verdict), "a")) == Tried()


def test_hints_are_those_of_this_code() -> None:
    """Whoever changes the code is at the first step again."""
    progress = FolderProgress().with_results([(WRONG, "a")], TUESDAY).with_hints(ID, 2, "a")
    assert progress.with_results([(WRONG, "a")], TUESDAY).of(ID).hints == 2
    assert progress.with_results([(WRONG, "b")], TUESDAY).of(ID).hints == 0


def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    """In another folder too: it is carried to another machine by copying one file."""
    progress = FolderProgress().with_results([(WRONG, "a"), (exercise("a.b"), "c")], TUESDAY).with_hints(ID, 1, "a")
    assert write_progress(tmp_path, progress)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / FILE).rename(tmp_path / "elsewhere" / FILE)
    assert read_progress(tmp_path / "elsewhere") == progress
    assert read_progress(tmp_path) == FolderProgress()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"exercises": 3}', '{"exercises": {"a.b": {"tries": "many"}}}', "\0"])
def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path, text: str) -> None:
    """Nothing is lost, and nobody is stopped."""
    (tmp_path / FILE).write_text(text)
    assert read_progress(tmp_path) == FolderProgress()
    assert (tmp_path / f"{FILE}.unreadable").read_text() == text


def test_members_of_a_later_version_do_no_harm(tmp_path: Path) -> None:
    """What this version does not know is left out."""
    (tmp_path / FILE).write_text(json.dumps({"schema": 2, "exercises": {ID: {"tries": 2, "mood": "good"}}, "more": 1}))
    assert read_progress(tmp_path).of(ID) == Tried(tries=2)


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path) -> None:
    """Checks go on; nothing is remembered."""
    assert not write_progress(tmp_path / "nowhere", FolderProgress())
