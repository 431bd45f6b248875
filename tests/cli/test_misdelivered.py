"""No final mark rests on something that nobody read: a class in which everybody mis-delivers, from intake to exports."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from grader.cli.export import export
from grader.grading.place import Place
from grader.model.errors import UsageError
from tests.helpers import html
from tests.helpers.downloads import folder_of
from tests.helpers.misdelivered import NOT_FINAL, READ, TRIPLE, ZERO, hand_in_class, two_topics
from tests.helpers.tiny_class import HALF_DONE, RIGHT, graded_in, marks, run

ONE = ("--jobs", "1")
DOUBLING = ("doubling.double", "doubling.quadruple", "doubling.halve")


def table(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class, graded twice, with what the runs said."""
    place = tmp_path_factory.mktemp("misdelivered")
    for name in ("first", "second"):
        said = run(hand_in_class(place / "class"), place / "out", two_topics(place / "course"), *ONE)
        (place / name).write_text(said, encoding="utf-8")
    return place


def test_what_is_obvious_gets_its_mark(place: Path) -> None:
    """Full marks for all who handed in right work under a name that tells what it is."""
    found = table(place / "out")
    assert len(READ) + len(NOT_FINAL) >= 30
    assert {student: (found[student]["points"], found[student]["percent"]) for student in READ} == dict.fromkeys(
        READ, ("5", "100")
    )


def test_what_nobody_has_read_is_no_zero(place: Path) -> None:
    """Empty cells, an empty total, and a sentence; the topic that was handed in as asked has its points."""
    found = table(place / "out")
    for student in NOT_FINAL:
        row = found[student]
        assert [row[name] for name in (*DOUBLING, "points", "percent")] == [""] * 5, student
        assert (row["status"], row["tripling.triple"]) == ("graded", "1"), student
        assert row["reason"].startswith("doubling is not final: "), student


def test_it_is_named_in_every_report(place: Path) -> None:
    """Terminal, report and table name each student and topic; the student reads it too."""
    said, out = " ".join((place / "first").read_text(encoding="utf-8").split()), place / "out"
    page = html.text((out / "report.html").read_text(encoding="utf-8"))
    assert "Not final: nobody has read this" in said
    before, _, after = page.partition("Not final: look at these")
    assert after and "Mean" not in before, "the list stands at the top"
    for student in NOT_FINAL:
        reason = table(out)[student]["reason"].removeprefix("doubling is not final: ").split("; --")[0]
        assert f"{student} doubling" in said, student
        assert f"{student} doubling {reason[:40]}" in page, student
        told = " ".join((out / "feedback" / f"{student}.txt").read_text(encoding="utf-8").split())
        assert "your instructor is told what was found" in told and "0 of" not in told, student


def test_zeros_are_those_that_are_final(place: Path) -> None:
    """Nothing there, an untouched stub, a syntax error, calls that fail."""
    found = table(place / "out")
    zeros = {student for student, row in found.items() if {row[name] for name in DOUBLING} == {"0"}}
    assert zeros == set(ZERO)


def test_nothing_is_asked_again_for_it(place: Path) -> None:
    """What nobody has read is no fault of ours: the next run leaves it alone."""
    assert f"{len(READ) + len(NOT_FINAL) + len(ZERO)} unchanged" in (place / "second").read_text(encoding="utf-8")


def test_exports_have_empty_cells(place: Path) -> None:
    """Never a zero, and not the sum of the rest."""
    export(Place.of(place / "out", None, None), (), None, None, None, "hidden")
    exports = place / "out" / "exports"
    for name, key, cell in (("canvas", "Student", "A tiny course"), ("moodle", "Full name", "Grade")):
        with (exports / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            found = {row[key]: row[cell] for row in csv.DictReader(file)}
        assert {found[student] for student in NOT_FINAL} == {""}, name
        assert {found[student] for student in READ} == {"5"}, name
    with (exports / "checks.csv").open(newline="", encoding="utf-8") as file:
        points = {row["points"] for row in csv.DictReader(file) if row["verdict"] == "not_graded"}
    assert points == {""}
    for student in NOT_FINAL:
        document = json.loads((exports / "gradescope" / f"{student}.json").read_text(encoding="utf-8"))
        assert "score" not in document and not any("score" in test for test in document["tests"]), student
    assert "<error" not in (exports / "junit.xml").read_text(encoding="utf-8")


def test_a_person_settles_it(tmp_path: Path) -> None:
    """--map says which file is meant, whatever signs are in its name; the next run still knows, until it is taken
    back; a file that is gone is said."""
    course, out, name = two_topics(tmp_path / "course"), tmp_path / "out", "x=1: y.py"
    folder = folder_of(
        tmp_path / "class", {f"ada: b/{name}": RIGHT, "ada: b/tripling.py": TRIPLE, "bob/doubling.py": RIGHT}
    )
    run(folder, out, course, *ONE)
    assert table(out)["ada: b"]["points"] == ""
    assert "1 unchanged, 1 graded" in run(folder, out, course, *ONE, "--map", f"ada: b:{name}=doubling")
    assert (table(out)["ada: b"]["points"], table(out)["ada: b"]["percent"]) == ("5", "100")
    assert f"{name} is read as doubling.py, as --map says" in table(out)["ada: b"]["reason"]
    assert "2 unchanged" in run(folder, out, course, *ONE)
    (folder / "ada: b" / name).write_text(HALF_DONE)
    run(folder, out, course, *ONE)
    assert table(out)["ada: b"]["points"] == "4"
    (folder / "ada: b" / name).rename(folder / "ada: b" / "z.py")
    run(folder, out, course, *ONE)
    assert "which --map names for doubling, is not there" in table(out)["ada: b"]["reason"]
    run(folder, out, course, *ONE, "--map", "ada: b:z.py=doubling")
    run(folder, out, course, *ONE, "--map", "ada: b:=doubling")
    assert table(out)["ada: b"]["reason"].startswith("doubling is not final: there is no doubling.py; z.py is there")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("eve:doubling.py=doubling", "there is no student 'eve'"), ("ada:x.py=doubling", "ada has handed in no x.py"),
        ("ada:doubling.py=dubling", "there is no topic 'dubling'"), ("doubling.py", "is not of this form"),
        ("ada=doubling", "is not of this form"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_one_line(tmp_path: Path, course: Path, given: str, says: str) -> None:
    """No such student, file or topic: said before anything is graded."""
    folder = folder_of(tmp_path / "class", {"ada/doubling.py": RIGHT})
    with pytest.raises(UsageError, match=says) as caught:
        run(folder, tmp_path / "out", course, *ONE, "--map", given)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("renamed", ["grades", "grades of May"])
def test_reports_inside_the_class_are_no_student(tmp_path: Path, course: Path, renamed: str) -> None:
    """OUT lies in SUBMISSIONS, or what an earlier run has left there: left out, and said."""
    folder = folder_of(tmp_path / "class", {"ada/doubling.py": RIGHT, "bob/doubling.py": HALF_DONE})
    run(folder, folder / "grades", course, *ONE)
    (folder / "grades").rename(folder / renamed)
    said = run(folder, folder / renamed, course, *ONE)
    assert f"Left out, since reports of a class lie there: {renamed}." in said
    assert "2 unchanged" in said and set(marks(folder / renamed)) == {"ada", "bob"}
    said = run(folder, tmp_path / "out", course, *ONE)
    assert set(marks(tmp_path / "out")) == {"ada", "bob"} and renamed in said


def test_a_folder_for_reports_that_is_empty_yet(tmp_path: Path, course: Path) -> None:
    """OUT that was made beforehand is no student who has handed in nothing; nor is the class's own folder as OUT."""
    folder = folder_of(tmp_path / "class", {"ada/doubling.py": RIGHT})
    (folder / "grades").mkdir()
    run(folder, folder / "grades", course, *ONE)
    assert set(marks(folder / "grades")) == {"ada"}
    for _ in range(2):
        run(folder, folder, course, *ONE)
        assert set(marks(folder)) == {"ada"}
    assert graded_in(folder)
