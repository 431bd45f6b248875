"""Reading a gradebook of an older version, of somebody else, on a disk that is full or locked: nothing in it changes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, inspect, select, update
from sqlalchemy.exc import DBAPIError

from grader.cli.grade import grade
from grader.gradebook.opening import open_gradebook
from grader.gradebook.reading import read_gradebook
from grader.gradebook.tables import SCHEMA, About, Attempted, Emptied, Enrolled, Exercised, Person
from grader.model.earlier_result import told
from grader.model.errors import UsageError
from grader.model.result import SubmissionResult, Verdict
from grader.model.student import Student
from tests.helpers.gradebooks import FACTS, graded
from tests.helpers.results import exercise, submission

ADA = submission("ada", exercise())
NOBODY = 65534
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="becomes another user")


@pytest.fixture
def file() -> Iterator[Path]:
    """A gradebook with one student in it, properly closed, where others may come (pytest's own folders are private)."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        path = Path(place, "a folder", "grade book.db")
        path.parent.mkdir()
        with open_gradebook(str(path)) as book:
            graded(book, ADA)
        path.with_name(f"{path.name}-lock").unlink(missing_ok=True)
        yield path


@pytest.fixture
def guest(file: Path) -> Iterator[Path]:
    """Its folder, which this process may read but not write: the system asks who it acts as."""
    for each in (file.parent, *file.parent.iterdir()):
        each.chmod(0o555 if each.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield file.parent
    finally:
        if root:
            os.seteuid(0)
        file.parent.chmod(0o755)


def read(place: object) -> list[object]:
    with read_gradebook(str(place)) as book:
        return list(book.results().submissions)


def test_reading_changes_nothing(place: str) -> None:
    """Whoever only reads can be let near a gradebook that counts; and the marks are there."""
    with open_gradebook(place) as book:
        graded(book, ADA)
    with read_gradebook(place) as book:
        assert list(book.results().submissions) == [ADA]
    if "://" not in place:
        before = Path(place).read_bytes()
        with read_gradebook(place) as book:
            assert book.students() == {}
            with pytest.raises(DBAPIError, match="readonly"):
                book.remember([Student("ada")])
            list(book.results().submissions)
        assert Path(place).read_bytes() == before
        assert not list(Path(place).parent.glob("*-wal"))


def test_one_of_an_older_version_is_read_as_it_is(place: str) -> None:
    """It has no table of students, attempts or a roster: nothing is known of them, and no table is made by reading."""
    with open_gradebook(place) as book:
        graded(book, ADA)
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    for table in (Person, Attempted, Emptied, Enrolled):
        table.__table__.drop(engine)  # type: ignore[attr-defined]
    with read_gradebook(place) as book:
        assert book.students() == {}
        assert book.roster() == ()
        assert list(book.results().submissions) == [ADA]
    assert not {"students", "attempts", "empty_submissions", "roster"} & set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_roster_is_kept_in_its_order(place: str) -> None:
    """The one of the last run that had one, whole; one of an older gradebook is kept when it is next written."""
    with open_gradebook(place) as book:
        graded(book, ADA)
        book.enrol([Student("gone"), Student("ada")])
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    with read_gradebook(place) as book:
        assert book.roster() == (Student("gone"), Student("ada"))
    Enrolled.__table__.drop(engine)  # type: ignore[attr-defined]
    roster = (Student("zoë", "Zoë", section="A"), Student("ada", sis_id="007"))
    with open_gradebook(place) as book:
        book.enrol(roster)
    with read_gradebook(place) as book:
        assert book.roster() == roster
    engine.dispose()


def test_an_older_one_tells_what_is_empty_by_its_sentences(place: str) -> None:
    """Read as it is, and once it has the table and the field, which it gets when it is written."""
    absent = replace(exercise(), verdict=Verdict.MISSING, note=told("there is no softmax.py"), source="absent")
    nothing = SubmissionResult("bob", "not_graded", reason="there is no softmax.py", empty=True)
    everyone = [
        submission("ada", absent),
        nothing,
        SubmissionResult("eve", "not_graded", reason="the folder is a link"),
    ]
    with open_gradebook(place) as book:
        graded(book, *everyone)
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    Emptied.__table__.drop(engine)  # type: ignore[attr-defined]
    with engine.begin() as connection:
        record = dict(connection.scalars(select(Exercised.result)).one())
        del record["source"]
        record["note"] = "there is no softmax.py"
        connection.execute(update(Exercised).values(result=record))
    with read_gradebook(place) as book:
        assert list(book.results().submissions) == everyone
    with open_gradebook(place) as book:
        assert list(book.results().submissions) == everyone
        graded(book, *[replace(each, reason="other words") for each in everyone[1:]])
        assert [each.empty for each in book.results().submissions if each.student != "ada"] == [True, False]
        graded(book, replace(nothing, empty=False))
        assert not any(each.empty for each in book.results().submissions)
    engine.dispose()


def test_a_word_that_no_version_knows_is_damage(file: Path) -> None:
    """A status or an aspect outside the vocabulary is said, not printed."""
    for change in (
        "UPDATE submissions SET status = 'grade'",
        "UPDATE exercises SET result = replace(result, 'value', 'vlue')",
    ):
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(change)
        with pytest.raises(UsageError, match="is damaged"):
            read(file)
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("UPDATE submissions SET status = 'graded'")


def test_an_older_one_is_exported(file: Path, tmp_path: Path) -> None:
    """The command, with every format."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE students")
        connection.execute("DROP TABLE attempts")
    command = ["export", str(tmp_path / "out"), "--gradebook", str(file)]
    assert CliRunner().invoke(grade, command, catch_exceptions=False).exit_code == 0
    assert "ada" in (tmp_path / "out" / "exports" / "canvas.csv").read_text()


def test_who_students_are_is_kept(place: str) -> None:
    """More than a database takes at once, a second time, and with names that are no Unicode."""
    many = [Student(f"s{number}", name=f"N{number}") for number in range(1_100)]
    odd = Student("caf\udce9", "a\\b", "nul\0", "1", "2", "3", "4")
    with open_gradebook(place) as book:
        book.remember([])
        book.remember([*many, odd])
        book.remember([Student("s7", name="Seven")])
    with read_gradebook(place) as book:
        found = book.students()
    assert found == {each.student: each for each in [*many, odd, Student("s7", name="Seven")]}


def test_it_is_read_while_somebody_writes(place: str) -> None:
    """A run may go on meanwhile: nobody waits, and what is in it by now is seen."""
    with open_gradebook(place) as writer:
        run = graded(writer, ADA)
        with read_gradebook(place) as book:
            assert [each.student for each in book.results().submissions] == ["ada"]
            writer.keep(run, submission("bob", exercise()), "bob", FACTS.graded_by)
            assert [each.student for each in book.results().submissions] == ["ada", "bob"]


@linux_only
def test_one_that_may_only_be_read_is_read(guest: Path) -> None:
    """A share that is mounted for reading, a colleague's folder."""
    assert read(guest / "grade book.db") == [ADA]
    assert [path.name for path in guest.iterdir()] == ["grade book.db"]


@linux_only
def test_where_nothing_can_be_written_it_says_where_to(guest: Path) -> None:
    """The export has to go somewhere: one line, with the command."""
    done = CliRunner().invoke(grade, ["export", str(guest), "--gradebook", str(guest / "grade book.db")])
    assert isinstance(done.exception, UsageError)
    assert "cannot be written" in str(done.exception)
    assert "d2l-grade export FOLDER --gradebook" in str(done.exception)
    assert "\n" not in str(done.exception)


def killed_while_writing(file: Path) -> None:
    """Leaves the last marks in the log beside the file, as a killed grader does."""
    code = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('UPDATE submissions SET points = 7'); c.commit(); os._exit(9)"
    subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert file.with_name(f"{file.name}-wal").stat().st_size


def test_what_a_killed_grader_has_written_last_is_read(file: Path) -> None:
    killed_while_writing(file)
    assert read(file)


@linux_only
def test_a_log_that_cannot_be_read_is_not_passed_over(file: Path, request: pytest.FixtureRequest) -> None:
    """Half a copy of a gradebook that was not closed: one line and what to do, never marks that are not the last."""
    killed_while_writing(file)
    file.with_name(f"{file.name}-shm").unlink()
    guest = request.getfixturevalue("guest")
    with pytest.raises(UsageError, match=r"cannot be read: .*Copy its whole folder") as caught:
        read(guest / "grade book.db")
    assert "\n" not in str(caught.value)


@linux_only
def test_one_that_is_its_owners_alone_is_one_line(file: Path, request: pytest.FixtureRequest) -> None:
    guest = request.getfixturevalue("guest")
    os.seteuid(os.getuid())
    file.chmod(0o600)
    if os.getuid() == 0:
        os.seteuid(NOBODY)
    else:
        file.chmod(0)
    with pytest.raises(UsageError, match="cannot be read: ") as caught:
        read(guest / "grade book.db")
    assert "\n" not in str(caught.value)


def test_what_cannot_be_read_is_one_line(file: Path, tmp_path: Path, place: str) -> None:
    """Of a newer version, of another program, without a mark in it, damaged, not there."""
    with open_gradebook(place):
        pass
    with pytest.raises(UsageError, match="Nothing has been graded"):
        read(place)
    engine = create_engine(place if "://" in place else f"sqlite:///{place}")
    with engine.begin() as connection:
        connection.execute(update(About).values(schema=SCHEMA + 1))
    engine.dispose()
    with pytest.raises(UsageError, match="newer d2l-grader"):
        read(place)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE assignment (id INTEGER)")
    with pytest.raises(UsageError, match="another program"):
        read(tmp_path / "other.db")
    torn = shutil.copy(file, tmp_path / "torn.db")
    Path(torn).write_bytes(file.read_bytes()[:5000])
    with pytest.raises(UsageError, match=r"is damaged .* Restore it from a copy"):
        read(torn)
    with pytest.raises(UsageError, match="There is no gradebook"):
        read(tmp_path / "nowhere.db")
