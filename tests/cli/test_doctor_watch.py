"""doctor --watch examines what was saved, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli.doctor_watch import changes, concerned
from grader.course.course import Course, read_course
from tests.helpers.mean_course import write_mean_course

PAGE, STUB = "solutions/means/mean_of_rows.py", "exercises/means.py"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return read_course(write_mean_course(tmp_path))


@pytest.mark.parametrize(
    ("saved", "watched", "about"),
    [
        ([PAGE], (), ("means.mean_of_rows",)),
        ([STUB], (), ("means",)),
        ([PAGE, STUB], (), ("means",)),
        (["solutions/means/_shared.py"], (), ("means",)),
        (["exercises/course.toml"], (), ()),
        (["exercises/modes.py"], (), ()),
        ([PAGE], ("means",), ("means.mean_of_rows",)),
        ([PAGE], ("mean_of_rows",), ("means.mean_of_rows",)),
        ([STUB], ("means.mean_of_rows",), ("means",)),
        ([PAGE], ("modes",), None),
        (["exercises/course.toml"], ("means",), ("means",)),
    ],
)
def test_what_a_save_concerns(
    course: Course, saved: list[str], watched: tuple[str, ...], about: tuple[str, ...] | None
) -> None:
    """A page its exercise, a module its topic, course.toml everything."""
    assert concerned(course, [course.folder / name for name in saved], watched) == about


def test_saves_are_seen_in_the_files_themselves(tmp_path: Path) -> None:
    """Whatever event comes: a new file, a changed one, one that is gone; other files of an editor are not."""
    write_mean_course(tmp_path)
    page = tmp_path / PAGE

    def events() -> object:
        page.write_text(page.read_text() + "\n")
        yield "saved"
        yield "nothing"
        (tmp_path / "exercises" / "means.py.swp").write_text("")
        yield "an editor's file"
        page.unlink()
        yield "removed"

    places = [tmp_path / "exercises", tmp_path / "solutions"]
    assert list(changes(places, events())) == [{page}, {page}]  # type: ignore[arg-type]
