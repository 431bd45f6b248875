"""The bridge: `d2l-grade` grades what nbgrader collected, and carries the marks into nbgrader's gradebook."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from grader.marks.codec import encoded
from grader.model.mark import Adjustment, ExerciseMark, Mark
from tests.helpers.nbgrader_class import POINTS, RIGHT, SMALL, TOPIC, Classroom, Grade, answered, points

A_HUMAN = """
import sys
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1], "small") as gradebook:
    gradebook.update_or_create_student("carol")
    gradebook.update_or_create_submission("vectors", "carol")
    grade = gradebook.find_grade("check-vectors-scale", "vectors", "vectors", "carol")
    grade.manual_score, grade.extra_credit = 0.5, 0.25
    gradebook.find_comment("answer-vectors-scale", "vectors", "vectors", "carol").manual_comment = "Nearly."
    gradebook.db.commit()
"""

OTHER_WORDS = {"kind": "told", "text": "other words"}


@pytest.fixture(scope="module")
def pushed(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Classroom:
    """Three notebooks, a module and a broken file, graded by d2l-grade alone."""
    classroom = copy_of(generated)
    empty = classroom.released()
    late = classroom.hand_in("alice", answered(empty, RIGHT))
    (late.parent / "timestamp.txt").write_text("2026-01-01 10:00:00.000000 UTC")
    classroom.hand_in("bob", answered(empty, {**RIGHT, "log_sum": "def log_sum(x):\n    return x.exp().sum().log()"}))
    classroom.hand_in("carol", answered(empty, RIGHT))
    classroom.hand_in("dave", b"{")
    classroom.hand_in("erin", "\n\n".join(["import torch", *RIGHT.values()]).encode(), f"{TOPIC}.py")
    (classroom.root / "submitted" / "frank").mkdir()
    classroom.python(A_HUMAN, f"sqlite:///{classroom.root}/gradebook.db")
    classroom.d2l_grade("run", str(classroom.root), "--course", str(SMALL), "--jobs", "1")
    said = classroom.d2l_grade("nbgrader", "push", str(classroom.root))
    assert "5 notebooks of 5 students" in said
    return classroom


def test_a_course_of_nbgraders_is_a_class(pushed: Classroom) -> None:
    """Its collected notebooks are graded like modules, with the seed that the course keeps and nobody else reads."""
    results = json.loads((pushed.home / "grades" / "results.json").read_text())
    seed = (pushed.root / ".d2l-grader" / "seed").read_text().strip()
    with sqlite3.connect(pushed.home / "grades" / "gradebook.db") as connection:
        assert connection.execute("select value from secrets").fetchall() == [(seed,)]
    assert seed not in (pushed.home / "grades" / "results.json").read_text()
    assert {each["student"]: each["points"] for each in results["submissions"]} == pytest.approx(
        {"alice": 5.0, "bob": 3.4, "carol": 5.0, "dave": None, "erin": 5.0, "frank": 0.0}, abs=0.3
    )


def test_marks_are_in_the_gradebook(pushed: Classroom) -> None:
    """Points, and a comment with the hint."""
    grades = pushed.grades()
    assert grades["alice"] == grades["erin"] == {name: Grade(most) for name, most in POINTS.items()}
    assert 0 < float(points(grades["bob"])["log_sum"] or 0) < 1
    assert "exp overflows on large scores" in str(pushed.comments("bob")["log_sum"])


def test_what_a_human_gave_is_never_overwritten(pushed: Classroom) -> None:
    """Manual score, extra credit and comment stay, and are flagged for another look."""
    assert pushed.grades()["carol"]["scale"] == Grade(1.0, manual=0.5, extra=0.25, needs_manual=True)
    assert pushed.ask("select manual_comment from comment where manual_comment is not null") == [("Nearly.",)]


def test_who_handed_in_nothing_has_no_submission(pushed: Classroom) -> None:
    """An absent student is not given a zero that looks like a grade."""
    assert "frank" not in pushed.grades()


def test_a_broken_notebook_waits_for_a_human(pushed: Classroom) -> None:
    """As it does when nbgrader grades it; the comment says why."""
    assert pushed.grades()["dave"] == dict.fromkeys(POINTS, Grade(None, needs_manual=True))
    assert "is not a notebook" in str(pushed.comments("dave")["scale"])


def test_the_time_of_submission_is_known(pushed: Classroom) -> None:
    """So that nbgrader's lateness works; and its export has the marks."""
    pushed.nbgrader("export")
    with (pushed.root / "grades.csv").open() as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["alice"]["timestamp"] == "2026-01-01 10:00:00"
    assert float(rows["alice"]["score"]) == 5.0
    assert float(rows["carol"]["score"]) == 4.75


def test_pushing_twice_changes_nothing(pushed: Classroom) -> None:
    """The same results are the same marks."""
    before = pushed.grades()
    pushed.d2l_grade("nbgrader", "push", str(pushed.root))
    assert pushed.grades() == before


def test_marks_do_not_hang_on_any_sentence(
    pushed: Classroom, copy_of: Callable[[Classroom], Classroom], tmp_path: Path
) -> None:
    """The same results with other words in them, for a broken notebook, an absent student and all others, are the same
    marks for the same students."""
    results = json.loads((pushed.home / "grades" / "results.json").read_text())
    assert {each["status"] for each in results["submissions"]} == {"graded", "not_graded", "absent"}
    for submission in results["submissions"]:
        submission["reason"] = submission["reason"] and "other words"
        for exercise in submission["exercises"]:
            exercise["note"] = exercise["note"] and OTHER_WORDS
            for check in exercise["checks"]:
                check["fact"] = check["fact"] and OTHER_WORDS
    (tmp_path / "reworded.json").write_text(json.dumps(results))
    classroom = copy_of(pushed)
    classroom.d2l_grade("nbgrader", "push", str(classroom.root), "--results", str(tmp_path / "reworded.json"))
    assert classroom.grades() == pushed.grades()


def test_who_handed_in_nothing_of_the_topic_is_told_by_a_field(
    pushed: Classroom, copy_of: Callable[[Classroom], Classroom], tmp_path: Path
) -> None:
    """No zero for who has neither the file nor a function of it, nor for an empty submission; a human looks at others."""
    results = json.loads((pushed.home / "grades" / "results.json").read_text())
    erin = next(each for each in results["submissions"] if each["student"] == "erin")
    nothing = [{**each, "verdict": "missing", "source": "absent", "note": OTHER_WORDS} for each in erin["exercises"]]
    of_them = {"student": "gina", "exercises": nothing}, {"student": "hugo", "status": "not_graded", "empty": True}
    broken = {"student": "ivan", "status": "not_graded", "reason": "there is no way to say it", "empty": False}
    added = [{**erin, **each} for each in (*of_them, broken)]
    results["submissions"] = [*results["submissions"], *added]
    (tmp_path / "more.json").write_text(json.dumps(results))
    classroom = copy_of(pushed)
    classroom.d2l_grade("nbgrader", "push", str(classroom.root), "--results", str(tmp_path / "more.json"))
    grades = classroom.grades()
    assert grades.keys() - pushed.grades().keys() == {"ivan"}
    assert grades["ivan"] == dict.fromkeys(POINTS, Grade(None, needs_manual=True))


def test_without_a_place_for_the_marks_the_repair_is_said(
    made: Classroom, pushed: Classroom, copy_of: Callable[[Classroom], Classroom]
) -> None:
    """A course that was never generated has no cells to give points to."""
    results, fresh = str(pushed.home / "grades" / "results.json"), copy_of(made)
    said = fresh.d2l_grade("nbgrader", "push", str(fresh.root), "--results", results, ok=False)
    assert "The gradebook has no cell for these exercises. Run nbgrader generate_assignment first." in said


def test_a_mark_is_not_changed_by_rounding(
    pushed: Classroom, copy_of: Callable[[Classroom], Classroom], tmp_path: Path
) -> None:
    """results.json has four decimals. A mark that is there with more of them stays; one that is another does not."""
    classroom = copy_of(pushed)
    exact, other = 2 / 3, 0.3
    in_cell = "where cell_id = (select id from base_cell where name = ?)"
    with sqlite3.connect(classroom.root / "gradebook.db") as connection:
        for name, mark in (("log_sum", exact), ("shares", other)):
            connection.execute(f"update grade set auto_score = ? {in_cell}", (mark, f"check-{TOPIC}-{name}"))
    connection.close()
    results = json.loads((pushed.home / "grades" / "results.json").read_text())
    for submission in results["submissions"]:
        for exercise in submission["exercises"]:
            exercise["points"] = {f"{TOPIC}.log_sum": 0.6667, f"{TOPIC}.shares": 0.3002}.get(exercise["id"], 1.0)
    (tmp_path / "rounded.json").write_text(json.dumps(results))
    classroom.d2l_grade("nbgrader", "push", str(classroom.root), "--results", str(tmp_path / "rounded.json"))
    assert points(classroom.grades()["bob"]) == {"scale": 1.0, "log_sum": exact, "shares": 0.3002}


def test_what_people_gave_in_our_log_is_carried(
    pushed: Classroom, copy_of: Callable[[Classroom], Classroom], tmp_path: Path
) -> None:
    """Points in place of the checks', and why; lateness; what nobody knows, or is excused, waits for a human; nbgrader's own manual
    marks stay; for points of the whole there is no place, and that is said."""
    results = json.loads((pushed.home / "grades" / "results.json").read_text())
    given = Adjustment(
        7, datetime(2026, 3, 9, tzinfo=UTC), "prof", Decimal(1), False, "nearly right", Decimal(0), Decimal(0)
    )
    for each in results["submissions"]:
        marks = [
            ExerciseMark(one["id"], Decimal(str(one["points"] or 0)), Decimal(str(one["max_points"])), Decimal(0))
            for one in each["exercises"]
        ]
        if each["student"] == "bob":
            marks = [
                replace(one, points=one.most, adjustments=(given,)) if "log_sum" in one.id else one for one in marks
            ]
        if each["student"] == "erin":
            marks = [
                replace(one, points=one.most / 2) if "shares" in one.id else replace(one, excused="scale" in one.id)
                for one in marks
            ]
        whole = (given,) if each["student"] == "alice" else ()
        each["mark"] = encoded(Mark("hw1", Decimal(5), Decimal(5), tuple(marks), adjustments=whole))
    (tmp_path / "given.json").write_text(json.dumps(results))
    classroom = copy_of(pushed)
    said = classroom.d2l_grade("nbgrader", "push", str(classroom.root), "--results", str(tmp_path / "given.json"))
    assert "nbgrader has no place for it: what was given for the whole to alice." in said
    grades = classroom.grades()
    assert points(grades["bob"])["log_sum"] == POINTS["log_sum"]
    assert "1 points by prof: nearly right." in str(classroom.comments("bob")["log_sum"])
    assert points(grades["erin"])["shares"] == POINTS["shares"] / 2
    assert grades["erin"]["scale"].needs_manual
    assert grades["carol"]["scale"] == Grade(1.0, manual=0.5, extra=0.25, needs_manual=True)
