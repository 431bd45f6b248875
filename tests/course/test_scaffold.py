"""A new course, topic or exercise is sound at once, replaces nothing, and says what to change."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from grader.cli.doctor import problems_of
from grader.cli.grade import grade
from grader.course.course import read_course
from grader.course.scaffold import new_place_of, scaffold
from grader.model.errors import UsageError
from grader.model.value import Library
from tests.helpers.commands import Here
from tests.helpers.commands import here as here

MOST_SECONDS = 30


def written(place: Path, library: Library = "torch") -> list[str]:
    """Writes what is new; the names of the files."""
    target = new_place_of(place)
    files = scaffold(target, library)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return sorted(str(path.relative_to(target.course)) for path in files)


@pytest.mark.parametrize(
    ("library", "seeds"),
    [("torch", 1), *(pytest.param(name, 20, marks=pytest.mark.soak) for name in ("torch", "numpy"))],
)
def test_it_is_sound_at_once(tmp_path: Path, library: Library, seeds: int) -> None:
    """The doctor has nothing to say, and with all of its seeds that takes less than half a minute of machine time."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    written(tmp_path / "means" / "averages" / "average", library)
    assert [str(problem) for problem in problems_of(read_course(tmp_path / "means"), (), seeds, 1)[1]] == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < MOST_SECONDS


def test_a_course_begins_with_an_example(tmp_path: Path) -> None:
    """Whoever names only the course gets a topic and an exercise to look at."""
    assert written(tmp_path / "means") == [
        ".gitignore", "exercises/course.toml", "exercises/example.py", "solutions/example/example.py",
    ]  # fmt: skip
    course = read_course(tmp_path / "means")
    assert (course.title, [topic.functions for topic in course.topics]) == ("Means", [("example",)])


def test_a_topic_and_an_exercise_are_added(tmp_path: Path) -> None:
    """To the list, and to the module; all that was there stays, letter by letter."""
    written(tmp_path / "means" / "averages" / "average")
    stubs, toml = tmp_path / "means/exercises/averages.py", tmp_path / "means/exercises/course.toml"
    toml.write_text(toml.read_text() + '\n[limits."averages.average"]\nquestion_seconds = 9\n')
    before = stubs.read_text(), toml.read_text()
    assert written(tmp_path / "means" / "averages" / "median") == [
        "exercises/averages.py", "solutions/averages/median.py",
    ]  # fmt: skip
    written(tmp_path / "means" / "spread")
    course = read_course(tmp_path / "means")
    assert [topic.functions for topic in course.topics] == [("average", "median"), ("example",)]
    assert stubs.read_text().startswith(before[0])
    assert toml.read_text() == before[1].replace('topics = ["averages"]', 'topics = ["averages", "spread"]')


def test_a_list_over_several_lines_stays_one(tmp_path: Path) -> None:
    """With its comments."""
    written(tmp_path / "means" / "averages")
    toml = tmp_path / "means/exercises/course.toml"
    toml.write_text('title = "M"\ntopics = [\n    "averages",  # first\n]\n')
    written(tmp_path / "means" / "spread")
    assert toml.read_text() == 'title = "M"\ntopics = [\n    "averages",  # first\n    "spread",\n]\n'


def test_imports_are_completed(tmp_path: Path) -> None:
    """A module of NumPy's gets torch for its first exercise with tensors, below the imports that it has."""
    written(tmp_path / "means" / "averages" / "average", "numpy")
    written(tmp_path / "means" / "averages" / "median")
    text = (tmp_path / "means/exercises/averages.py").read_text()
    assert "import numpy as np\nimport torch\nfrom torch import Tensor\n\n\ndef average" in text


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("means/averages/average", "averages.average is there already. Take another name."),
        ("means", "is a course already. Add to it: d2l-grade new"),
        ("means/2nd", "No topic can be called '2nd'."),
        ("means/averages/def", "No exercise can be called 'def'."),
        ("means/averages/average/more", "names more than COURSE/TOPIC/EXERCISE."),
        ("means/exercises/average", "No topic can be called 'exercises'."),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, place: str, says: str) -> None:
    """In one line, before anything is written."""
    written(tmp_path / "means" / "averages" / "average")
    with pytest.raises(UsageError) as error:
        scaffold(new_place_of(tmp_path / place))
    assert says in str(error.value)


def test_a_list_that_cannot_be_changed_safely_is_left_alone(tmp_path: Path) -> None:
    """A bracket inside of a comment is no end of the list."""
    written(tmp_path / "means" / "averages")
    toml = tmp_path / "means/exercises/course.toml"
    toml.write_text('title = "M"\ntopics = [  # all [of] them\n    "averages",\n]\n')
    with pytest.raises(UsageError, match='Add "spread" to its topics first'):
        scaffold(new_place_of(tmp_path / "means" / "spread"))


def test_the_command_says_what_comes_next(tmp_path: Path, here: Here) -> None:
    """What was written, how to prove it sound, what to change; with --dry-run nothing is written."""
    code, said, _ = here(grade, ["new", "means/averages/average", "--dry-run"], tmp_path)
    assert (code, list(tmp_path.iterdir())) == (0, [])
    assert "would write means/exercises/averages.py" in said
    code, said, _ = here(grade, ["new", "means/averages/average"], tmp_path)
    assert "d2l-grade doctor averages --course means" in said
    assert "grep -rn CHANGE means/exercises means/solutions" in said
    code, said, _ = here(grade, ["new", "averages/median"], tmp_path / "means")
    assert "averages.median is added to exercises/averages.py" in said
