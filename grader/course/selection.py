"""Topics and exercises as people name them: `softmax`, `softmax.softmax_vjp`, `softmax_vjp`; with spaces or commas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from grader.course.course import Course
from grader.model.errors import UsageError, name_repair
from grader.model.exercise_id import function_of, topic_of


@dataclass(frozen=True, slots=True)
class Selection:
    """Exercises of a course, in book order. whole: whether all exercises of their topics are among them."""

    exercises: tuple[str, ...]
    whole: bool = True

    @property
    def topics(self) -> tuple[str, ...]:
        """Their topics, in book order."""
        return tuple(dict.fromkeys(map(topic_of, self.exercises)))


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """The names in these texts, whatever stands between them."""
    return tuple(name for text in texts for name in re.split(r"[\s,]+", text) if name)


def select(course: Course, names: Iterable[str]) -> Selection:
    """The exercises of these topics and these exercises; all of the course where nothing is named.

    Raises `UsageError` where a name is none of the course's, or that of exercises in several topics.
    """
    every = all_exercises(course)
    chosen = {id for name in split_names(names) for id in named(course, name)} or set(every)
    exercises = tuple(id for id in every if id in chosen)
    topics = {topic_of(id) for id in exercises}
    return Selection(exercises, sum(topic_of(id) in topics for id in every) == len(exercises))


def named(course: Course, name: str) -> tuple[str, ...]:
    """The exercises that one name means. A name of both is the topic's: softmax, beside softmax.softmax."""
    every = all_exercises(course)
    found = [id for id in every if topic_of(id) == name] or [id for id in every if name in (id, function_of(id))]
    if not found:
        topics = [topic.name for topic in course.topics]
        near = [*topics, *every] if "." in name else [*topics, *map(function_of, every)]
        raise UsageError(f"There is no topic and no exercise {name!r}. {name_repair(name, near)}")
    if len({topic_of(id) for id in found}) > 1:
        raise UsageError(f"{name!r} is in several topics. Say {' or '.join(found)}.")
    return tuple(found)


def all_exercises(course: Course) -> tuple[str, ...]:
    """Every exercise of the course, in book order."""
    return tuple(f"{topic.name}.{name}" for topic in course.topics for name in topic.functions)
