"""The part of a course that is handed out: keys of some exercises, stubs of those and of what they need."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace

from grader.model.exercise_id import function_of, topic_of
from grader.model.keys.key import AnswerKey

StubDefinition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def part_of_key(key: AnswerKey, exercises: Collection[str]) -> AnswerKey:
    """The key of these exercises, whose stubs are theirs and those of what they need, which is not asked."""
    wanted = tuple(each for each in key.exercises if each.id in exercises)
    if len(wanted) == len(key.exercises):
        return key
    kept = _with_needs(key, exercises)
    stubs = {
        topic: only(text, {function_of(id) for id in kept if topic_of(id) == topic}, key.functions[topic])
        for topic, text in key.stubs.items()
        if any(topic_of(id) == topic for id in kept)
    }
    return replace(key, exercises=wanted, stubs=stubs)


def _with_needs(key: AnswerKey, exercises: Collection[str]) -> set[str]:
    """These exercises, what they need, and what that needs."""
    needs = {each.id: each.needs for each in key.exercises}
    found, open_ = set(exercises), list(exercises)
    while open_:
        for name in needs.get(open_.pop(), ()):
            if name not in found:
                found.add(name)
                open_.append(name)
    return found


def only(stubs: str, kept: Collection[str], exercises: Collection[str]) -> str:
    """A module of stubs without those of the other exercises; its helpers, imports and text stay."""
    lines = stubs.splitlines(keepends=True)
    for node in reversed(ast.parse(stubs).body):
        if isinstance(node, StubDefinition) and node.name in exercises and node.name not in kept:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            last = node.end_lineno or node.lineno
            while last < len(lines) and not lines[last].strip():  # the blank lines that part it from the next
                last += 1
            del lines[first - 1 : last]
    return "".join(lines).rstrip("\n") + "\n"
