"""An exercise's id, "topic.function": its two halves, taken apart in one place."""

from __future__ import annotations


def topic_of(id: str) -> str:
    """The topic in which the exercise stands; all of an id that names a topic alone."""
    return id.partition(".")[0]


def function_of(id: str) -> str:
    """The function that the exercise asks for; empty where the id names a topic alone."""
    return id.partition(".")[2]
