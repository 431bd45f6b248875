"""The notebooks that `d2l-grade nbgrader init` makes, and what it does to a course that is there already."""

from __future__ import annotations

import json
from collections.abc import Callable

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from grader.course.course import read_course
from grader.grading.examine import examine
from grader.intake.notebook import read_notebook
from grader.intake.submission import Submission
from grader.model.keys.seeds import PUBLIC_SEED
from grader.nbgrader import cell_ids
from grader.nbgrader.course_secrets import class_key, known_seed, seed_of
from grader.nbgrader.release.notebook import build
from grader.nbgrader.release.statement import introduction, statement
from tests.helpers.nbgrader_class import POINTS, ROOT, SMALL, TOPIC, Classroom, Notebook, cell
from tests.helpers.sandboxes import sandbox


def source(classroom: Classroom) -> Notebook:
    found: Notebook = json.loads((classroom.root / "source" / TOPIC / f"{TOPIC}.ipynb").read_text())
    return found


def test_the_notebook_is_one_that_nbgrader_accepts(made: Classroom) -> None:
    """Valid as a notebook of today's format, with valid metadata of nbgrader's newest schema."""
    book = nbformat.from_dict(source(made))
    nbformat.validate(book)
    MetadataValidator().validate_nb(book)


def test_every_exercise_has_its_cells(made: Classroom) -> None:
    """Text, an answer and a locked check with the points of its page, in the order of the stubs."""
    facts = [each["metadata"]["nbgrader"] for each in source(made)["cells"]]
    expected = [f"about-{TOPIC}", f"setup-{TOPIC}"]
    for name in POINTS:
        expected += [f"{kind}-{TOPIC}-{name}" for kind in ("about", "answer", "check")]
    assert [each["grade_id"] for each in facts] == expected
    for name, points in POINTS.items():
        answer, check = (cell(source(made), f"{kind}-{TOPIC}-{name}") for kind in ("answer", "check"))
        assert (
            answer["metadata"]["nbgrader"] | {"grade": False, "solution": True, "locked": False}
            == answer["metadata"]["nbgrader"]
        )
        assert (
            check["metadata"]["nbgrader"] | {"grade": True, "solution": False, "locked": True, "points": points}
            == check["metadata"]["nbgrader"]
        )
        assert check["source"] == [f'check("{TOPIC}.{name}")']


def test_the_solution_stands_between_the_marks(made: Classroom) -> None:
    """nbgrader removes it; head and first line of the docstring stay. What it needs of its page is inside."""
    text = "".join(cell(source(made), f"answer-{TOPIC}-shares")["source"])
    assert text == (
        "def shares(X: Tensor, dim: int) -> Tensor:\n"
        '    """Divide every entry by the sum along its axis."""\n'
        "    ### BEGIN SOLUTION\n"
        "    def total(X, dim):\n"
        "        return X.sum(dim, keepdim=True)\n"
        "\n"
        "    return X / total(X, dim)\n"
        "    ### END SOLUTION"
    )


def test_the_source_notebook_earns_full_marks(made: Classroom) -> None:
    """Its solutions are right, graded as a student's would be."""
    notebook = read_notebook((made.root / "source" / TOPIC / f"{TOPIC}.ipynb").read_bytes())
    submission = Submission("instructor", {TOPIC: notebook.text}, notebooks={TOPIC: notebook})
    result = examine(class_key(made.root, TOPIC), submission, sandbox())
    assert {each.function: each.points for each in result.exercises} == POINTS


def test_a_statement_reads_as_it_is_written() -> None:
    """Formulas and examples are code, arguments a list, and text is text to Markdown too."""
    doc = "Sum it up.\n\n    y = a * b * c\n\nSome *stars* and a < b.\n\nArgs:\n    X: the\n        numbers.\n    dim: an axis.\nReturns:\n    One number.\n\n>>> f(1)\n1"
    assert statement("f", doc, 1.0) == (
        "## `f` (1 point)\n\nSum it up.\n\n```text\ny = a * b * c\n```\n\nSome \\*stars\\* and a \\< b.\n\n"
        "**Arguments**\n\n- `X`: the numbers.\n- `dim`: an axis.\n\n**Returns**\n\nOne number.\n\n"
        "```python\n>>> f(1)\n1\n```"
    )
    assert introduction("A title", "A title.\n\nAbout it.") == "# A title\n\nAbout it."


@pytest.mark.parametrize(
    ("source", "exercise"),
    [('check("softmax.cross_entropy")', "softmax.cross_entropy"), ("# ours\ncheck('a.b')\n", "a.b"), ('check("a")', None), ('x = check("a.b")', None), ('check("a.b") or 1', None)],
)  # fmt: skip
def test_a_check_is_recognised_by_its_call(source: str, exercise: str | None) -> None:
    """Instructors may rename and move cells: what a cell checks stands in it."""
    assert cell_ids.exercise_in(source) == exercise


def test_adding_again_changes_nothing(made: Classroom, copy_of: Callable[[Classroom], Classroom]) -> None:
    """Notebooks, configuration and seed stay as they are, with whatever the instructor has changed in them."""
    classroom = copy_of(made)
    notebook = classroom.root / "source" / TOPIC / f"{TOPIC}.ipynb"
    notebook.write_text(notebook.read_text().replace("A small course", "My course"))
    classroom.configure("# mine")
    before = {path: path.read_bytes() for path in classroom.root.rglob("*") if path.is_file()}
    said = classroom.init()
    assert "kept" in said
    assert {path: path.read_bytes() for path in classroom.root.rglob("*") if path.is_file()} == before


def test_the_same_course_gives_the_same_notebook() -> None:
    """Names and points of cells do not depend on when, where or with which seed they are made."""
    course = read_course(SMALL)
    points = {f"{TOPIC}.{name}": value for name, value in POINTS.items()}
    assert build(course, course.topic(TOPIC), points) == build(course, course.topic(TOPIC), points)


def test_a_course_that_is_there_is_not_touched(made: Classroom, copy_of: Callable[[Classroom], Classroom]) -> None:
    """Its configuration stays; ours goes beside it, and nbgrader reads both."""
    classroom = copy_of(made)
    mine = "c = get_config()\nc.CourseDirectory.course_id = 'mine'\n"
    (classroom.root / "nbgrader_config.py").write_text(mine)
    classroom.init("--assignment", "week1")
    assert (classroom.root / "nbgrader_config.py").read_text() == mine
    beside = json.loads((classroom.root / "nbgrader_config.json").read_text())
    assert "grader.nbgrader.autograde.execute.Judge" in beside["Autograde"]["autograde_preprocessors"]
    assert (classroom.root / "source" / "week1" / f"{TOPIC}.ipynb").is_file()


def test_the_vault_is_private_and_stays(made: Classroom) -> None:
    """Only its owner reads the seed; it is not the public one, and it is not chosen twice."""
    seed = made.root / ".d2l-grader" / "seed"
    assert seed.stat().st_mode & 0o077 == 0
    assert seed_of(made.root) == seed_of(made.root) == known_seed(made.root) != PUBLIC_SEED
    assert known_seed(made.home) is None


def test_an_unknown_topic_is_named(made: Classroom) -> None:
    """The nearest name is the repair."""
    said = made.d2l_grade("nbgrader", "init", str(made.root), "--topics", "vector", "--course", str(SMALL), ok=False)
    assert "There is no topic and no exercise 'vector'. Did you mean vectors?" in said


@pytest.mark.soak
@pytest.mark.parametrize("topic", [each.name for each in read_course(ROOT).topics])
def test_the_notebooks_of_the_course_earn_full_marks(topic: str) -> None:
    """Every topic of the built-in course: what stands between the marks is the reference, and works on its own."""
    from grader.keymaking.parallel import made_key

    course = read_course(ROOT)
    key = made_key(course, [topic], 5)
    book = build(course, course.topic(topic), {each.id: each.points for each in key.exercises})
    nbformat.validate(nbformat.reads(book, as_version=4))
    notebook = read_notebook(book.encode())
    submission = Submission("instructor", {topic: notebook.text}, notebooks={topic: notebook})
    result = examine(key, submission, sandbox())
    assert [each.id for each in result.exercises if each.points != each.max_points] == []
