"""What an author may do wrong gets one true sentence each, with the file, the line and the repair, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.cli.doctor import problems_of
from grader.course.course import load_pages, read_course
from grader.course.places import source_of
from grader.model.errors import UsageError
from tests.helpers.mean_course import write_mean_course

PAGE, STUB, TOML = "solutions/means/mean_of_rows.py", "exercises/means.py", "exercises/course.toml"
SEEDS = 3


@dataclass(frozen=True)
class Slip:
    """Something that an author does to the sound course: a text replaced in a file, or a file written or removed."""

    file: str
    old: str | None
    new: str | None
    says: str

    def do(self, course: Path) -> None:
        path = course / self.file
        if self.old is not None:
            text = path.read_text()
            assert self.old in text
            path.write_text(text.replace(self.old, self.new or ""))
        elif self.new is None:
            path.unlink()
        else:
            path.write_text(self.new)


REFERENCE = "    return weight * X.mean(1)\n"
CASE = "    return draw.normal(3, 5), 2.5\n"
SLIPS = {
    "a word misspelt": Slip(
        PAGE, "@reference\n", "@references\n",
        f"{PAGE}:8: the page cannot be loaded: NameError: name 'references' is not defined. Did you mean reference?",
    ),
    "a case that returns nothing": Slip(
        PAGE, CASE, "    draw.normal(3, 5), 2.5\n",
        f"{PAGE}:14: means.mean_of_rows, case a_wide_matrix returns nothing. "
        "Return the arguments as a tuple; None as an argument is arguments(None).",
    ),
    "a case with too few arguments": Slip(
        PAGE, CASE, "    return draw.normal(3, 5)\n",
        f"{PAGE}:14: means.mean_of_rows, case a_wide_matrix does not fit mean_of_rows(X, weight): "
        "missing a required argument: 'weight'. Return a tuple of all arguments, or arguments(…, name=…).",
    ),
    "a misconception that is right": Slip(
        PAGE, "weight * X.mean(0)", "X.mean(1) * weight",
        f"{PAGE}:19: means.mean_of_rows: no case catches the misconception of_columns. "
        "Add a case in which it is wrong; if it is right, make it an @alternative, or remove it.",
    ),
    "a reference that is not precise": Slip(
        PAGE, REFERENCE, "    return (weight * X.float().mean(1)).to(X.dtype)\n",
        f"{PAGE}:10: means.mean_of_rows: case a_wide_matrix: the reference casts to float32 (_to_copy) when asked in "
        "float64. Compute in the dtype of the arguments.",
    ),
    "a random reference": Slip(
        PAGE, REFERENCE, "    import torch\n\n    return weight * X.mean(1) + torch.rand(len(X))\n",
        f"{PAGE}:16: means.mean_of_rows, case a_wide_matrix in float64: the answer is random, and no law says what must "
        "hold. Add @laws, or seed it.",
    ),
    "a case that draws from torch": Slip(
        PAGE, CASE, "    import torch\n\n    return torch.randn(3, 5), 2.5\n",
        f"{PAGE}:14: means.mean_of_rows: case a_wide_matrix draws from a global generator, so its numbers do not come "
        "from the seed. Draw them with draw, as in draw.normal(3, 4).",
    ),
    "a reference that calls what is forbidden": Slip(
        PAGE, "points=1", 'points=1, forbid=("mean",)',
        f"{PAGE}:10: means.mean_of_rows: the reference calls mean, which forbid= refuses to students. "
        "Do without it there, too.",
    ),
    "an alternative that changes its arguments": Slip(
        PAGE, "@case\n", "@alternative\ndef in_place(X, weight):\n    return X.mul_(weight).mean(1)\n\n\n@case\n",
        f"{PAGE}:14: means.mean_of_rows, case a_wide_matrix: the alternative in_place changes its arguments. "
        "Let it change copies, or name them in mutates=.",
    ),
    "a doctest that is wrong": Slip(
        STUB, "tensor([4.])", "tensor([2.])",
        f"{STUB}:19: mean_of_rows: an example is wrong: expected tensor([2.]) Got: tensor([4.]). Correct the doctest.",
    ),
    "a topic without a docstring": Slip(
        STUB, '"""Means\n\nWhat stands for many numbers.\n"""\n\n', "",
        f"{STUB}:1: begins with no docstring. Write its title in the first line, and what it is about.",
    ),
    "a page without a docstring": Slip(
        PAGE, '"""A mean along an axis."""\n\n', "",
        f"{PAGE}:1: the page has no docstring. Say what the exercise is about.",
    ),
    "a stub without a docstring": Slip(
        STUB, None,
        '"""Means"""\nfrom torch import Tensor\n\n\ndef mean_of_rows(X: Tensor, weight: float) -> Tensor:\n'
        "    raise NotImplementedError\n",
        f"{STUB}:5: mean_of_rows: the stub has no docstring. "
        "Say the task in one sentence, then Args:, Returns: and an example (>>>).",
    ),
    "a topic that is not listed": Slip(
        "exercises/medians.py", None, '"""Medians"""\n',
        "exercises/medians.py: is no topic: course.toml does not list 'medians'. "
        "Add it to topics, or begin the file's name with an underscore.",
    ),
    "a copy of a page": Slip(
        "solutions/means/median.py", None, "from grader import *\n",
        f"solutions/means/median.py: has no stub. Add median to {STUB}, or remove the page.",
    ),
    "a stub without a page": Slip(
        PAGE, None, None,
        f"{STUB}:10: mean_of_rows has no page. Write {PAGE} (d2l-grade new does).",
    ),
    "a syntax error in a page": Slip(
        PAGE, "def mean_of_rows(X, weight):", "def mean_of_rows(X, weight)", f"{PAGE}:9: this is no Python: expected ':'.",
    ),
    "an option misspelt": Slip(
        PAGE, "points=1", "point=1",
        f"{PAGE}:5: the page cannot be loaded: TypeError: Exercise.__init__() got an unexpected keyword argument 'point'. "
        "Did you mean points?",
    ),
    "an option of a case misspelt": Slip(
        PAGE, "@case\n", '@case(aspct="edge")\n',
        f"{PAGE}:14: case a_wide_matrix: there is no option 'aspct'. Did you mean aspect?",
    ),
    "a misconception without its hint": Slip(
        PAGE, '@misconception("Those are means of columns.", "Average along axis 1.")', "@misconception",
        f'{PAGE}:18: the misconception of_columns has no hint. Say what goes wrong: @misconception("…").',
    ),
    "no case": Slip(
        PAGE, "@case\n", "",
        f"{PAGE}:9: means.mean_of_rows: a page needs at least one @case. "
        "Add one: def name(draw), which returns arguments.",
    ),
    "two references": Slip(
        PAGE, '@misconception("Those are means of columns.", "Average along axis 1.")', "@reference",
        f"{PAGE}: a page has one @reference, and here are mean_of_rows in line 9 and of_columns in line 19: "
        "another right solution is an @alternative.",
    ),
    "no reference": Slip(
        PAGE, "@reference\n", "", f"{PAGE}: a page needs a @reference, and this one has none. Mark the right solution.",
    ),
    "a reference that raises": Slip(
        PAGE, REFERENCE, "    return weight * X.mean(1) / (1 // 0)\n",
        f"{PAGE}:14: means.mean_of_rows, case a_wide_matrix in float64: the reference failed: ZeroDivisionError: integer "
        "division or modulo by zero (line 10). Repair the reference, or the case; where the error is due: "
        "@case(raises=…).",
    ),
    "a reference by another name": Slip(
        PAGE, "def mean_of_rows", "def row_means", f"{PAGE}:9: the reference is called row_means. Call it mean_of_rows.",
    ),
    "a stub that is solved": Slip(
        STUB, "    raise NotImplementedError\n", "    return weight * X.mean(1)\n",
        f"{STUB}:10: mean_of_rows: the stub does something. Let it only raise NotImplementedError.",
    ),
    "no points": Slip(
        PAGE, "exercise = Exercise(points=1)\n", "",
        f"{PAGE}:8: means.mean_of_rows: the page does not say what it is worth. Write exercise = Exercise(points=1).",
    ),
    "an answer of another kind": Slip(
        PAGE, REFERENCE, "    return (weight * X.mean(1)).tolist()\n",
        f"{PAGE}:9: means.mean_of_rows: the answer is a list where the stub promises a tensor. "
        "Let the reference return what the stub promises.",
    ),
}  # fmt: skip
UNREADABLE = {
    "a topic without its file": Slip(
        TOML, '["means"]', '["means", "modes"]',
        f"{TOML}:2 lists the topic 'modes', but COURSE/exercises/modes.py is missing. "
        "Write it (d2l-grade new COURSE/modes), or take 'modes' out of topics.",
    ),
    "a syntax error in course.toml": Slip(
        TOML, 'topics = ["means"]', 'topics = ["means"',
        f"{TOML}:2 cannot be read: Unclosed array at end of document. Correct it.",
    ),
    "a syntax error in a topic": Slip(
        STUB,
        "-> Tensor:",
        "-> Tensor",
        f"{STUB}:10 cannot be read: expected ':'. Correct it.",
    ),
    "no course.toml": Slip(
        TOML, None, None,
        "COURSE is not a course: it has no exercises/course.toml. "
        "Begin a course: d2l-grade new COURSE, or name another folder: --course FOLDER.",
    ),
}  # fmt: skip


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return write_mean_course(tmp_path / "course")


Found = Callable[[], list[str]]


@pytest.fixture
def found(course: Path) -> Found:
    """What the doctor finds."""
    return lambda: [str(problem) for problem in problems_of(read_course(course), (), SEEDS, 1)[1]]


def test_the_course_is_sound(found: Found) -> None:
    """Before anything is done to it."""
    assert found() == []


@pytest.mark.parametrize("name", SLIPS)
def test_a_mistake_gets_one_sentence(name: str, course: Path, found: Found) -> None:
    """With the file, the line where one is to blame, and the repair; and nothing that only follows from it."""
    SLIPS[name].do(course)
    assert found() == [SLIPS[name].says]


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_course_that_cannot_be_read(name: str, course: Path) -> None:
    """Ends every command with one line."""
    UNREADABLE[name].do(course)
    with pytest.raises(UsageError) as error:
        read_course(course)
    assert (
        str(error.value)
        .replace(f"{course}/{TOML}", TOML)
        .replace(f"{course}/{STUB}", STUB)
        .replace(str(course), "COURSE")
        == UNREADABLE[name].says
    )


CLASS_PAGE = '''"""A class that remembers."""

from grader import Exercise, case, driver, misconception, reference

exercise = Exercise(points=1)


@reference
class Running:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def add(self, x):
        self.sum, self.count = self.sum + x.mean(), self.count + 1
        return self.sum / self.count


@driver
def three_times(Running, X):
    running = Running()
    return [running.add(x) for x in X]


@case
def three_rows(draw):
    return draw.normal(3, 4)


@misconception("It forgets what it has seen.", "Keep the sum.")
class Forgetful(Running):
    def add(self, x):
        return x.mean()
'''


def test_a_class_is_a_reference_like_any_other(course: Path, found: Found) -> None:
    """Also where its kit is looked into, for lines of the solution."""
    (course / STUB).write_text('"""Means"""\n\n\nclass Running:\n    """Remember a running mean."""\n')
    (course / PAGE).unlink()
    (course / PAGE).with_name("Running.py").write_text(CLASS_PAGE)
    assert found() == []
    assert source_of(load_pages(read_course(course))[0].reference).startswith("class Running:\n")


def test_other_pages_are_examined_all_the_same(course: Path, found: Found) -> None:
    """A page that is refused costs nobody the findings about the others."""
    stub, page = course / STUB, course / PAGE
    stub.write_text(stub.read_text() + stub.read_text().partition("Tensor\n\n\n")[2].replace("of_rows", "of_all"))
    page.with_name("mean_of_all.py").write_text("def broken(:\n")
    page.write_text(page.read_text().replace("X.mean(0)", "X.mean(1)"))
    assert [problem.partition(": ")[0] for problem in found()] == [f"{PAGE}:19", "solutions/means/mean_of_all.py:1"]
