import csv
import io

import pytest

from grader.model.result import Verdict
from grader.report.grades_csv import to_csv
from tests.helpers.results import a_class, demo, exercise, submission


def rows(results):
    return list(csv.DictReader(io.StringIO(to_csv(results), newline="")))


def test_one_row_a_student_and_one_column_an_exercise():
    """Name, status, total and each exercise's points, in the book's order."""
    half = exercise("softmax.logsumexp", Verdict.WRONG, points=0.5)
    results = a_class(submission("ada", exercise(), half), submission("bob", exercise(), exercise("softmax.logsumexp")))
    [ada, bob] = rows(results)
    assert list(ada) == [
        *("student", "status", "reason", "points", "max_points", "percent"), "softmax.softmax", "softmax.logsumexp",
    ]  # fmt: skip
    assert list(ada.values()) == ["ada", "graded", "", "2.5", "4", "62.5", "2", "0.5"]
    assert bob["percent"] == "100"


@pytest.mark.parametrize("status", ["absent", "not_graded"])
def test_no_mark_is_an_empty_cell(status):
    """Who was not graded has no zeros that a learning system could take for marks."""
    results = a_class(submission("ada", exercise()), submission("bob", status=status, reason="no folder"))
    bob = rows(results)[1]
    assert (bob["status"], bob["reason"]) == (status, "no folder")
    assert {bob[name] for name in ("points", "max_points", "percent", "softmax.softmax")} == {""}


def test_an_exercise_that_we_failed_at_is_no_zero_in_silence():
    """The cell, the total and the percent stay empty, and the reason says what is missing."""
    ours = exercise("softmax.logsumexp", Verdict.NOT_GRADED)
    [ada] = rows(a_class(submission("ada", exercise(), ours)))
    assert (ada["softmax.logsumexp"], ada["percent"], ada["points"]) == ("", "", "")
    assert ada["reason"] == "not graded: softmax.logsumexp"


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-smith", "@sum", "\tx", "\nx", "\uff1dx"])
def test_a_name_is_never_a_formula(name):
    """A spreadsheet shows what people wrote, it does not run it."""
    [row] = rows(a_class(submission(name, exercise(), reason=name)))
    assert (row["student"], row["reason"]) == ("'" + name, "'" + name)


@pytest.mark.parametrize("name", ["a,b", 'O"Brien', "two\nlines", "王小明", " spaces ", "a=b"])
def test_a_name_survives_the_file(name):
    """Commas, quotes, line ends and any script come back as they were."""
    assert [row["student"] for row in rows(a_class(submission(name, exercise())))] == [name]


def test_lines_end_as_rfc_4180_says_and_any_name_can_be_written():
    """CR LF, and UTF-8 whatever a folder was called."""
    text = to_csv(a_class(submission("caf\udce9\0", exercise())))
    assert text.splitlines(keepends=True)[0].endswith("\r\n")
    assert "caf\ufffd␀" in text.encode().decode()


def test_numbers_stay_numbers():
    """Points are plain numbers, also those of a whole class."""
    for row in rows(demo(60, 3)):
        if row["status"] == "graded":
            cells = [float(row[name]) for name in row if "." in name]
            assert sum(cells) == pytest.approx(float(row["points"]), abs=1e-9)
