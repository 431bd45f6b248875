"""`d2l-grade export`: files from a gradebook, with and without a roster."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from grader.cli.grade import grade
from grader.gradebook.opening import open_gradebook
from grader.model.errors import UsageError
from grader.model.student import Student

ROSTER = 'student,name,id,sis_id,email\nada,Ada Lovelace,4711,S-1,ada@example.org\n"=cmd(), Bob",Bob,4712,S-2,b@example.org\neve,Eve,4713,S-3,e@example.org\n'


@pytest.fixture
def export(graded, course, tmp_path):
    """Runs the command on a copy of what it writes; what it printed, and the folder."""

    def run(*options):
        out = tmp_path / "out"
        place = ["--gradebook", str(graded / "gradebook.db"), "--course", str(course)]
        done = CliRunner().invoke(grade, ["export", str(out), *place, *options], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output, out / "exports"

    return run


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_without_options_all_formats_are_written(export):
    """The simplest command writes everything, and says what a learning system will miss."""
    said, place = export()
    assert sorted(path.name for path in place.iterdir()) == [
        "canvas.csv", "checks.csv", "gradescope", "junit.xml", "moodle.csv",
    ]  # fmt: skip
    assert [row[0] for row in read(place / "canvas.csv")[2:]] == ["'=cmd(), Bob", "ada", "eve"]
    assert [row[5] for row in read(place / "canvas.csv")[1:]] == ["4", "3", "4", ""]
    assert "moodle: 3 of 3 students have no id" in said and "canvas: 3 of 3 students have no id" in said


def test_a_roster_says_who_is_who(export, tmp_path):
    """Ids, names and addresses come from it, and nothing is missing any more."""
    (tmp_path / "roster.csv").write_text(ROSTER)
    said, place = export("--format", "canvas", "--format", "moodle", "--roster", str(tmp_path / "roster.csv"))
    assert sorted(path.name for path in place.iterdir()) == ["canvas.csv", "moodle.csv"]
    assert [row[:3] for row in read(place / "canvas.csv")[2:]] == [
        ["Bob", "4712", "S-2"], ["Ada Lovelace", "4711", "S-1"], ["Eve", "4713", "S-3"],
    ]  # fmt: skip
    assert [row[0] for row in read(place / "moodle.csv")[1:]] == [f"Participant {id}" for id in (4712, 4711, 4713)]
    assert "no id" not in said


def test_what_the_run_knew_of_a_student_is_in_the_export(graded, course, tmp_path):
    """Ids that a roster or a download gave when the class was graded need not be given again; a roster adds to them."""
    shutil.copy(graded / "gradebook.db", tmp_path / "gradebook.db")
    with open_gradebook(str(tmp_path / "gradebook.db")) as book:
        book.remember([Student("ada", "Ada Lovelace", id="4711")])
    (tmp_path / "roster.csv").write_text("student,section\nada,Monday\n")
    command = ["export", str(tmp_path), "--format", "canvas", "--course", str(course)]
    CliRunner().invoke(grade, [*command, "--roster", str(tmp_path / "roster.csv")], catch_exceptions=False)
    [ada] = [row for row in read(tmp_path / "exports" / "canvas.csv") if row[1] == "4711"]
    assert (ada[0], ada[4]) == ("Ada Lovelace", "Monday")


def test_canvas_takes_an_assignment_that_is_there(export):
    """`--assignment` is the column's heading."""
    _, place = export("--format", "canvas", "--column", "Doubling (99)")
    assert read(place / "canvas.csv")[0][5] == "Doubling (99)"


def test_gradescope_has_a_file_for_each_who_was_graded(export):
    """With titles of topics, and hidden cases when the instructor says so."""
    _, place = export("--format", "gradescope", "--hidden", "published")
    files = sorted((place / "gradescope").iterdir())
    assert len(files) == 2
    ada = json.loads((place / "gradescope" / "ada.json").read_text())
    assert ada["score"] == 4 and ada["tests"][0]["tags"] == ["Doubling"]
    assert {test["visibility"] for test in ada["tests"]} == {"visible", "after_published"}


def test_without_a_gradebook_there_is_one_clear_line(tmp_path):
    """And no empty database is left behind."""
    with pytest.raises(UsageError, match=r"There is no gradebook .*Grade first: d2l-grade run\."):
        CliRunner().invoke(grade, ["export", str(tmp_path)], catch_exceptions=False)
    assert not list(tmp_path.glob("*.db*"))


def test_what_is_no_gradebook_is_refused(tmp_path):
    """Another program's file is named, not crashed on, and not written to."""
    (tmp_path / "gradebook.db").write_bytes(b"notes about the class")
    with pytest.raises(UsageError, match=r"gradebook\.db is no gradebook, or is damaged"):
        CliRunner().invoke(grade, ["export", str(tmp_path)], catch_exceptions=False)
    assert (tmp_path / "gradebook.db").read_bytes() == b"notes about the class"


def enrolled(graded, course, tmp_path, roster, *options):
    """The canvas and moodle rows of an export from a gradebook whose last run with a roster had this one."""
    shutil.copy(graded / "gradebook.db", tmp_path / "gradebook.db")
    with open_gradebook(str(tmp_path / "gradebook.db")) as book:
        book.enrol([Student("gone")])
        book.enrol(roster)
    command = ["export", str(tmp_path), "--course", str(course), *options]
    done = CliRunner().invoke(grade, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    places = [tmp_path / "exports" / name for name in ("canvas.csv", "moodle.csv")]
    return done.output, *(read(place) for place in places)


def test_the_roster_of_the_run_need_not_be_given_again(graded, course, tmp_path):
    """Ids come from it, and who is only on it stands in the tables with an empty mark, in the order of names."""
    roster = [Student("zoë", "Zoë B", id="9"), Student("ada", "Ada L", id="4711"), Student("bea", "Bea", id="8")]
    said, canvas, moodle = enrolled(graded, course, tmp_path, roster)
    assert [(row[0], row[1], row[5]) for row in canvas[2:]] == [
        ("'=cmd(), Bob", "", "3"), ("Ada L", "4711", "4"), ("Bea", "8", ""), ("eve", "", ""), ("Zoë B", "9", ""),
    ]  # fmt: skip
    assert [(row[0], row[3], row[4]) for row in moodle[1:] if row[1] in ("Bea", "Zoë B")] == [
        ("Participant 8", "No submission", ""), ("Participant 9", "No submission", ""),
    ]  # fmt: skip
    assert "2 students only on the roster: listed, without a mark." in said
    assert 'testsuite name="bea"' in (tmp_path / "exports" / "junit.xml").read_text()
    assert not (tmp_path / "exports" / "gradescope" / "bea.json").exists()


def test_a_roster_that_is_given_says_who_is_in_the_class(graded, course, tmp_path):
    """Those who are only on the one before are not listed any more; what that one knows of the others still is."""
    (tmp_path / "new.csv").write_text("student,section\nada,A\nkai,B\n")
    roster = [Student("ada", "Ada L", id="4711"), Student("bea", "Bea"), Student("eve", "Eve E", id="5")]
    _, canvas, _ = enrolled(graded, course, tmp_path, roster, "--roster", str(tmp_path / "new.csv"))
    assert [(row[0], row[1], row[4]) for row in canvas[3:]] == [
        ("Ada L", "4711", "A"),
        ("Eve E", "5", ""),
        ("kai", "", "B"),
    ]


def test_nobody_stands_in_a_table_twice(graded, course, tmp_path):
    """A run without the roster calls a student as the download does; of the name that is gone there is no row."""
    shutil.copy(graded / "gradebook.db", tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as connection:
        connection.execute("update submissions set student = 'adoe_4711' where student = 'ada'")
        connection.execute(
            "insert into submissions (student, run_id, status, points, max_points, seconds, withdrawn) "
            "values ('ada', 1, 'graded', 1, 4, 0, 1)"
        )
    connection.close()
    (tmp_path / "again").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "again" / "gradebook.db")
    _, canvas, _ = enrolled(
        tmp_path / "again", course, tmp_path, [Student("ada", "Ada L", id="4711", login="adoe_4711")]
    )
    assert [row[5] for row in canvas if row[1] == "4711"] == ["4"]
