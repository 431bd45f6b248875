"""The pictures of pages: what is asked, what is true of it, and what an author is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grader.grading.pictures import asked_for
from grader.keymaking.expected import asker
from grader.keymaking.pictures import pictures_of
from grader.model.errors import PageError
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.keys.key_file import digest, load_key, save_key
from grader.model.keys.picture import Picture
from tests.helpers.course import course, page
from tests.helpers.pages import Write, write

__all__ = ["write"]
PAGE = """
exercise = Exercise()

@reference
def f(x):
    return x * x

@case
def one(draw):
    return draw.normal(3),

"""
CURVE = '''
@picture("curve", x="x", y="square")
def squares(draw):
    """Squares grow."""
    x = torch.linspace(-1, 1, 5)
    return x, x
'''


def test_a_curve_is_one_question_and_its_true_numbers(write: Write) -> None:
    """The numbers stand where the page says, and are true in float64."""
    (picture,) = pictures_of(write(PAGE + CURVE), 0)
    (series,) = picture.series
    assert (picture.title, picture.kind, len(series.questions)) == ("Squares grow.", "curve", 1)
    assert picture.x is not None
    np.testing.assert_array_equal(picture.x.numpy(), [-1, -0.5, 0, 0.5, 1])
    np.testing.assert_array_equal(series.truth.numpy(), [1, 0.25, 0, 0.25, 1])


def test_several_lines_and_a_call_for_each_number(write: Write) -> None:
    """A dict has a label for each line, a list a call for each place."""
    text = CURVE.replace("return x, x", 'return x, {"once": [a[None] for a in x], "twice": x + x}')
    (picture,) = pictures_of(write(PAGE + text), 0)
    assert [(each.label, len(each.questions)) for each in picture.series] == [("once", 5), ("twice", 1)]
    assert picture.series[1].truth.numpy()[0] == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CURVE.replace('"curve"', '"circle"'), "there is no kind 'circle'. Choose one of curve, bars, image, path."),
        (CURVE.replace('    """Squares grow."""\n', ""), "picture squares has no docstring."),
        (CURVE.replace("return x, x", "return x, x[:2]"), "2 numbers came back for 5 places on the horizontal axis"),
        (CURVE.replace("return x, x", "return x, x / 0"), "the reference's numbers are not all finite"),
        (CURVE.replace("return x, x", "return nothing"), "picture squares cannot be drawn: NameError"),
        (CURVE.replace("return x, x", "return x, None"), "picture squares: the reference failed: TypeError"),
        (
            CURVE.replace('"curve"', '"image"').replace("return x, x", "return x"),
            "of the reference the answer is no matrix",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(write: Write, text: str, says: str) -> None:
    """An author reads which picture, and what is wrong with it."""
    with pytest.raises(PageError, match="f") as raised:
        pictures_of(write(PAGE + text), 0)
    assert says in str(raised.value)


def test_pictures_survive_a_key_file_and_change_no_mark(write: Write, tmp_path: object) -> None:
    """They are part of a kit's key; what a result rests on does not hang on them."""
    pictures = pictures_of(write(PAGE + CURVE), 0)
    exercise = ExerciseKey("topic.f", 1, ("x",), (), (), pictures=pictures)
    path = tmp_path / "a.key"  # type: ignore[operator]
    save_key(AnswerKey("c", "C", 0, (exercise,)), path)
    assert load_key(path).exercises[0].pictures == pictures
    assert digest(exercise) == digest(replace(exercise, pictures=()))


def drawn() -> list[str]:
    return [
        f"{topic.name}.{name}"
        for topic in course().topics
        for name in topic.functions
        if page(f"{topic.name}.{name}").pictures
    ]


def test_a_dozen_exercises_have_pictures() -> None:
    """Curves, paths, bars and images are among them."""
    kinds = {picture.kind for id in drawn() for picture in page(id).pictures}
    assert len(drawn()) >= 12 and kinds == {"curve", "bars", "image", "path"}


@pytest.mark.parametrize("id", drawn())
def test_the_pictures_of_the_course(id: str) -> None:
    """The reference's own numbers in float32 fit what is drawn as right."""
    for picture in pictures_of(page(id), 0):
        for each in asked_for(
            picture, exercise_with(picture, id), lambda asked: [asker(page(id), page(id).reference)(q) for q in asked]
        ):
            assert each.yours is not None, each.why
            assert picture.random or np.allclose(each.yours, each.series.truth.numpy(), rtol=1e-3, atol=1e-5)


def exercise_with(picture: Picture, id: str) -> ExerciseKey:
    return ExerciseKey(id, 1, (), (), (), driver=page(id).driver, pictures=(picture,))
