"""Odd notebooks are one student's problem: what can be graded is, the rest says why, and the batch goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import nbformat
import pytest
from nbgrader.api import Gradebook

from grader.nbgrader.autograde.prefetch import work_in
from grader.nbgrader.autograde.sanitize import code_of
from grader.nbgrader.gradebook_plan import plan_of
from tests.helpers.nbgrader_class import POINTS, RIGHT, TOPIC, Classroom, Grade, answered, code, points
from tests.helpers.odd_notebooks import ODD, STATE, UNREADABLE

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def graded(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Iterator[Classroom]:
    """One batch with all of them in it."""
    classroom = copy_of(generated)
    right = answered(classroom.released(), RIGHT)
    for name, (change, _) in ODD.items():
        book = json.loads(json.dumps(right))
        change(book)
        classroom.hand_in(name, book)
    for name, source in STATE.items():
        classroom.hand_in(name, answered(right, {"scale": source}))
    for name, data in UNREADABLE.items():
        classroom.hand_in(name, data)
    classroom.hand_in("renamed_as_a_copy", right, f"{TOPIC}-Copy1.ipynb")
    classroom.hand_in("renamed_altogether", right, "My homework (final).ipynb")
    elsewhere = classroom.hand_in("nothing_odd", right)
    link = classroom.hand_in("a_link", right)
    link.unlink()
    link.symlink_to(elsewhere)
    classroom.configure("c.Judge.question_seconds = 5")
    classroom.nbgrader("autograde", TOPIC)
    return classroom


@pytest.mark.parametrize("name", ODD)
def test_an_odd_notebook_costs_what_it_should(graded: Classroom, name: str) -> None:
    """What can be graded is graded, and costs nothing else than itself."""
    assert points(graded.grades()[name]) == pytest.approx(ODD[name][1])


@pytest.mark.parametrize("name", ODD)
def test_what_was_graded_needs_no_human(graded: Classroom, name: str) -> None:
    """An instructor is asked to look only where the grader could not."""
    assert not any(grade.needs_manual for grade in graded.grades()[name].values())


@pytest.mark.parametrize("name", STATE)
def test_a_change_of_state_costs_a_share_of_its_own_exercise(graded: Classroom, name: str) -> None:
    """A global setting that an answer leaves behind does not spoil the answers after it."""
    found = points(graded.grades()[name])
    assert found["scale"] is not None
    assert 0 < found["scale"] < POINTS["scale"]
    assert found | {"scale": POINTS["scale"]} == pytest.approx(POINTS)


@pytest.mark.parametrize("name", [*UNREADABLE, "a_link"])
def test_what_cannot_be_read_waits_for_a_human(graded: Classroom, name: str) -> None:
    """A file that is no notebook is never worth zero in silence: no score, and a flag."""
    assert graded.grades()[name] == dict.fromkeys(POINTS, Grade(None, needs_manual=True))


@pytest.mark.filterwarnings("ignore")  # nbformat's own
def test_what_is_graded_ahead_is_what_is_graded(graded: Classroom) -> None:
    """A notebook comes to the same code before nbgrader has touched it, whatever was done to it."""
    with Gradebook(f"sqlite:///{graded.root}/gradebook.db", "small") as gradebook:
        plan = plan_of(gradebook, TOPIC, TOPIC)
    for name in [*ODD, *STATE]:
        ahead = work_in(graded.root / "submitted" / name / TOPIC / f"{TOPIC}.ipynb", name, plan)
        after = nbformat.read(graded.root / "autograded" / name / TOPIC / f"{TOPIC}.ipynb", as_version=4)
        assert ahead.code == code_of(after, plan), name


def test_why_a_file_cannot_be_read_is_said(graded: Classroom) -> None:
    """The feedback of such a file says why."""
    notebook = (graded.root / "autograded" / "broken_json" / TOPIC / f"{TOPIC}.ipynb").read_text()
    assert "vectors.ipynb is not a notebook: it cannot be read as JSON." in notebook
    assert "vectors.ipynb is not a notebook: it cannot be read as JSON." in str(graded.comments("broken_json")["scale"])


@pytest.mark.parametrize("name", ["renamed_as_a_copy", "renamed_altogether"])
def test_a_renamed_notebook_is_graded(graded: Classroom, name: str) -> None:
    """A notebook that was handed in under another name counts."""
    assert points(graded.grades()[name]) == pytest.approx(POINTS)


def test_a_syntax_error_is_told_with_its_line(graded: Classroom) -> None:
    """Where a cell cannot be run, the student reads why, counted in that cell."""
    notebook = (graded.root / "autograded" / "a_syntax_error" / TOPIC / f"{TOPIC}.ipynb").read_text()
    assert "its cell cannot be run: SyntaxError" in notebook
    assert "(line 1)" in notebook


def test_a_cell_that_never_ends_costs_no_answer(
    generated: Classroom, copy_of: Callable[[Classroom], Classroom]
) -> None:
    """A demonstration that prints for ever, or ends the process, leaves the functions beside it as they are."""
    classroom = copy_of(generated)
    right = answered(classroom.released(), RIGHT)
    for name, source in {"prints": "while True:\n    print('again')", "dies": "import os\nos._exit(1)"}.items():
        book = json.loads(json.dumps(right))
        book["cells"].insert(2, code(source))
        classroom.hand_in(name, book)
    classroom.nbgrader("autograde", TOPIC)
    assert {name: points(grades) for name, grades in classroom.grades().items()} == {"prints": POINTS, "dies": POINTS}
    notebook = (classroom.root / "autograded" / "prints" / TOPIC / f"{TOPIC}.ipynb").read_text()
    assert "A cell stopped the whole notebook" in notebook
