"""Notebooks that tell what they have seen of hidden questions: nothing of it is in what nbgrader gives back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.model.value import Array, leaves
from grader.nbgrader.course_secrets import class_key
from tests.helpers.nbgrader_class import TOPIC, Classroom, answered, code

SEES = """
import gc
SEEN = []
def told(X, *more):
    SEEN.append([f"{v:.4f}" for v in X.detach().flatten().tolist()])
    for each in gc.get_objects():
        if type(each).__name__ == "Question":
            SEEN.append([f"{v:.4f}" for v in each.args[0].numpy().ravel().tolist()])
    return repr(SEEN)
"""
ALWAYS = {
    "raises": 'raise RuntimeError(told({arguments}))',
    "names": 'raise type(told({arguments}), (ValueError,), {{}})',
    "notes": 'error = ValueError(told({arguments}))\n    error.add_note(told({arguments}))\n    raise error from error',
    "returns": 'return {{told({arguments}): told({arguments})}}',
    "waits": 'told({arguments})\n    if len(SEEN) > 12: raise KeyError(told({arguments}))\n    return torch.zeros(3)',
}  # fmt: skip
PARAMETERS = {"scale": "X, factor", "shares": "X, dim", "log_sum": "x"}


@pytest.fixture(scope="module")
def graded(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Classroom:
    """A notebook of each kind; one has a cell that never ends, so that its definitions are asked once more."""
    classroom = copy_of(generated)
    for name, body in ALWAYS.items():
        answers = {
            each: f"def {each}({them}):\n    {body.format(arguments=them)}\n" for each, them in PARAMETERS.items()
        }
        book = answered(classroom.released(), answers)
        book["cells"].insert(1, code(SEES))
        classroom.hand_in(name, book)
        book["cells"].append(code("while True: pass"))
        classroom.hand_in(f"{name}_for_ever", book)
    classroom.nbgrader("autograde", TOPIC)
    classroom.nbgrader("generate_feedback", TOPIC)
    return classroom


def numbers(classroom: Classroom, *, shown: bool) -> set[str]:
    """The inputs of the shown, or of the hidden cases, as these notebooks write them; those that are in no other."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for exercise in class_key(classroom.root, TOPIC).exercises:
        for entry in exercise.entries:
            for _, leaf in leaves(list(entry.question.args)):
                if isinstance(leaf, Array):
                    found[entry.shown] |= {f"{value:.4f}" for value in leaf.wide().numpy().ravel()}
    return found[shown] - found[not shown]


@pytest.mark.parametrize("name", [*ALWAYS, *(f"{name}_for_ever" for name in ALWAYS)])
def test_no_hidden_input_is_given_back(graded: Classroom, name: str) -> None:
    """Neither in the graded notebook, which students get with `release_feedback`, nor in its page, nor in a comment."""
    folders: list[Path] = [graded.root / "autograded" / name / TOPIC, graded.root / "feedback" / name / TOPIC]
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    assert {path.suffix for path in files} >= {".html", ".ipynb"}
    text = "".join(path.read_text(encoding="utf-8") for path in files if path.suffix in (".html", ".ipynb")) + repr(
        graded.comments(name)
    )
    assert [each for each in numbers(graded, shown=False) if each in text] == []
    if not name.startswith(("notes", "waits")):
        assert any(each in text for each in numbers(graded, shown=True)), "nothing is told at all"
