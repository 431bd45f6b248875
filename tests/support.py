"""What several tests need: the course, its pages, their answer keys, and submissions written from them."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from grader.cli.keeping import CACHE, Keys, private
from grader.course import Course, load_pages, read_course
from grader.key import AnswerKey, ExerciseKey, digest
from grader.kit import PUBLIC_SEED
from grader.origin import origins
from grader.page import Page

ROOT = Path(__file__).parent.parent


@cache
def course() -> Course:
    return read_course(ROOT)


@cache
def page(id: str) -> Page:
    topic, name = id.split(".")
    (found,) = load_pages(course(), [topic], [name])
    return found


def page_ids() -> list[str]:
    return [f"{topic.name}.{name}" for topic in course().topics for name in topic.functions]


@cache
def course_key() -> AnswerKey:
    """The key of the whole course with the public seed.

    It is made once and kept where `d2l-check` keeps it, and is made anew when anything changes that it is made from. Of
    several workers one makes it, and the others wait.
    """
    return _key_and_digests()[0]


def digests_of_made_keys() -> dict[str, str]:
    """Exercise -> the digest of its key when it had just been made and had not been in any file."""
    return _key_and_digests()[1]


@cache
def exercise_key(id: str) -> ExerciseKey:
    """The key of one exercise with the public seed."""
    (found,) = (each for each in course_key().exercises if each.id == id)
    return found


@cache
def _key_and_digests() -> tuple[AnswerKey, dict[str, str]]:
    folder, topics = private(ROOT / CACHE), [topic.name for topic in course().topics]
    keys, file = Keys(course(), PUBLIC_SEED, folder), folder / "digests.json"
    with FileLock(folder / "tests.lock"):
        known: dict[str, list[Any]] = json.loads(file.read_text()) if file.is_file() else {}
        for topic, origin in origins(course(), topics, PUBLIC_SEED).items():
            if known.get(topic, [])[:1] != [origin] or not keys.kept([topic]):
                made = keys.completed({}, [topic], jobs=1)
                known[topic] = [origin, {each.id: digest(each) for each in made.exercises}]
                file.write_text(json.dumps(known))  # topic by topic: who stops the tests loses no more than one
        digests = {id: digest for topic in topics for id, digest in known[topic][1].items()}
        return keys.completed(keys.kept(topics), topics), digests


def source_of(function: Callable[..., Any], name: str) -> str:
    """A function of a page as a student would have written it: without decorators, under the exercise's name."""
    text = textwrap.dedent(inspect.getsource(function))
    start = re.search(r"^(def|class) \w+", text, re.MULTILINE)
    assert start
    return re.sub(r"^(def|class) \w+", rf"\1 {name}", text[start.start() :], count=1)


def solved(topic: str, **replaced: Callable[..., Any]) -> str:
    """A topic's module, solved with the references; `replaced` puts other functions in their place."""
    parts = ["import itertools\nimport math\n\nimport torch\n"]
    for name in course().topic(topic).functions:
        parts.append(source_of(replaced.get(name, page(f"{topic}.{name}").reference), name))
    return "\n\n".join(parts)
