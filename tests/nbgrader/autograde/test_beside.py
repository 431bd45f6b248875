"""A submission in which the expected notebook has no work in it, and something beside it may: a human looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from grader.nbgrader.autograde.beside import EMPTY, in_a_text, other_work, reason_to_look, reason_to_read, untouched
from grader.nbgrader.autograde.sanitize import well_formed
from grader.nbgrader.gradebook_plan import plan_of
from grader.nbgrader.planned_cell import NotebookPlan
from tests.helpers.downloads import zip_of
from tests.helpers.nbgrader_class import POINTS, RIGHT, TOPIC, Classroom, Grade, Notebook, answered, code, points

pytestmark = pytest.mark.filterwarnings("ignore")  # nbgrader's and nbformat's own
WRONG = "def scale(X, factor):\n    return X + factor"
MODULE = "\n\n".join(RIGHT.values()).encode()


@pytest.fixture(scope="module")
def plan(generated: Classroom) -> Iterator[NotebookPlan]:
    with Gradebook(f"sqlite:///{generated.root}/gradebook.db", "small") as gradebook:
        yield plan_of(gradebook, TOPIC, TOPIC)


def node(book: Notebook) -> nbformat.NotebookNode:
    return well_formed(json.dumps(book).encode())


def test_what_is_untouched(generated: Classroom, plan: NotebookPlan) -> None:
    """No code of the student's: cells that were run, emptied or removed, or a text, are none."""
    book = generated.released()
    assert untouched(node(book), plan) and untouched(node(json.loads(EMPTY)), plan)
    book["cells"] += [code("  \n"), {"cell_type": "markdown", "metadata": {}, "source": "I give up"}]
    assert untouched(node({**book, "cells": book["cells"][3:]}), plan)
    assert not untouched(node({**book, "cells": [*book["cells"], code("x = 1")]}), plan)
    assert not untouched(node(answered(book, {"scale": RIGHT["scale"]})), plan)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("homework final.ipynb", True),
        (f"deep/er/{TOPIC}.ipynb", True),
        (f"{TOPIC}.py", True),
        ("all.zip", True),
        ("all.RAR", True),
        (f"{TOPIC} (2).ipynb", True),
        (f"{TOPIC}.ipynb.txt", True),
        (f"{TOPIC}.py.txt", True),
        ("hw.ipynb.json", True),
        ("homework", True),
        (f"{TOPIC}.docx", True),
        ("hw.ipynb.crdownload", True),
        ("hw.tar.zst", True),
        ("essay.pdf", False),
        ("timestamp.txt", False),
        (".ipynb_checkpoints/x.ipynb", False),
        (f"__MACOSX/._{TOPIC}.ipynb", False),
        ("other.ipynb", False),
        ("plot.png", False),
        ("helpers.py", False),
    ],
)
def test_what_may_hold_the_work(
    generated: Classroom, plan: NotebookPlan, tmp_path: Path, name: str, found: bool
) -> None:
    """A function of the exercises in a notebook or a module, however deep; an archive, which nobody has looked into."""
    contents = {".py": b"def helper(): pass" if "helpers" in name else MODULE, ".zip": zip_of({"a.py": MODULE})}
    right = json.dumps(answered(generated.released(), RIGHT)).encode()
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents.get(path.suffix, right))
    assert other_work(tmp_path / f"{TOPIC}.ipynb", plan, {TOPIC, "other"}) == ([name] if found else [])


def test_an_answer_in_a_cell_that_is_no_code(plan: NotebookPlan) -> None:
    """A cell that was turned into text, or raw, is run by nobody; what was handed out as text is no answer."""
    for kind in ("markdown", "raw"):
        book = json.loads(EMPTY)
        book["cells"] = [{"cell_type": kind, "metadata": {}, "source": RIGHT["scale"]}]
        assert in_a_text(node(book), plan) == "scale"
        book["cells"][0]["source"] = "scale(X, 2) is what I would call; I do not define scale"
        assert in_a_text(node(book), plan) == ""
    assert reason_to_read("a.ipynb", "scale").startswith("scale is written in a cell of a.ipynb that is no code")


def test_copies_without_work_are_none(generated: Classroom, plan: NotebookPlan, tmp_path: Path) -> None:
    """A second download of the notebook holds no more than the first; a copy that cannot be read may."""
    (tmp_path / f"{TOPIC} (1).ipynb").write_text(json.dumps(generated.released()))
    assert other_work(tmp_path / f"{TOPIC}.ipynb", plan, {TOPIC}) == []
    (tmp_path / f"{TOPIC} (1).ipynb").write_bytes(b"{")
    (tmp_path / "poem.ipynb").write_bytes(b"{")
    assert other_work(tmp_path / f"{TOPIC}.ipynb", plan, {TOPIC}) == [f"{TOPIC} (1).ipynb"]


def test_a_name_is_no_markdown(generated: Classroom, plan: NotebookPlan, tmp_path: Path) -> None:
    """What is named in a comment is shown as it is, whatever the student calls it; few of many are."""
    (tmp_path / "[click](javascript:x)<b>*.py").write_bytes(MODULE)
    [name] = other_work(tmp_path / f"{TOPIC}.ipynb", plan, {TOPIC})
    assert not set("[]<>*:") & set(name)
    assert "a, a, a and 4 more: please look" in reason_to_look("x.ipynb", ["a"] * 7)


@pytest.fixture(scope="module")
def term(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Classroom:
    """One batch as nbgrader grades it, and its feedback."""
    classroom = copy_of(generated)
    empty = classroom.released()
    right = answered(empty, RIGHT)
    classroom.hand_in("copy", empty)
    classroom.hand_in("copy", right, f"{TOPIC} (1).ipynb")
    classroom.hand_in("module", empty)
    classroom.hand_in("module", MODULE, "work.py")
    classroom.hand_in("nothing", empty)
    classroom.hand_in("nothing", empty, f"{TOPIC}-Copy1.ipynb")
    classroom.hand_in("worked", right)
    classroom.hand_in("worked", answered(empty, {"scale": "def scale(X, factor):\n    return X"}), "draft.ipynb")
    classroom.hand_in("saved", right)
    commented = {**RIGHT, "scale": f"# as above\n{RIGHT['scale']}"}
    classroom.hand_in("saved", answered(empty, commented), f"{TOPIC}-Copy1.ipynb")
    for name in ("two", "renamed"):
        classroom.hand_in(name, right, f"{TOPIC}{' (1)' if name == 'renamed' else ''}.ipynb")
        classroom.hand_in(name, answered(empty, {**RIGHT, "scale": WRONG}), f"{TOPIC} (2).ipynb")
    helped = {**RIGHT, "scale": "from helpers import times\ndef scale(X, factor):\n    return times(X, factor)"}
    for name in ("helped", "linked"):
        classroom.hand_in(name, answered(empty, helped))
    classroom.hand_in("helped", b"from pack.deep import product\ndef times(x, k): return product(x, k)", "helpers.py")
    classroom.hand_in("helped", b"def product(x, k): return x * k", "pack/deep.py")
    secret = classroom.root / "secret"
    secret.mkdir()
    (secret / "helpers.py").write_text("def times(x, k): return x * k")
    (classroom.root / "submitted" / "linked" / TOPIC / "helpers.py").symlink_to(secret / "helpers.py")
    half = {**code("x = '\ud83d'"), "source": ["x = '\ud83d'"]}
    picture = {"cell_type": "markdown", "metadata": {}, "source": "![image.png](attachment:image.png) \udc00"}
    classroom.hand_in("odd", {**right, "cells": [half, picture, *right["cells"]]})
    classroom.nbgrader("autograde", TOPIC)
    classroom.nbgrader("generate_feedback", TOPIC)
    return classroom


@pytest.mark.parametrize(("student", "name"), [("copy", f"{TOPIC} (1).ipynb"), ("module", "work.py")])
def test_work_beside_an_untouched_notebook_waits_for_a_human(term: Classroom, student: str, name: str) -> None:
    """No zero that nobody has looked at, and a comment that names the file."""
    assert term.grades()[student] == dict.fromkeys(POINTS, Grade(None, needs_manual=True))
    assert name in str(term.comments(student)["scale"])


def test_an_untouched_notebook_alone_is_zero(term: Classroom) -> None:
    """There is nothing to look at; nor is there where the expected notebook has the work."""
    assert term.grades()["nothing"] == dict.fromkeys(POINTS, Grade(0.0))
    assert points(term.grades()["worked"]) == POINTS


def test_half_a_character_and_a_lost_picture_cost_nothing(term: Classroom) -> None:
    """Marks, and feedback, as for everybody."""
    assert points(term.grades()["odd"]) == POINTS
    pages = sorted(path.parent.parent.name for path in (term.root / "feedback").glob(f"*/{TOPIC}/{TOPIC}.html"))
    students = ["copy", "helped", "linked", "module", "nothing", "odd", "renamed", "saved", "two", "worked"]
    assert pages == students


@pytest.mark.parametrize("student", ["two", "renamed"])
def test_two_notebooks_that_differ_wait_for_a_human(term: Classroom, student: str) -> None:
    """Nobody knows which is meant, as in a folder that d2l-grade reads; both are named."""
    assert term.grades()[student] == dict.fromkeys(POINTS, Grade(None, needs_manual=True))
    said = str(term.comments(student)["scale"])
    assert said.startswith(f"{TOPIC}.ipynb and {TOPIC} (") and "nobody knows which is meant" in said


def test_two_notebooks_that_say_the_same_are_one(term: Classroom) -> None:
    """A copy that differs in comments alone is no rival."""
    assert points(term.grades()["saved"]) == POINTS


def test_own_modules_that_lie_beside_a_notebook_are_imported(term: Classroom) -> None:
    """As in a folder that d2l-grade reads. A link is not followed, though nbgrader's own copy of it is the file."""
    assert points(term.grades()["helped"]) == POINTS
    assert points(term.grades()["linked"]) == {**POINTS, "scale": 0.0}
    assert (term.root / "autograded" / "linked" / TOPIC / "helpers.py").exists()


def test_a_notebook_that_is_missing_beside_work_waits_for_a_human(
    generated: Classroom, copy_of: Callable[[Classroom], Classroom]
) -> None:
    """Of an assignment of two notebooks: nbgrader gives zero for the one that it does not find; not where it may be
    packed or lie deeper."""
    classroom = copy_of(generated)
    second = classroom.root / "source" / TOPIC / "notes.ipynb"
    second.write_text(json.dumps({"cells": [code("1 + 1")], "metadata": {}, "nbformat": 4, "nbformat_minor": 2}))
    classroom.nbgrader("generate_assignment", TOPIC, "--force")
    notes = second.read_bytes()
    classroom.hand_in("packed", notes, "notes.ipynb")
    classroom.hand_in("packed", zip_of({f"{TOPIC}.ipynb": json.dumps(answered(classroom.released(), RIGHT))}), "hw.zip")
    classroom.hand_in("gone", notes, "notes.ipynb")
    classroom.nbgrader("autograde", TOPIC)
    assert classroom.grades()["packed"] == dict.fromkeys(POINTS, Grade(None, needs_manual=True))
    assert "hw.zip" in str(classroom.comments("packed")["scale"])
    assert classroom.grades()["gone"] == dict.fromkeys(POINTS, Grade(0.0))
