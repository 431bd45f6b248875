"""An assignment from its file to marks that can be defended: the commands as an instructor types them."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.check import check
from grader.cli.grade import grade
from grader.model.errors import UsageError
from tests.helpers.tiny_class import HALF_DONE, RIGHT, SQUARED, hand_in, run, write_course

HW1 = """\
title = "Homework 1"
timezone = "Europe/Berlin"
due = 2026-03-09T23:59:00

[exercises]
doubling = 8

[late]
loss = "25 %"
cap = "50 %"

[[extensions]]
students = ["bob"]
days = 3
reason = "ill"
"""
TIMES = "student,time\nada,2026-03-10 12:00\nbob,2026-03-11 12:00\ncyd,2026-03-01 12:00\n"


class Desk:
    """A course with an assignment, a class, and the folder of its grades."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "grades" / "hw1"
        self.course, self.submissions = folder / "course", folder / "in"

    def run(self, *more: str) -> str:
        return run(self.submissions, self.out, self.course, "--assignment", "hw1", "--jobs", "1", *more)

    def call(self, *arguments: str) -> str:
        """A command about the gradebook; what it prints."""
        done = CliRunner().invoke(grade, [*arguments, "-o", str(self.out)], catch_exceptions=True)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def rows(self) -> dict[str, dict[str, str]]:
        with (self.out / "grades.csv").open(encoding="utf-8", newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}

    def feedback(self, student: str) -> str:
        return " ".join((self.out / "feedback" / f"{student}.txt").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Right but late, late with an extension, wrong in time, nothing."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    write_course(desk.course)
    (desk.course / "assignments").mkdir()
    (desk.course / "assignments" / "hw1.toml").write_text(HW1)
    for student, source in (("ada", RIGHT), ("bob", HALF_DONE), ("cyd", SQUARED)):
        hand_in(desk.submissions, student, source)
    (desk.submissions / "eve").mkdir()
    (desk.folder / "times.csv").write_text(TIMES)
    desk.run("--times", str(desk.folder / "times.csv"))
    return desk


@pytest.fixture
def desk(graded_once: Desk, tmp_path: Path) -> Desk:
    """The same, to be changed."""
    shutil.copytree(graded_once.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def test_an_assignment_is_graded_as_its_file_says(graded_once: Desk) -> None:
    """Weights, lateness, an extension; tables, results, feedback and exports tell the same."""
    rows = graded_once.rows()
    assert {name: (row["points"], row["max_points"]) for name, row in rows.items()} == {
        "ada": ("6", "8"), "bob": ("6", "8"), "cyd": ("6", "8"), "eve": ("", ""),
    }  # fmt: skip
    assert rows["ada"]["reason"] == "handed in 13 h late, 2026-03-10 11:00 UTC (--times); 25 % off for lateness" or (
        "late" in rows["ada"]["reason"] and "25 % off for lateness" in rows["ada"]["reason"]
    )
    assert "due 2026-03-12 22:59 UTC, extended" in rows["bob"]["reason"]
    assert [rows["ada"][f"doubling.{name}"] for name in ("double", "quadruple", "halve")] == ["1.5", "3", "1.5"]
    results = json.loads((graded_once.out / "results.json").read_text())
    ada = next(each for each in results["submissions"] if each["student"] == "ada")
    assert (ada["points"], ada["mark"]["points"], ada["mark"]["exercises"][0]["loss"]) == (6.0, 6.0, "1/4")
    assert ada["exercises"][0]["points"] == 1.0, "the checks' own points"
    assert "6 of 8 points" in graded_once.feedback("ada") and "Homework 1" in graded_once.feedback("ada")
    done = CliRunner().invoke(grade, ["export", str(graded_once.out), "--format", "canvas"])
    assert done.exit_code == 0, done.output
    canvas = (graded_once.out / "exports" / "canvas.csv").read_text().splitlines()
    assert canvas[0].endswith("Homework 1") and canvas[1].endswith(",8") and canvas[2].endswith(",6")


def test_results_keep_to_their_schema(graded_once: Desk) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: pip install jsonschema")
    from importlib.resources import files

    schema = json.loads(files("grader.report").joinpath("results.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads((graded_once.out / "results.json").read_text()), schema)


def test_what_a_person_says_is_seen_and_survives(desk: Desk) -> None:
    """Points, a comment, an excuse: in feedback, tables and the log; a corrected page changes the mark under them, and
    that is said; undone, they are gone."""
    said = desk.call("adjust", "bob", "halve", "--points", "1", "--reason", "nearly right", "--by", "prof")
    assert "bob: 6 of 8 points before, 7 of 8 points now. Entry" in said
    number = said.partition("Entry ")[2].partition(" ")[0]
    desk.call("comment", "bob", "-m", "Well begun.", "--by", "prof")
    desk.call("excuse", "ada", "halve", "--reason", "her laptop burnt", "--by", "prof")
    desk.call("report")
    rows = desk.rows()
    assert rows["bob"]["points"] == "7" and "1 points by prof: nearly right" in rows["bob"]["reason"]
    assert (rows["ada"]["points"], rows["ada"]["max_points"], rows["ada"]["doubling.halve"]) == ("4.5", "6", "")
    assert "prof: Well begun." in desk.feedback("bob") and "excused by prof: her laptop burnt" in desk.feedback("ada")
    page = desk.course / "solutions" / "doubling" / "halve.py"
    page.write_text(page.read_text().replace("x / 2", "x / 3"))
    assert "Marks of" in desk.run()
    bob = desk.rows()["bob"]
    assert bob["points"] == "7" and "(the mark under it was 0 and is 2 now)" in bob["reason"]
    assert "8 of 8 points now" in desk.call("undo", number, "--reason", "the page was wrong")
    events = desk.call("log", "bob").splitlines()
    assert "1 points for doubling.halve, where the mark was 0.0000 (nearly right)" in events[3]
    assert events[-1].endswith(f"entry {number} is undone (the page was wrong)")


def test_an_extension_granted_later_undoes_the_penalty(desk: Desk) -> None:
    """By a command, or by the file at the next run; taken out of the file, it is taken back, and only that one."""
    assert "6 of 8 points before, 8 of 8 points now" in desk.call("extend", "ada", "--days", "2", "--reason", "ill")
    file = desk.course / "assignments" / "hw1.toml"
    file.write_text(HW1.partition("[[extensions]]")[0])
    out = desk.run()
    assert "4 unchanged" in out
    assert {name: row["points"] for name, row in desk.rows().items()} == {"ada": "8", "bob": "3", "cyd": "6", "eve": ""}
    assert "no longer in hw1.toml" in desk.call("log", "bob")


def test_what_nobody_knows_is_said(desk: Desk) -> None:
    """Without times there are no final marks where lateness costs something; told later, nothing is graded again."""
    desk.out = desk.folder / "grades" / "other" / "hw1"
    out = desk.run()
    assert "nobody has said when it was handed in" in " ".join(out.split())
    assert {row["points"] for row in desk.rows().values()} == {""}
    assert "no final mark; the checks give 8 of 8 points" in desk.feedback("ada")
    desk.call("adjust", "cyd", "--points", "5", "--reason", "seen in class")
    assert "4 unchanged" in desk.run("--times", str(desk.folder / "times.csv"))
    assert {name: row["points"] for name, row in desk.rows().items()} == {"ada": "6", "bob": "6", "cyd": "5", "eve": ""}
    assert "4 unchanged" in desk.run(), "and a run without the file forgets nothing"
    assert desk.rows()["ada"]["points"] == "6"


def test_marks_of_any_moment(desk: Desk) -> None:
    """The same bytes as they were printed then, whatever was said since."""
    before = desk.call("marks")
    at = json.loads(desk.call("log", "--json").splitlines()[-1])["time"]
    desk.call("adjust", "ada", "--points", "-1", "--reason", "copied a line")
    assert desk.call("marks") != before
    assert desk.call("marks", "--at", at) == before
    assert desk.call("marks", "--at", "2020-01-01 12:00 UTC").count("\n") == 1


def test_show_defends_a_mark(desk: Desk) -> None:
    """Call, answer, expected; points and why; versions; and the same once more. Other work is not taken for it."""
    said = desk.call("show", "cyd", "double", "--rerun", "--source", "--course", str(desk.course))
    for line in (
        "double(tensor(",
        "expected ",
        "That is a square",
        "asked in run 1 with python",
        "every check and value as recorded",
        "return x * x",
    ):
        assert line in said
    assert "25 %" in desk.call("show", "ada")


@pytest.mark.soak
def test_other_work_is_not_taken_for_what_was_graded(desk: Desk) -> None:
    """Asked again, it is said that the digest is another, and what else comes out."""
    hand_in(desk.submissions, "cyd", RIGHT)
    where = "--course", str(desk.course), "--submissions", str(desk.submissions), "-o", str(desk.out)
    done = CliRunner().invoke(grade, ["show", "cyd", "--rerun", *where], standalone_mode=False)
    assert "What lies there is not what was graded" in done.output
    assert "differs: doubling.double, recorded 0 wrong, now 1 passed; other checks: " in done.output
    assert done.return_value == 1


def test_a_receipt_says_what_was_graded(desk: Desk) -> None:
    """The page in whatever form, with the files of the student, or with others."""
    for ending in ("html", "md", "txt"):
        page = str(desk.out / "feedback" / f"ada.{ending}")
        done = CliRunner().invoke(
            check, ["receipt", page, str(desk.submissions / "ada" / "doubling.py")], standalone_mode=False
        )
        assert (done.return_value, done.output) == (0, "doubling: this is the file that was graded\n")
        done = CliRunner().invoke(
            check, ["receipt", page, str(desk.submissions / "bob" / "doubling.py")], standalone_mode=False
        )
        assert done.return_value == 1 and "this is NOT what was graded" in done.output


def test_a_person_is_removed(desk: Desk) -> None:
    """From all tables and the log; the reason must not name them."""
    with pytest.raises(UsageError, match="must not name the person"):
        desk.call("remove", "ada", "--yes", "--reason", "Ada has left")
    said = desk.call("remove", "ada", "--dry-run", "--reason", "has left")
    assert said.startswith("would delete the results and marks of ada, and of the log ")
    assert "ada" in desk.rows() and "ada" in desk.call("log")
    desk.call("remove", "ada", "--yes", "--reason", "has left")
    desk.call("report")
    assert "ada" not in desk.rows() and "ada" not in desk.call("log")


WRONG = [
    (("adjust", "nobody", "--points", "1", "--reason", "x"), r"no student 'nobody'"),
    (("adjust", "ada", "double", "--points", "much", "--reason", "x"), r"'much' is no number\. Say 2\.5, or \+0\.5"),
    (("adjust", "ada", "duoble", "--points", "1", "--reason", "x"), r"'duoble'\. Did you mean double\?"),
    (("adjust", "ada", "--points", "1", "--reason", " "), r"--reason is empty"),
    (("undo", "1"), r"nothing to undo under 1"),
    (("undo", "5"), r"was written by grading|nothing to undo|holds no more"),
    (("extend", "ada", "--reason", "x"), r"Say how long it is: --until TIME"),
    (("extend", "ada", "--until", "tomorrow", "--reason", "x"), r"is no time with its zone"),
    (("extend", "ada", "--until", "2026-03-01 12:00 UTC", "--reason", "x"), r"no later than the deadline of the class"),
    (("marks", "--at", "2026-03-01"), r"is no time with its zone"),
    (("show", "eve", "double"), r"eve has no result for doubling\.double"),
    (("show", "ada", "--rerun"), r"There is no course here"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_a_mistake_is_one_line(
    graded_once: Desk, arguments: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the repair; and nothing is written."""
    monkeypatch.chdir(tmp_path)
    before = graded_once.call("log")
    with pytest.raises(UsageError, match=says) as caught:
        graded_once.call(*arguments)
    assert "\n" not in str(caught.value)
    assert graded_once.call("log") == before


def test_two_assignments_are_not_mixed(graded_once: Desk) -> None:
    """A run that forgets the assignment, or names another one, is refused before anything is graded."""
    (graded_once.course / "assignments" / "hw2.toml").write_text('exercises = ["doubling"]\n')
    options = ("--jobs", "1")
    with pytest.raises(UsageError, match=r"is of hw1\. Say --assignment hw1"):
        run(graded_once.submissions, graded_once.out, graded_once.course, *options)
    with pytest.raises(UsageError, match=r"is of hw1, not of hw2"):
        run(graded_once.submissions, graded_once.out, graded_once.course, "--assignment", "hw2", *options)
    with pytest.raises(UsageError, match="Leave one of them out"):
        run(graded_once.submissions, graded_once.out, graded_once.course, "--assignment", "hw1", "--topics", "doubling")
