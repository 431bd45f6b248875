"""A group's work is graded once; each of the group has the mark, and a later run knows it of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.gradebook.opening import open_gradebook
from grader.grading import pool
from grader.grading.groups import ClassWork
from grader.grading.pool import GradingPlan, grade
from grader.grading.task import Graded, Task
from grader.intake.handed_in import HandedIn, Part
from grader.model.result import SubmissionResult
from tests.helpers.downloads import folder_of
from tests.helpers.tiny_class import HALF_DONE, RIGHT, graded_in, marks, rows, run, write_course

PAIR = """\
submission_1:
  :submitters:
  - :name: Ada
    :email: ada@x
  - :name: Bob
    :email: bob@x
  :created_at: 2026-03-01 12:00:00 Z
submission_2:
  :submitters:
  - :name: Cyd
    :email: cyd@x
  :created_at: 2026-03-01 12:00:00 Z
"""
CLASS = {
    "submission_metadata.yml": PAIR,
    "submission_1/doubling.py": HALF_DONE,
    "submission_2/doubling.py": RIGHT,
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """What the workers are asked for."""
    seen: list[Task] = []

    def watched(plan: GradingPlan, tasks: Iterator[Task]) -> Iterator[Graded]:
        return grade(plan, (seen.append(task) or task for task in tasks))  # type: ignore[func-returns-value]

    monkeypatch.setattr(pool, "grade", watched)
    return seen


def test_a_group_is_graded_once(tmp_path: Path, asked: list[Task]) -> None:
    """Two of three are one task; marks and counts are of three; one who comes late to the group is graded alone."""
    course, folder, out = write_course(tmp_path / "course"), folder_of(tmp_path / "class", CLASS), tmp_path / "out"
    said = run(folder, out, course, "--jobs", "1")
    assert [task.handed_in.student for task in asked] == ["ada@x", "cyd@x"]
    assert "3 students: 3 graded" in said
    assert {student: mark[2] for student, mark in marks(out).items()} == {"ada@x": 3.0, "bob@x": 3.0, "cyd@x": 4.0}
    assert marks(out)["ada@x"] == marks(out)["bob@x"]

    asked.clear()
    late = "  - :name: Dan\n    :email: dan@x\n"
    (folder / "submission_metadata.yml").write_text(PAIR.replace("  :created_at", f"{late}  :created_at", 1))
    assert "3 unchanged, 1 graded" in run(folder, out, course, "--jobs", "1")
    assert [task.handed_in.student for task in asked] == ["ada@x", "cyd@x", "dan@x"]
    assert marks(out)["dan@x"] == marks(out)["ada@x"]
    assert set(graded_in(out).values()) == {1, 2}

    asked.clear()
    assert "4 regraded" in run(folder, out, course, "--jobs", "1", "--regrade")
    assert [task.handed_in.student for task in asked] == ["ada@x", "cyd@x"]


def test_a_group_tries_together(tmp_path: Path) -> None:
    """Another work of the group's is an attempt of each in it, and of nobody else."""
    course, folder, out = write_course(tmp_path / "course"), folder_of(tmp_path / "class", CLASS), tmp_path / "out"
    run(folder, out, course, "--jobs", "1")
    (folder / "submission_1" / "doubling.py").write_text(RIGHT)
    run(folder, out, course, "--jobs", "1")
    tried = "SELECT student, max(number), count(*) FROM attempts JOIN submissions s ON s.id = submission_id GROUP BY 1"
    assert rows(out, tried) == [("ada@x", 2, 6), ("bob@x", 2, 6), ("cyd@x", 1, 3)]


def test_only_the_very_same_is_shared(tmp_path: Path) -> None:
    """Not other files, not what differs by a note, and not two who have handed in nothing."""
    one, two = Part(Path("a")), Part(Path("b"))
    everyone = [
        HandedIn("ada", (one,)), HandedIn("bob", (one,)), HandedIn("cyd", (one,), notes=("late",)),
        HandedIn("dan", (two,)), HandedIn("eve"), HandedIn("fay"),
    ]  # fmt: skip
    with open_gradebook(str(tmp_path / "gradebook.db")) as gradebook:
        work = ClassWork.of(gradebook, {}, everyone)
        assert [task.handed_in.student for task in work.tasks()] == ["ada", "cyd", "dan", "eve", "fay"]
    told = list(work.shared(Graded("ada", "x", SubmissionResult("ada", "graded"))))
    assert [(each.student, each.result and each.result.student) for each in told] == [("ada", "ada"), ("bob", "bob")]
    assert list(work.shared(Graded("dan", "x", None))) == [Graded("dan", "x", None)]
