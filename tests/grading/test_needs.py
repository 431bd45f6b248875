"""An exercise that builds on another topic's: its own mistake counts, the other's does not count twice."""

from __future__ import annotations

import pytest

from grader.course.course import read_course
from grader.grading.examine import examine
from grader.intake.submission import Submission
from grader.keymaking.parallel import made_key
from grader.model.keys.key import AnswerKey, for_students
from grader.model.keys.seeds import PUBLIC_SEED
from grader.model.result import ExerciseResult
from grader.report.explanation import note_of
from grader.sandbox.session import Sandbox
from tests.helpers.tiny_class import RIGHT, SQUARED, write_course

STUB = '''"""Powers

What doubling is good for.
"""

from torch import Tensor


def octuple(x: Tensor) -> Tensor:
    """Double every entry three times."""
    raise NotImplementedError
'''
PAGE = '''"""Twice, and again, and again."""

from grader import Exercise, case, reference, stand_in

exercise = Exercise(points=2, needs=("doubling.double",))


@reference
def octuple(x):
    return 8 * x


@stand_in
def double(x):
    return x + x


@case
def a_matrix(draw):
    return draw.normal(2, 3)
'''
OCTUPLE = "from doubling import double\n\n\ndef octuple(x):\n    return double(double(double(x)))\n"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> AnswerKey:
    """The key of two topics, of which one builds on the other."""
    folder = tmp_path_factory.mktemp("course")
    write_course(folder)
    course = folder / "exercises" / "course.toml"
    course.write_text(course.read_text().replace('"doubling"', '"doubling", "powers"'))
    (folder / "exercises" / "powers.py").write_text(STUB)
    (folder / "solutions" / "powers").mkdir()
    (folder / "solutions" / "powers" / "octuple.py").write_text(PAGE)
    return made_key(read_course(folder), [], PUBLIC_SEED, jobs=1)


def octuple_of(key: AnswerKey, sandbox: Sandbox, doubling: str, powers: str = OCTUPLE) -> ExerciseResult:
    sources = {"doubling": doubling, "powers": powers}
    submission = Submission("somebody", sources)
    return next(each for each in examine(key, submission, sandbox).exercises if each.id == "powers.octuple")


def test_what_another_topic_owes_is_named_by_both(key: AnswerKey) -> None:
    """The key says which exercise of which topic it builds on."""
    assert key.exercises[-1].needs == ("doubling.double",)


def test_a_mistake_of_another_topic_counts_once(key: AnswerKey, sandbox: Sandbox) -> None:
    """In class it is graded beside a right function; with a right one there is nothing to say."""
    helped = octuple_of(key, sandbox, SQUARED)
    assert helped.points == helped.max_points
    assert note_of(helped) == "Graded with a right double: repair that first. Its mistake does not count here."
    assert octuple_of(key, sandbox, RIGHT).note is None


def test_at_home_one_reads_what_to_repair_first(key: AnswerKey, sandbox: Sandbox) -> None:
    """No kit holds a right function to ask beside."""
    alone = octuple_of(for_students(key), sandbox, SQUARED)
    assert not alone.passed
    assert note_of(alone) == "It calls double (line 5), which fails: repair that first."


def test_its_own_mistake_counts(key: AnswerKey, sandbox: Sandbox) -> None:
    """A right function of another topic excuses nothing."""
    assert octuple_of(key, sandbox, SQUARED, OCTUPLE.replace("double(double(double(x)))", "double(x) + 1")).points == 0
