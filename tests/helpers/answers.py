"""Answers to the course's exercises that no page lists, in files of functions.

A function is called <exercise>__<what is special about it>, a wrong one wrong_<exercise>__…; of `sgd___twice` the
exercise is sgd_.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType

from grader.grading.exercise import judged
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.model.keys.key import ExerciseKey
from grader.model.keys.seeds import PUBLIC_SEED
from grader.model.result import ExerciseResult, Verdict
from grader.report.explanation import full_explanation, note_of
from tests.helpers.course import page
from tests.helpers.keys import exercise_key

Function = Callable[..., object]
ANSWER = re.compile(r"(?:wrong_)?([a-z]\w*?_?)__(?!_)\w+")


@cache
def module_of(file: Path) -> ModuleType:
    """A file of answers."""
    spec = importlib.util.spec_from_file_location(f"{file.parent.name}_{file.stem}", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answers_in(file: Path) -> Iterator[tuple[str, str]]:
    """The name of the exercise and that of the function, of each answer."""
    for function in vars(module_of(file)):
        if match := ANSWER.fullmatch(function):
            yield match[1], function


def result_of(function: Function, source: str, id: str, seed: int) -> ExerciseResult:
    """As a submission would be judged: from what it answers, and from a look at its source."""
    key = _key(id, seed)
    return judged(key, source, list(map(asker(page(id), function), key.questions)))


@lru_cache(maxsize=128)
def _key(id: str, seed: int) -> ExerciseKey:
    """With the public seed the one that is there; others without misconceptions, which are most of the work."""
    if seed == PUBLIC_SEED:
        return exercise_key(id)
    return make_exercise_key(replace(page(id), misconceptions=(), first_attempts=()), seed)


def complaints(result: ExerciseResult) -> str:
    """What is said about an answer."""
    failed = [f"{c.name}: {c.verdict}: {full_explanation(c)}" for c in result.checks if c.verdict is not Verdict.PASSED]
    return "\n".join([note_of(result), *failed])
