"""canvas.csv, moodle.csv and checks.csv, read again as those who import them read them."""

from __future__ import annotations

import csv
import io
import re

import pytest

from grader.intake.roster import Roster
from grader.model.result import Hint, Verdict
from grader.model.student import Student
from grader.report.exports.canvas import canvas_lines
from grader.report.exports.checks import check_lines
from grader.report.exports.moodle import moodle_lines
from tests.helpers.results import a_class, check, demo, exercise, overflowing, submission

ADA = Student("ada", "Ada Lovelace", "ada@example.org", "4711", "S-1", "alovelace", "Monday")
UNICODE = "caf\udce9\0 王小明 \x1b[31m"


def who(*students):
    def find(name):
        return Roster(students).find(Student(name)) or Student(name)

    return find


def rows(lines):
    return list(csv.reader(io.StringIO("".join(lines), newline=""), strict=True))


def canvas(results, *students, assignment="Softmax (99)"):
    return rows(canvas_lines(results, who(*students), assignment))


def moodle(results, *students, titles=None):
    [head, *body] = rows(moodle_lines(results, who(*students), titles or {}))
    return [dict(zip(head, row, strict=True)) for row in body]


def half():
    return exercise("softmax.logsumexp", Verdict.WRONG, points=0.333333)


def test_canvas_finds_its_columns():
    """What its importer looks for: Student and ID first, the two SIS columns, Section as the last before the
    assignments, and a row of points possible."""
    [head, possible, ada] = canvas(a_class(submission("ada", exercise(), half())), ADA)
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Softmax (99)"]
    assert re.search(r"^\s*Points Possible$", possible[0]) and possible[1:] == ["", "", "", "", "4"]
    assert ada == ["Ada Lovelace", "4711", "S-1", "alovelace", "Monday", "2.33"]


def test_canvas_is_given_no_mark_that_is_not_final():
    """An empty cell leaves the mark in Canvas as it is; a zero would replace it."""
    ours = submission("bob", exercise(), exercise("softmax.logsumexp", Verdict.NOT_GRADED))
    nothing = submission("zoe", exercise(verdict=Verdict.MISSING), exercise("softmax.logsumexp", Verdict.MISSING))
    absent = submission("eve", status="absent", reason="no folder")
    marks = {row[0]: row[5] for row in canvas(a_class(ours, nothing, absent))[2:]}
    assert marks == {"bob": "", "zoe": "0", "eve": ""}


def test_moodle_finds_its_columns():
    """Its importer wants Identifier, Grade and Last modified (grade), the identifier a word and the number."""
    [ada] = moodle(a_class(submission("ada", exercise(), half())), ADA)
    assert {"Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"} < set(ada)
    assert (ada["Identifier"], ada["Full name"], ada["Email address"]) == (
        "Participant 4711", "Ada Lovelace", "ada@example.org",
    )  # fmt: skip
    assert (ada["Status"], ada["Grade"], ada["Maximum Grade"]) == ("Submitted for grading", "2.33", "4")
    assert ada["Last modified (grade)"] == ""


def test_moodle_shows_the_feedback_and_nothing_hidden():
    """Comments are HTML there: what a student may read, escaped."""
    secret = check("the_secret_edge", Verdict.WRONG, shown=False, detail="the value is wrong", full_detail="MARKER")
    shown = check("in_the_open", Verdict.WRONG, detail="expected <1> & got 2")
    mixed = exercise(verdict=Verdict.WRONG, checks=(secret, shown))
    [ada] = moodle(a_class(submission("ada", mixed)), ADA, titles={"softmax": "Scores into probabilities"})
    comment = ada["Feedback comments"]
    assert comment.startswith("<pre>") and comment.endswith("</pre>")
    assert "expected &lt;1&gt; &amp; got 2" in comment and "Scores into probabilities" in comment
    assert "a hidden case" in comment and "secret" not in comment and "MARKER" not in comment


def test_moodle_is_given_no_mark_that_is_not_final():
    """No grade and no comment for who was not graded; who handed nothing in is named so."""
    ours = submission("bob", exercise(verdict=Verdict.NOT_GRADED))
    bomb = submission("zoe", status="not_graded", reason="a zip bomb")
    absent = submission("eve", status="absent", reason="no folder")
    found = {row["Full name"]: row for row in moodle(a_class(ours, bomb, absent))}
    assert {name: (row["Grade"], row["Status"]) for name, row in found.items()} == {
        "bob": ("", "Submitted for grading"), "zoe": ("", "Submitted for grading"), "eve": ("", "No submission"),
    }  # fmt: skip
    assert found["eve"]["Feedback comments"] == found["zoe"]["Feedback comments"] == ""


def test_one_row_for_each_check():
    """Student, exercise and check, what became of it, and all that an instructor may read of it."""
    hidden = check("edge", Verdict.WRONG, shown=False, aspect="edge", detail="wrong", full_detail="expected 1, got 2")
    mixed = exercise(verdict=Verdict.WRONG, points=1.0, checks=(check(), hidden), hints=(Hint("overflowing", ""),))
    results = a_class(submission("ada", mixed, exercise("a.b")), submission("eve", status="absent"))
    [head, *body] = rows(check_lines(results))
    found = [dict(zip(head, row, strict=True)) for row in body]
    assert [(row["student"], row["exercise"], row["check"], row["verdict"]) for row in found] == [
        ("ada", "softmax.softmax", "everyday_numbers", "passed"),
        ("ada", "softmax.softmax", "edge", "wrong"),
        ("ada", "a.b", "everyday_numbers", "passed"),
    ]
    assert found[1] | {"shown": "no", "detail": "expected 1, got 2", "misconceptions": "overflowing"} == found[1]
    assert (found[1]["points"], found[1]["max_points"], found[1]["aspect"]) == ("1", "2", "edge")


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-smith", "@sum", "\uff1dx", "=cmd()|' /C calc'!A0, Pat"])
def test_a_name_is_never_a_formula(name):
    """In no file does a cell begin as a spreadsheet's formulas do, whatever people wrote, and wherever."""
    wrong = exercise(verdict=Verdict.WRONG, checks=(check(name, Verdict.WRONG, detail=name),), hints=(Hint(name, ""),))
    results = a_class(submission(name, wrong))
    student = Student(name, name, name, "", name, name, name)
    tables = [
        canvas(results, student, assignment=name),
        rows(moodle_lines(results, who(student), {})),
        rows(check_lines(results)),
    ]
    for table in tables:
        assert any(f"'{name}" in row for row in table)
        assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@", "\uff1d"))]


@pytest.mark.parametrize("name", ["Doe, Ada", 'O"Brien', "王小明", "Ada; Bob", "a=b"])
def test_a_name_survives_the_file(name):
    """Commas, quotes, semicolons and any script come back as they were."""
    results = a_class(submission(name, exercise()))
    assert canvas(results)[2][0] == name
    assert moodle(results)[0]["Full name"] == name
    assert rows(check_lines(results))[1][0] == name


def test_any_name_can_be_written():
    """Control characters and broken Unicode neither stop the file nor reach a terminal."""
    results = a_class(submission(UNICODE, overflowing()))
    for lines in (
        canvas_lines(results, who(), "a\nb"), moodle_lines(results, who(), {}), check_lines(results),
    ):  # fmt: skip
        text = "".join(lines)
        assert "王小明" in text.encode().decode()
        assert text.endswith("\r\n")


def test_every_student_has_a_row():
    """A class with all that can happen in it: one row for each student, in order."""
    results = demo(60, 3)
    students = [each.student for each in results.submissions]
    plain = [name for name in students if not name.startswith("=")]
    assert [row[0] for row in canvas(results)[2:] if not row[0].startswith("'=")] == plain
    assert len(moodle(results)) == len(students)
