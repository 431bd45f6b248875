"""A gradebook that is damaged, emptied or full: one true sentence with the repair, and nothing is lost."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from grader.gradebook.opening import earlier_report, open_gradebook
from grader.gradebook.reading import read_gradebook
from grader.model.errors import UsageError
from tests.helpers.gradebooks import graded, logsumexp
from tests.helpers.results import overflowing, submission


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A gradebook of a class of sixty, of some two hundred pages, and the reports beside it."""
    with open_gradebook(str(tmp_path / "gradebook.db"), 5) as book:
        run = graded(book, *(submission(f"student {number}", overflowing(), logsumexp()) for number in range(60)))
        book.finish(run, 1.0)
    (tmp_path / "results.json").write_text("{}")
    return tmp_path / "gradebook.db"


@pytest.mark.parametrize("report", ["results.json", "grades.csv", "report.html", "gradebook.db-wal"])
@pytest.mark.parametrize("seed", [None, 5])
def test_an_emptied_gradebook_is_not_replaced(tmp_path: Path, report: str, seed: int | None) -> None:
    """What tells of earlier marks lies beside it: another seed would change them all, so somebody is asked first."""
    place = tmp_path / "gradebook.db"
    place.touch()
    (tmp_path / report).write_text("of earlier marks")
    with pytest.raises(
        UsageError, match=rf"gradebook\.db is empty, and .*{report} tells .* Restore it from a copy; or remove"
    ) as caught:
        open_gradebook(str(place), seed).__enter__()
    assert "\n" not in str(caught.value)
    assert place.stat().st_size == 0 and (tmp_path / report).read_text() == "of earlier marks"


def test_reports_elsewhere_tell_of_it_too(tmp_path: Path) -> None:
    """A gradebook need not lie beside its reports."""
    place, reports = tmp_path / "books" / "gradebook.db", tmp_path / "out"
    for folder in (place.parent, reports):
        folder.mkdir()
    place.touch()
    (reports / "grades.csv").write_text("student,points\n")
    with pytest.raises(UsageError, match="is empty, and"), open_gradebook(str(place), reports=reports):
        pass
    place.unlink()
    assert earlier_report(str(place), reports) == reports / "grades.csv", "a new one is announced"
    with open_gradebook(str(place), reports=reports):
        pass
    assert earlier_report(str(place), reports) is None


def test_a_grader_killed_at_its_first_breath_does_not_stand_in_the_way(tmp_path: Path) -> None:
    """It leaves an empty file and a lock, and no reports: the next run begins."""
    (tmp_path / "gradebook.db").touch()
    (tmp_path / "gradebook.db-lock").touch()
    (tmp_path / "results.json").touch()
    with open_gradebook(str(tmp_path / "gradebook.db"), 7) as book:
        assert book.seed == 7


def test_an_emptied_gradebook_is_not_read(filled: Path) -> None:
    """Nor is it called another program's."""
    filled.write_bytes(b"")
    with (
        pytest.raises(UsageError, match=r"is empty\. Grade first: d2l-grade run\. If it held marks, restore"),
        read_gradebook(str(filled)),
    ):
        pass


def hurt(data: bytes, how: str, rng: random.Random) -> bytes:
    """A file as disks leave it behind."""
    spoilt, page = bytearray(data), 4096 * rng.randrange(1, len(data) // 4096)
    if how == "cut":
        return bytes(spoilt[: rng.randrange(100, len(data) - 1)])
    if how == "a page of zeros":
        spoilt[page : page + 4096] = bytes(4096)
    elif how == "a page of noise":
        spoilt[page : page + 4096] = rng.randbytes(4096)
    elif how == "its beginning":
        spoilt[:100] = rng.randbytes(100)
    else:
        for _ in range(200):
            spoilt[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def read_whole(place: Path) -> None:
    with read_gradebook(str(place)) as book:
        list(book.results().submissions)


def grade_again(place: Path) -> None:
    with open_gradebook(str(place)) as book:
        book.require(["softmax"])
        graded(book, submission("student 3", overflowing(), logsumexp(1.0)))
        list(book.results().submissions)


def complaint_of(action: Callable[[Path], None], place: Path) -> str:
    """What is said of a gradebook, in words for a user; empty where nothing is."""
    try:
        action(place)
    except UsageError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("how", ["cut", "a page of zeros", "a page of noise", "its beginning", "many bits"])
def test_a_damaged_gradebook_says_so(filled: Path, how: str, seed: int) -> None:
    """Never "run again", which does not help, never a fault of ours: the file, what is the matter, and the repair."""
    whole = filled.read_bytes()
    spoilt = hurt(whole, how, random.Random(f"{how}{seed}"))
    for action in (grade_again, read_whole):
        filled.write_bytes(spoilt)
        for name in ("-wal", "-shm"):
            Path(f"{filled}{name}").unlink(missing_ok=True)
        said = complaint_of(action, filled)
        assert "\n" not in said
        assert "run again" not in said
        assert said or how in ("a page of zeros", "a page of noise", "many bits"), "cut off, and nobody noticed"
        assert not said or "Restore it from a copy" in said or "another program" in said, said
    filled.write_bytes(whole)
    read_whole(filled)


def test_what_is_found_damaged_is_not_written_to(filled: Path) -> None:
    """The check comes before the first mark: what can still be saved stays as it is."""
    spoilt = bytearray(filled.read_bytes())
    spoilt[4096 * 3 : 4096 * 4] = bytes(4096)
    filled.write_bytes(spoilt)
    with pytest.raises(UsageError, match="is damaged"):
        grade_again(filled)
    assert filled.read_bytes() == bytes(spoilt)


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE exercises SET result = substr(result, 2)", "UPDATE exercises SET result = '[]'", "UPDATE runs SET exercises = '{'",
        "UPDATE runs SET seed = '6'", "UPDATE secrets SET value = '5x'", "UPDATE exercises SET result = replace(result, 'passed', 'pasted')",
        "UPDATE runs SET title = CAST(x'ff41' AS TEXT)",
    ],
)  # fmt: skip
def test_what_sqlite_does_not_notice(filled: Path, spoil: str) -> None:
    """A row that is not as it was written, a seed that is another: that is damage too, and no fault of ours."""
    with closing(sqlite3.connect(filled)) as connection, connection:
        connection.execute(spoil)
    with pytest.raises(UsageError, match=r"gradebook\.db is damaged \(.*\)\. Restore it from a copy"):
        read_whole(filled)


def grade_where_there_is_no_room(place: Path) -> None:
    def fill(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(Engine, "connect", fill)
    try:
        with open_gradebook(str(place)) as book:
            graded(book, *(submission(f"student {number}", overflowing()) for number in range(60, 400)))
    finally:
        event.remove(Engine, "connect", fill)


def test_a_full_disk_says_that_it_is_full(filled: Path) -> None:
    """Then running again does help, once there is room."""
    said = complaint_of(grade_where_there_is_no_room, filled)
    assert said.endswith("disk is full. Make room, and run again; what was graded until then is kept.")
    read_whole(filled)
