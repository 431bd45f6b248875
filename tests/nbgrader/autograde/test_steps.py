"""The steps of nbgrader's that ours stand in for do what they did, in fewer questions to the gradebook."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from jsonschema import ValidationError
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook

from grader.nbgrader.autograde.check_metadata import Validity
from grader.nbgrader.autograde.overwrite_cells import as_planned
from grader.nbgrader.autograde.sanitize import mended
from grader.nbgrader.gradebook_plan import PLAN, plan_of
from grader.nbgrader.planned_cell import NotebookPlan
from tests.helpers.nbgrader_class import POINTS, RIGHT, TOPIC, Classroom, Grade, Notebook, answered, cell

pytestmark = pytest.mark.filterwarnings("ignore")  # nbgrader's and nbformat's own
LOG_SUM = f"answer-{TOPIC}-log_sum"


@pytest.fixture(scope="module")
def plan(generated: Classroom) -> NotebookPlan:
    with Gradebook(f"sqlite:///{generated.root}/gradebook.db", "small") as gradebook:
        return plan_of(gradebook, TOPIC, TOPIC)


@pytest.fixture
def book(generated: Classroom, plan: NotebookPlan) -> NotebookNode:
    """A right notebook as `Mend` leaves it."""
    return mended(answered(generated.released(), RIGHT), plan)


def facts(book: NotebookNode, name: str) -> NotebookNode:
    return cell(book, name)["metadata"]["nbgrader"]


def test_a_mended_notebook_is_as_planned(book: NotebookNode, plan: NotebookPlan) -> None:
    """So nbgrader's own step has nothing to put back."""
    assert as_planned(book, plan)
    assert as_planned(mended({"cells": []}, plan), plan)


@pytest.mark.parametrize(
    "change",
    [
        lambda book: cell(book, f"check-{TOPIC}-scale").update(source="100.0"),
        lambda book: book["cells"].remove(cell(book, f"check-{TOPIC}-scale")),
        lambda book: book["cells"].append(json.loads(json.dumps(cell(book, LOG_SUM)), object_hook=NotebookNode)),
        lambda book: cell(book, LOG_SUM).update(cell_type="markdown"),
        lambda book: facts(book, f"check-{TOPIC}-scale").update(points=100.0),
        lambda book: facts(book, LOG_SUM).update(locked=True),
        lambda book: facts(book, LOG_SUM).update(grade_id="mine"),
    ],
)  # fmt: skip
def test_whatever_differs_from_the_plan_is_nbgraders_to_put_back(
    book: NotebookNode, plan: NotebookPlan, change: Callable[[NotebookNode], object]
) -> None:
    """An edited, missing, doubled, converted, revalued, locked or unknown cell is seen."""
    change(book)
    assert not as_planned(book, plan)


def test_an_edited_lock_is_the_instructors_again(generated: Classroom, plan: NotebookPlan) -> None:
    """What is graded, here and ahead, holds the instructor's text of a locked cell."""
    edited = answered(generated.released(), RIGHT)
    cell(edited, f"setup-{TOPIC}")["source"] = "import nothing"
    assert "import torch" in cell(mended(edited, plan), f"setup-{TOPIC}")["source"]


def test_metadata_that_nbgrader_refuses_are_refused(book: NotebookNode, plan: NotebookPlan) -> None:
    """The same notebook passes first, so that what was seen before is not what is believed."""
    step, resources = Validity(), {PLAN: plan}
    assert step.preprocess(book, resources)[0] is book
    for wrong in ({"grade_id": ""}, {"grade_id": LOG_SUM}, {"grade": "yes"}, {"schema_version": 3.5}):
        broken = json.loads(json.dumps(book), object_hook=NotebookNode)
        facts(broken, f"check-{TOPIC}-scale").update(wrong)
        with pytest.raises(Exception, match=r".") as caught:
            step.preprocess(broken, resources)
        assert isinstance(caught.value, ValidationError) or "Schema" in type(caught.value).__name__


def added(name: str, kind: str, source: str, points: float, **flags: bool) -> Notebook:
    """A cell of the instructor's own."""
    facts = {"grade": False, "locked": False, "solution": False, "task": False} | flags
    metadata = {"nbgrader": facts | {"grade_id": name, "points": points, "schema_version": 3}}
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": metadata, "source": source, **code}


OWN = {
    "essay": added("essay", "markdown", "Write here.", 3, grade=True, solution=True),
    "sketch": added("sketch", "code", "### BEGIN SOLUTION\n1\n### END SOLUTION", 2, grade=True, solution=True),
    "project": added("project", "markdown", "Do something.", 4, task=True, locked=True),
    "test": added("test", "code", "assert True", 1, grade=True, locked=True),
}


def test_what_is_for_humans_is_left_to_them(made: Classroom, copy_of: Callable[[Classroom], Classroom]) -> None:
    """Manual questions and tasks beside our exercises are scored, flagged and commented as nbgrader does it."""
    classroom = copy_of(made)
    source = classroom.root / "source" / TOPIC / f"{TOPIC}.ipynb"
    book = json.loads(source.read_text())
    book["cells"] += OWN.values()
    source.write_text(json.dumps(book))
    classroom.nbgrader("generate_assignment", TOPIC)
    empty = classroom.released()
    diligent = answered(empty, RIGHT)
    cell(diligent, "essay")["source"], cell(diligent, "sketch")["source"] = "A thought.", "2"
    classroom.hand_in("diligent", diligent)
    classroom.hand_in("lazy", answered(empty, RIGHT))
    classroom.nbgrader("autograde", TOPIC)
    ours = {name: Grade(most) for name, most in POINTS.items()}
    waits, nothing = Grade(None, needs_manual=True), Grade(0.0)
    assert classroom.grades() == {
        "diligent": {**ours, "essay": waits, "sketch": waits, "project": waits, "test": waits},
        "lazy": {**ours, "essay": nothing, "sketch": nothing, "project": waits, "test": waits},
    }
    asked = ("essay", "sketch")
    assert [classroom.comments("lazy")[name] for name in asked] == ["No response."] * 2
    assert [classroom.comments("diligent")[name] for name in asked] == [None] * 2
