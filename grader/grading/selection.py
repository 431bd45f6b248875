"""The part of a key that targets ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.course.course import unknown
from grader.intake.finding.names import likeness
from grader.model.errors import UsageError, name_repair
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.target import Target


def part_of(key: AnswerKey, wishes: Sequence[Target], folder: Path) -> AnswerKey:
    """The part of the key that was asked for, in book order."""
    wishes = [_named(key, wish) for wish in wishes]
    if all(wish.topic is None for wish in wishes):
        here = tuple(topic for topic in key.topics if has_topic(folder, topic))
        if not here:
            raise UsageError(
                f"There is no topic file in {folder}. Go to the folder into which you have unpacked your kit, or begin "
                f"here: d2l-check init {key.topics[0]}."
            )
        return key.of_topics(here)
    chosen = {exercise.id for wish in wishes for exercise in _matching(key, wish)}
    return replace(key, exercises=tuple(exercise for exercise in key.exercises if exercise.id in chosen))


def unknown_target(key: AnswerKey, name: str, alone: bool = True) -> str:
    """The sentence about a name that is no topic's and, where it stands alone, no exercise's."""
    if not alone:
        return unknown("topic", name, key.topics)
    functions = [exercise.function for exercise in key.exercises]
    repair = name_repair(name, [*key.topics, *functions], listed=key.topics)
    return f"There is no topic and no exercise {name!r}. {repair}"


def has_topic(folder: Path, topic: str) -> bool:
    """Whether a module or a notebook of the topic lies in the folder."""
    return any((folder / f"{topic}{ending}").exists() for ending in (".py", ".ipynb"))


def files_of(key: AnswerKey, wishes: Sequence[Target]) -> dict[str, Path]:
    """The files that were named, by topic. Raises `UsageError` where one is called like no topic."""
    named = (_named(key, wish) for wish in wishes)
    return {wish.topic: wish.file for wish in named if wish.topic and wish.file}


def _named(key: AnswerKey, wish: Target) -> Target:
    """The target with the topic that its file is called like."""
    if wish.file is None or wish.topic is not None:
        return wish
    ranked = [(how, topic) for topic in key.topics if (how := likeness(wish.file.name, topic, key.topics)) is not None]
    if not ranked:
        topics = ", ".join(f"{topic}.py" for topic in key.topics)
        raise UsageError(f"{wish.file.name} is called like none of the topics. Give it the name of one: {topics}.")
    return replace(wish, topic=min(ranked)[1])


def _matching(key: AnswerKey, wish: Target) -> tuple[ExerciseKey, ...]:
    if wish.topic not in key.topics:
        called_so = tuple(exercise for exercise in key.exercises if exercise.function == wish.topic)
        if len(called_so) > 1:
            names = " or ".join(exercise.id for exercise in called_so)
            raise UsageError(f"There are several exercises {wish.topic}. Say which: d2l-check {names}.")
        if called_so:
            return called_so
        raise UsageError(unknown_target(key, str(wish.topic), wish.function is None))
    of_topic = [exercise for exercise in key.exercises if exercise.topic == wish.topic]
    if wish.function is None:
        return tuple(of_topic)
    found = [exercise for exercise in of_topic if exercise.function == wish.function]
    if not found:
        raise UsageError(unknown("exercise", wish.function, [each.function for each in of_topic], f" in {wish.topic}"))
    return tuple(found)
