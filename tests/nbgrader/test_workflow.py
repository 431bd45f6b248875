"""A term with two students, from `d2l-grade nbgrader init` to the exported marks, through nbgrader's own commands."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.nbgrader_class import POINTS, RIGHT, TOPIC, Classroom, Grade, answered, cell, points

OVERFLOWING = {**RIGHT, "log_sum": "def log_sum(x):\n    return x.exp().sum().log()"}
DUE_NOW = """
import sys, datetime
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1], "small") as gradebook:
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    gradebook.update_or_create_assignment("vectors", duedate=now)
"""
API = """
import json
from nbgrader.apps import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader
course = NbGrader()
course.initialize([])  # reads the course's nbgrader_config.py
api = NbGraderAPI(config=course.config)
done = api.autograde("vectors", "bob")
assert done["success"], done
done = api.generate_feedback("vectors", "bob")
assert done["success"], done
print(json.dumps(api.get_submission("vectors", "bob")["score"]))
"""


@pytest.fixture(scope="module")
def term(made: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Classroom:
    """Everything that instructor and students do, in its order."""
    classroom = copy_of(made)
    classroom.configure("c.LateSubmissionPlugin.penalty_method = 'zero'")
    classroom.nbgrader("generate_assignment", TOPIC)
    classroom.nbgrader("release_assignment", TOPIC)
    works_and_submits(classroom, "alice", OVERFLOWING)
    classroom.python(DUE_NOW, f"sqlite:///{classroom.root}/gradebook.db")
    works_and_submits(classroom, "bob", RIGHT)
    classroom.nbgrader("collect", TOPIC)
    classroom.nbgrader("autograde", TOPIC, "--student", "alice")
    classroom.python(API)
    classroom.nbgrader("generate_feedback", TOPIC, "--student", "alice")
    classroom.nbgrader("release_feedback", TOPIC)
    classroom.nbgrader("export")
    return classroom


def works_and_submits(classroom: Classroom, student: str, answers: dict[str, str]) -> None:
    """A student fetches, writes, and submits. Nothing of the course's folder is in theirs."""
    desk = classroom.home / student
    desk.mkdir()
    classroom.nbgrader("fetch_assignment", TOPIC, cwd=desk)
    path = desk / TOPIC / f"{TOPIC}.ipynb"
    path.write_text(json.dumps(answered(json.loads(path.read_text()), answers)))
    classroom.nbgrader("submit", TOPIC, f"--student={student}", cwd=desk)


def test_scores_are_stored_with_partial_credit(term: Classroom) -> None:
    """A mistake costs what it is worth, a right notebook has full marks, and no human is asked."""
    grades = term.grades()
    assert grades["bob"] == {name: Grade(most) for name, most in POINTS.items()}
    alice = points(grades["alice"])
    assert alice | {"log_sum": 0} == {**POINTS, "log_sum": 0}
    assert 0 < float(alice["log_sum"] or 0) < 1


def test_marks_are_exported(term: Classroom) -> None:
    """The exported table holds both students; who was late pays what the course's policy says."""
    with (term.root / "grades.csv").open() as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["bob"]["raw_score"]) == sum(POINTS.values())
    assert float(rows["bob"]["score"]) == 0.0
    assert float(rows["alice"]["score"]) == pytest.approx(
        sum(float(each or 0) for each in points(term.grades()["alice"]).values())
    )
    assert rows["alice"]["late_submission_penalty"] == "0.0"


def test_comments_carry_the_hint(term: Classroom) -> None:
    """An instructor reads the misconception beside the answer; right answers have no comment."""
    comments = term.comments("alice")
    assert comments["scale"] is None
    assert "exp overflows on large scores. Take the maximum out of the sum first." in str(comments["log_sum"])


def test_feedback_shows_shown_cases_and_hides_hidden_ones(term: Classroom) -> None:
    """A student reads call, expected and got of shown cases; of hidden cases the kind of failure alone."""
    page = (term.root / "feedback" / "alice" / TOPIC / f"{TOPIC}.html").read_text()
    assert "large_scores" in page
    assert "expected 200" in page
    assert "got inf" in page
    assert "a hidden case" in page
    assert "small_scores" not in page


def test_feedback_reaches_the_student(term: Classroom) -> None:
    """`release_feedback` puts it where `fetch_feedback` finds it."""
    released = list((term.home / "exchange" / "small" / "feedback").glob("*.html"))
    assert len(released) == 2


def test_students_get_neither_solutions_nor_hidden_cases(term: Classroom) -> None:
    """What is released holds the stubs, the checks by name, and the key of the shown cases."""
    from grader.model.keys.key_file import load_key

    folder = term.home / "exchange" / "small" / "outbound" / TOPIC
    assert sorted(path.name for path in folder.iterdir()) == [f"d2l-{TOPIC}.key", f"{TOPIC}.ipynb"]
    text = (folder / f"{TOPIC}.ipynb").read_text()
    assert "x.max()" not in text
    assert "SOLUTION" not in text
    assert "YOUR CODE HERE" in text
    assert "small_scores" not in text
    entries = [entry for exercise in load_key(folder / f"d2l-{TOPIC}.key").exercises for entry in exercise.entries]
    assert entries
    assert all(entry.shown for entry in entries)


def test_released_cells_are_locked(term: Classroom) -> None:
    """Students cannot edit or delete text and checks by accident."""
    book = json.loads((term.root / "release" / TOPIC / f"{TOPIC}.ipynb").read_text())
    for id in (f"about-{TOPIC}", f"setup-{TOPIC}", f"check-{TOPIC}-scale"):
        assert cell(book, id)["metadata"]["editable"] is False
    assert "editable" not in cell(book, f"answer-{TOPIC}-scale")["metadata"]


def test_validate_agrees_with_check(term: Classroom) -> None:
    """`nbgrader validate` passes where every check passes, and names the check that fails."""
    alice, bob = (term.home / name / TOPIC for name in ("alice", "bob"))
    assert "Success! Your notebook passes all the tests." in term.nbgrader("validate", f"{TOPIC}.ipynb", cwd=bob)
    said = term.nbgrader("validate", f"{TOPIC}.ipynb", cwd=alice)
    assert "VALIDATION FAILED ON 1 CELL" in said
    assert 'check("vectors.log_sum")' in said
    assert "CheckFailed: log_sum: wrong" in said
    assert "log_sum(tensor(" in said and "expected" in said, "validate says less than d2l-check"


def test_a_regrade_keeps_what_a_human_gave_and_repeats_the_rest(term: Classroom) -> None:
    """A manual score, extra credit and a manual comment survive; the same seed gives the same scores again."""
    before = points(term.grades()["alice"])
    script = """
import sys
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1], "small") as gradebook:
    grade = gradebook.find_grade("check-vectors-log_sum", "vectors", "vectors", "alice")
    grade.manual_score, grade.extra_credit = 1.5, 0.25
    gradebook.find_comment("answer-vectors-log_sum", "vectors", "vectors", "alice").manual_comment = "Nearly."
    gradebook.db.commit()
"""
    term.python(script, f"sqlite:///{term.root}/gradebook.db")
    term.nbgrader("autograde", TOPIC, "--student", "alice", "--force")
    grade = term.grades()["alice"]["log_sum"]
    assert (grade.manual, grade.extra, grade.needs_manual) == (1.5, 0.25, True)
    assert points(term.grades()["alice"]) == before
    assert term.ask("select manual_comment from comment where manual_comment is not null") == [("Nearly.",)]


def test_a_student_needs_no_nbgrader(made: Classroom) -> None:
    """`from grader import check` and a check work where nothing of nbgrader or Jupyter is installed."""
    program = """
import sys
for name in ("nbgrader", "nbconvert", "nbformat", "IPython", "ipykernel", "jupyter_core", "traitlets"):
    sys.modules[name] = None
import torch
from grader import check
def scale(X, factor): return X * factor
check("vectors.scale")
"""
    folder = made.root / "source" / TOPIC
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, text=True, capture_output=True, check=True)
    assert "scale" in done.stdout
    assert Path(folder, f"d2l-{TOPIC}.key").is_file()
