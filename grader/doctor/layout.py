"""Whether a course's folder holds together: every module is listed, every stub has a page, every page a stub."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from grader.course.course import Course, Topic, page_of, stray_pages, unlisted_topics
from grader.course.page import Page
from grader.course.places import place_of
from grader.doctor.records import Problem
from grader.model.errors import PageError


def examine_layout(course: Course, topics: Sequence[Topic]) -> tuple[Problem, ...]:
    """Problems of the folder, as far as it belongs to these topics; modules that are no topic belong to all of them."""
    unlisted = _unlisted(course) if len(topics) == len(course.topics) else ()
    return (*unlisted, *(problem for topic in topics for problem in _of_topic(course, topic)))


def loaded_pages(course: Course, topic: Topic) -> tuple[Page, ...]:
    """The pages of a topic that can be loaded; what is wrong with the others is said where they are examined."""
    pages = []
    for name in topic.functions:
        try:
            pages.append(page_of(course, topic, name))
        except PageError:
            continue
    return tuple(pages)


def _unlisted(course: Course) -> Iterator[Problem]:
    for path in unlisted_topics(course):
        what = f"is no topic: course.toml does not list {path.stem!r}."
        yield Problem(place_of(path), what, "Add it to topics, or begin the file's name with an underscore.")


def _of_topic(course: Course, topic: Topic) -> Iterator[Problem]:
    where = place_of(topic.path)
    for path in stray_pages(course, topic):
        yield Problem(place_of(path), "has no stub.", f"Add {path.stem} to {where}, or remove the page.")
    tree = ast.parse(topic.path.read_text(encoding="utf-8"))
    if not ast.get_docstring(tree):
        yield Problem(
            f"{where}:1", "begins with no docstring.", "Write its title in the first line, and what it is about."
        )
    if not topic.stubs:
        yield Problem(where, "has no stub.", f"Begin one: d2l-grade new COURSE/{topic.name}/NAME.")
