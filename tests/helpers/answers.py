"""Answers to the course's exercises that no page lists, in the files of tests/data/unlisted, one for each kind of mistake.

A function is called <exercise>__<what is special about it>, a wrong one wrong_<exercise>__…; of `sgd___twice` the
exercise is sgd_.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from types import ModuleType

from grader.grading.exercise import judged
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.model.keys.key import ExerciseKey
from grader.model.keys.seeds import PUBLIC_SEED
from grader.model.result import ExerciseResult, Verdict
from tests.helpers.course import ROOT, course, page
from tests.helpers.keys import exercise_key

FOLDER = ROOT / "tests" / "data" / "unlisted"


def kinds() -> list[str]:
    """The kinds of mistakes, as their files are called."""
    return sorted(path.stem for path in FOLDER.glob("*.py"))


@cache
def module(kind: str) -> ModuleType:
    """A file of answers."""
    spec = importlib.util.spec_from_file_location(f"unlisted_{kind}", FOLDER / f"{kind}.py")
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def named() -> Iterator[tuple[str, str, str]]:
    """Kind, exercise and function of each answer."""
    exercises = {name: f"{topic.name}.{name}" for topic in course().topics for name in topic.functions}
    for kind in kinds():
        for function in vars(module(kind)):
            match = re.fullmatch(r"(?:wrong_)?([a-z]\w*?_?)__(?!_)\w+", function)
            if match:
                yield kind, exercises[match[1]], function


def result_of(kind: str, id: str, name: str, seed: int = PUBLIC_SEED) -> ExerciseResult:
    """As a submission would be judged: from what it answers, and from a look at its source."""
    function: Callable[..., object] = vars(module(kind))[name]
    source = inspect.getsource(function).replace(f"def {name}(", f"def {page(id).name}(")
    asked = _key(id, seed)
    return judged(asked, source, list(map(asker(page(id), function), asked.questions)))


@lru_cache(maxsize=128)
def _key(id: str, seed: int) -> ExerciseKey:
    """With the public seed the one that is there; others without misconceptions, which are most of the work."""
    if seed == PUBLIC_SEED:
        return exercise_key(id)
    return make_exercise_key(replace(page(id), misconceptions=()), seed)


def complaints(result: ExerciseResult) -> str:
    """What is said about an answer."""
    failed = [f"{c.name}: {c.verdict}: {c.full_detail}" for c in result.checks if c.verdict is not Verdict.PASSED]
    return "\n".join([result.note, *failed])
