"""Names of topics and exercises: the same in every command."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.course import Course, read_course
from grader.course.selection import select, split_names
from grader.model.errors import UsageError
from tests.helpers.tiny_class import write_course

SECOND = '"""Second."""\n\n\ndef halve(x):\n    """Halve."""\n    raise NotImplementedError\n\n\ndef second(x):\n    """Second."""\n    raise NotImplementedError\n'


@pytest.fixture
def two(tmp_path: Path) -> Course:
    """Two topics, of which one is called like an exercise of its own, and one exercise is in both."""
    write_course(tmp_path)
    (tmp_path / "exercises" / "second.py").write_text(SECOND)
    (tmp_path / "exercises" / "course.toml").write_text('title = "T"\ntopics = ["doubling", "second"]\n')
    return read_course(tmp_path)


@pytest.mark.parametrize("texts", [["a b"], ["a,b"], ["a, b"], ["a", "b"], [" a ,, b "]])
def test_spaces_and_commas_are_alike(texts: list[str]) -> None:
    assert split_names(texts) == ("a", "b")


@pytest.mark.parametrize(
    ("names", "exercises", "whole"),
    [
        ([], "doubling.double doubling.quadruple doubling.halve second.halve second.second", True),
        (["doubling"], "doubling.double doubling.quadruple doubling.halve", True),
        (["quadruple,double"], "doubling.double doubling.quadruple", False),
        (["doubling.halve", "second"], "doubling.halve second.halve second.second", False),
        (["second.second"], "second.second", False),
        (["doubling", "doubling.double"], "doubling.double doubling.quadruple doubling.halve", True),
    ],
)
def test_exercises_stand_wherever_topics_do(two: Course, names: list[str], exercises: str, whole: bool) -> None:
    """In book order, each once; a topic and an exercise of one name are the topic."""
    found = select(two, names)
    assert (found.exercises, found.whole) == (tuple(exercises.split()), whole)
    assert found.topics == tuple(dict.fromkeys(id.partition(".")[0] for id in exercises.split()))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("doublin", r"no topic and no exercise 'doublin'\. Did you mean doubling\?"),
        ("doubling.halv", r"'doubling\.halv'\. Did you mean doubling\.halve\?"),
        ("halve", r"'halve' is in several topics\. Say doubling\.halve or second\.halve\."),
    ],
)
def test_a_name_that_is_none_says_which_is_near(two: Course, name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        select(two, [name])
