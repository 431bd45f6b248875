"""Odd notebooks are one student's problem: what can be graded is, the rest says why, and the batch goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from grader.nbgrader.autograde.prefetch import work_in
from grader.nbgrader.autograde.sanitize import code_of
from grader.nbgrader.gradebook_plan import plan_of
from tests.nbgrader.classroom import POINTS, RIGHT, TOPIC, Classroom, Grade, Notebook, answered, cell, code, points

pytestmark = pytest.mark.soak
Change = Callable[[Notebook], Any]
SCALE, SHARES, LOG_SUM = (f"answer-{TOPIC}-{name}" for name in POINTS)


def inserted(place: int, *sources: str) -> Change:
    return lambda book: [book["cells"].insert(place, code(source)) for source in reversed(sources)]


def removed(id: str) -> Change:
    return lambda book: book["cells"].remove(cell(book, id))


def duplicated(id: str) -> Change:
    return lambda book: book["cells"].append(json.loads(json.dumps(cell(book, id))))


def written(**answers: str) -> Change:
    def change(book: Notebook) -> None:
        for name, source in answers.items():
            cell(book, f"answer-{TOPIC}-{name}")["source"] = source

    return change


def split(book: Notebook) -> None:
    """The answer stands in two cells, both of which claim to be it."""
    cells = book["cells"]
    first = cell(book, LOG_SUM)
    second = json.loads(json.dumps(first))
    first["source"], second["source"] = (
        "def biggest(x):\n    return x.max()",
        RIGHT["log_sum"].replace("x.max()", "biggest(x)"),
    )
    cells.insert(cells.index(first) + 1, second)


def edited_lock(book: Notebook) -> None:
    check = cell(book, f"check-{TOPIC}-scale")
    check["source"] = "100.0"
    check["metadata"]["nbgrader"] |= {"locked": False, "points": 100, "solution": True}


def no_metadata(book: Notebook) -> None:
    book["metadata"] = {}
    for each in book["cells"]:
        each["metadata"] = {}


def broken_metadata(book: Notebook) -> None:
    cell(book, f"check-{TOPIC}-log_sum")["metadata"]["nbgrader"] |= {"points": "many", "schema_version": 99}
    cell(book, SHARES)["metadata"]["nbgrader"]["grade_id"] = ["a", "list"]
    cell(book, SCALE)["metadata"]["nbgrader"] = "mine"
    book["cells"] += ["no cell", {"cell_type": "video"}, {"cell_type": "code", "metadata": None}]


def answers_as_markdown(book: Notebook) -> None:
    for id in (SCALE, LOG_SUM):
        target = cell(book, id)
        target["cell_type"] = "markdown"
        del target["outputs"], target["execution_count"]


def old_format(book: Notebook) -> None:
    """Notebooks of IPython 2 had worksheets, and code in `input`."""
    for each in book["cells"]:
        if each["cell_type"] == "code":
            each["input"], each["language"] = each.pop("source"), "python"
            each["prompt_number"] = each.pop("execution_count")
    book["worksheets"] = [{"cells": book.pop("cells"), "metadata": {}}]
    book["metadata"], book["nbformat"], book["nbformat_minor"] = {"name": TOPIC}, 3, 0


# name -> what is done to a right notebook, and what it costs
WITHOUT = {name: {**POINTS, name: 0.0} for name in POINTS}
ODD: dict[str, tuple[Change, dict[str, float]]] = {
    "nothing_odd": (lambda book: None, POINTS),
    "deleted_check": (removed(f"check-{TOPIC}-shares"), POINTS),
    "deleted_imports": (removed(f"setup-{TOPIC}"), POINTS),
    "deleted_text": (removed(f"about-{TOPIC}-scale"), POINTS),
    "deleted_answer": (removed(SHARES), WITHOUT["shares"]),
    "duplicated_check": (duplicated(f"check-{TOPIC}-scale"), POINTS),
    "duplicated_answer": (duplicated(SCALE), POINTS),
    "split_answer": (split, POINTS),
    "edited_lock": (edited_lock, POINTS),
    "edited_lock_and_no_answer": (lambda book: (edited_lock(book), written(scale="pass")(book)), WITHOUT["scale"]),
    "no_metadata": (no_metadata, POINTS),
    "broken_metadata": (broken_metadata, POINTS),
    "answers_as_markdown": (answers_as_markdown, POINTS),
    "old_format": (old_format, POINTS),
    "a_failing_cell": (inserted(2, "1 / 0", "undefined"), POINTS),
    "a_syntax_error": (written(shares="def shares(X, dim:\n    return X"), WITHOUT["shares"]),
    "a_cell_that_exits": (inserted(2, "exit()", "import sys\nsys.exit(1)", "quit()"), POINTS),
    "magics": (inserted(1, "%matplotlib inline\n!pip install torch\nimport math", "%%bash\nrm -rf /", "?torch\nx = !ls"), POINTS),
    "torch_redefined": (inserted(2, "torch.exp = torch.allclose = lambda *a, **k: True"), POINTS),
    "check_in_the_answer": (written(scale=f"check('{TOPIC}.scale')\n{RIGHT['scale']}\ncheck('{TOPIC}.scale')"), POINTS),
    "a_helper_of_its_own": (
        lambda book: (inserted(2, "def times(a, b):\n    return a * b")(book), written(scale="def scale(X, factor):\n    return times(X, factor)")(book)),
        POINTS,
    ),
    "a_helper_in_a_later_cell": (
        lambda book: (written(scale="def scale(X, factor):\n    return later(X, factor)")(book), book["cells"].append(code("def later(a, b):\n    return a * b"))),
        POINTS,
    ),
    "one_print": (written(scale="def scale(X, factor):\n    print(X.shape)\n    return X * factor"), POINTS),
    "one_warning": (written(scale="import warnings\ndef scale(X, factor):\n    warnings.warn('slow')\n    return X * factor"), POINTS),
    "many_prints": (written(scale="def scale(X, factor):\n    for i in range(200_000): print(i)\n    return X * factor"), POINTS),
    "an_exit_in_an_answer": (written(log_sum="import os\ndef log_sum(x):\n    os._exit(0)"), WITHOUT["log_sum"]),
    "too_much_memory": (written(log_sum="def log_sum(x):\n    return torch.ones(10**9, dtype=torch.float64).sum()"), WITHOUT["log_sum"]),
    "an_endless_answer": (written(log_sum="def log_sum(x):\n    while True: pass"), WITHOUT["log_sum"]),
    "an_endless_answer_that_catches": (
        written(log_sum="def log_sum(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass"),
        WITHOUT["log_sum"],
    ),
}  # fmt: skip
STATE = {
    "default_dtype": "def scale(X, factor):\n    torch.set_default_dtype(torch.float64)\n    return X * factor",
    "grad_mode": "def scale(X, factor):\n    torch.set_grad_enabled(False)\n    return X * factor",
    "in_place": "def scale(X, factor):\n    X *= factor\n    return X",
}
UNREADABLE = {
    "broken_json": b'{"cells": [',
    "an_empty_file": b"",
    "a_list": b"[]",
    "no_text": b"\x00\xff\xfe\x80" * 100,
    "another_language": b'{"cells": [], "metadata": {"kernelspec": {"language": "R"}}, "nbformat": 4, "nbformat_minor": 5}',
    "a_future_format": b'{"cells": [], "metadata": {}, "nbformat": 9, "nbformat_minor": 0}',
    "deep_json": b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


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
