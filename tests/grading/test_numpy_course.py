"""A course without torch, from its pages to marks and feedback: nothing of the engine is about tensors alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.cli.check import check
from grader.cli.doctor import problems_of
from grader.cli.grade import grade
from grader.course.course import load_pages, read_course
from grader.doctor.references import examine_references
from grader.model.errors import PageError
from tests.helpers.commands import Here
from tests.helpers.commands import here as here
from tests.helpers.numpy_course import MISTAKEN, NUMPY_COURSE, SOLVED, write_numpy_course
from tests.helpers.tiny_class import hand_in, run


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_numpy_course(tmp_path_factory.mktemp("arrays"))


@pytest.fixture(scope="module")
def graded(arrays: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("class")
    hand_in(place / "in", "ada", SOLVED, "arrays")
    hand_in(place / "in", "bob", MISTAKEN, "arrays")
    run(place / "in", place / "grades", arrays, "--jobs", "1", "--seed", "3")
    return place / "grades"


def test_no_page_and_no_stub_imports_torch() -> None:
    """The words of a page are enough."""
    assert not any("torch" in text for text in NUMPY_COURSE.values())


def test_the_course_is_sound(arrays: Path) -> None:
    """Values, integers, arguments that change, random answers with a generator of NumPy's, a domain, loops, forbidden
    functions."""
    assert [str(problem) for problem in problems_of(read_course(arrays), (), 1, 1)[1]] == []


def test_a_right_solution_gets_all_points(graded: Path) -> None:
    """Written otherwise than the references."""
    marks = {each["student"]: each for each in json.loads((graded / "results.json").read_text())["submissions"]}
    assert marks["ada"]["points"] == 5


@pytest.mark.parametrize(
    "says",
    [
        "center(array([[",
        "The mean loses its axis and meets the columns.",
        "eye is not allowed here (arrays.py:10): Write the ones yourself.",
        "X after the call at [",
        "That makes another array, and X stays as it was.",
        "drop(np.full((150, 150), 2), 0.3, np.random.default_rng(",
        "expected a numpy.ndarray, got a tensor",
    ],
)
def test_mistakes_are_told_in_the_words_of_numpy(graded: Path, says: str) -> None:
    """Calls can be typed as they are shown, and a tensor is not an array."""
    (feedback,) = (graded / "feedback").glob("bob*.txt")
    assert says in " ".join(feedback.read_text().split())


def test_at_home_it_is_the_same(arrays: Path, tmp_path: Path, here: Here) -> None:
    """With a kit, and `explain` shows arrays on both sides."""
    assert here(grade, ["package", "arrays", "--course", str(arrays), "--jobs", "1", "-o", "kit.zip"], tmp_path)[0] == 0
    assert here(check, ["init", "--kit", "kit.zip"], tmp_path)[0] == 0
    (tmp_path / "arrays.py").write_text(SOLVED)
    assert here(check, [], tmp_path)[0] == 0
    code, said, _ = here(check, ["explain", "without_keepdims"], tmp_path)
    assert code == 0
    assert "should give array([[" in " ".join(said.split())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('arrays="numpy"', "", "case rows_of_a_square gives a NumPy array. Draw a tensor, or say"),
        ('points=2, arrays="numpy"', 'points=2, arrays="numpy", gradients=True', "NumPy has no gradients."),
        ('arrays="numpy"', 'arrays="jax"', 'arrays is "torch" or "numpy", not \'jax\'.'),
        (
            "return draw.normal(5, 3), 0",
            "return draw.normal(5, 3) + 0j, 0",
            "gives an array of complex128. Give one of",
        ),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, old: str, new: str, says: str) -> None:
    """By the page, when its key is made."""
    course = write_numpy_course(tmp_path)
    page = course / "solutions" / "arrays" / "center.py"
    text = page.read_text().replace(old, new)
    if not new:
        text = text.replace("draw.normal(4, 4), 1", "draw.normal(4, 4).numpy(), 1")
    page.write_text(text)
    with pytest.raises(PageError) as error:
        raise_first(course)
    assert says in str(error.value)


def raise_first(course: Path) -> None:
    from grader.keymaking.keymaker import make_exercise_key

    (page,) = load_pages(read_course(course), ["arrays"], ["center"])
    make_exercise_key(page, 1)


def test_a_reference_that_forgets_digits(tmp_path: Path) -> None:
    """NumPy shows no cast, but numbers that only float64 tells apart become one."""
    course = read_course(write_numpy_course(tmp_path))
    page = tmp_path / "solutions" / "arrays" / "center.py"
    exact = page.read_text()
    for body, says in (
        ("X - X.astype('float32').mean(axis, keepdims=True)", []),  # most digits are X's own
        ("(X.astype('float32') - X.astype('float32').mean(axis, keepdims=True)).astype(X.dtype)", ["forgets digits"]),
    ):
        page.write_text(exact.replace("X - X.mean(axis=axis, keepdims=True)", body, 1))
        problems = examine_references(course.topic("arrays"), load_pages(course, ["arrays"], ["center"]))
        assert [says[0] in str(problem) for problem in problems] == [True] * len(says)
