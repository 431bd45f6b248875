"""A course folder of nbgrader's: notebooks, keys and configuration are added to it, and nothing in it is replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.course.course import Course, Topic
from grader.kits.student import key_name
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, for_students
from grader.model.keys.key_file import save_key
from grader.nbgrader.course_secrets import FOLDER, save_class_key
from grader.nbgrader.release.notebook import build

CONFIG, EXTRA = "nbgrader_config.py", "nbgrader_config.json"
_CONFIG = '''\
"""nbgrader's configuration for this course. Options: nbgrader --help-all."""

from grader.nbgrader.autograde.config import configure

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {course_id!r}

# Student code runs in d2l-grader's sandbox, and is judged outside it. Limits: c.Judge.question_seconds,
# c.Judge.submission_seconds, c.Judge.memory_mb. See docs/classroom.md of d2l-grader.
configure(c)
'''


@dataclass(frozen=True)
class Written:
    """A file of the course folder, and what became of it: new, renewed or kept."""

    path: Path
    state: str


def add_topics(
    course: Course, topics: Sequence[Topic], root: Path, assignment: str | None, public: AnswerKey, secret: AnswerKey
) -> Iterator[Written]:
    """Adds topics to the course in `root`: an assignment each, or all of them in the one that is named."""
    points = {exercise.id: exercise.points for exercise in secret.exercises}
    for topic in topics:
        folder = root / "source" / (assignment or topic.name)
        folder.mkdir(parents=True, exist_ok=True)
        notebook = folder / f"{topic.name}.ipynb"
        yield Written(notebook, "kept") if notebook.exists() else _text(notebook, build(course, topic, points))
        yield _kit_key(folder / key_name(topic.name), for_students(public.of_topics((topic.name,))))
    save_class_key(root, secret)
    yield Written(root / FOLDER, "renewed")


def add_config(root: Path, course_id: str) -> Iterator[Written]:
    """Adds our steps to nbgrader's configuration. A file that is there already is the instructor's, and stays."""
    ours, extra = root / CONFIG, root / EXTRA
    if not ours.exists():
        yield _text(ours, _CONFIG.format(course_id=course_id))
    elif "configure(c)" in ours.read_text(encoding="utf-8"):
        yield Written(ours, "kept")
    elif not extra.exists() or "grader.nbgrader" in extra.read_text(encoding="utf-8"):
        from grader.nbgrader.autograde.config import settings

        yield Written(ours, "kept")
        yield _text(extra, json.dumps(settings(), indent=2) + "\n")
    else:
        raise UsageError(
            f"{ours} and {extra} are there already. Add two lines to the first of them: "
            "from grader.nbgrader.autograde.config import configure; configure(c)"
        )


def _kit_key(path: Path, key: AnswerKey) -> Written:
    """The key that is released beside a topic's notebook."""
    state = "renewed" if path.exists() else "new"
    save_key(key, path)
    path.chmod(0o644)  # students read it
    return Written(path, state)


def _text(path: Path, text: str) -> Written:
    state = "renewed" if path.exists() else "new"
    path.write_text(text, encoding="utf-8")
    return Written(path, state)
