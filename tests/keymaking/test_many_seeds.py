"""What holds on every seed that was tried holds for every student: 200 seeds for each page, in the soak."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.findings import passes
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.model.keys.key import ExerciseKey
from tests.helpers.answers import answers_in, module_of
from tests.helpers.course import page, page_ids
from tests.helpers.exam import EXAM, FOLDER, share

SEEDS = range(1, 201)


@pytest.mark.soak
@pytest.mark.parametrize("id", page_ids())
def test_nothing_right_is_refused(id: str) -> None:
    """Neither the reference nor an alternative, without which there is no key; nor a right answer of the suite."""
    exercise = replace(page(id), misconceptions=(), first_attempts=())
    refused = []
    for seed in SEEDS:
        key = make_exercise_key(exercise, seed)
        refused += [f"{name}, seed {seed}" for name in _refused(key)]
    assert refused == []


def _refused(key: ExerciseKey) -> list[str]:
    """The right answers that do not get all points."""
    topic, _, function = key.id.partition(".")
    modules = [
        each for each in EXAM if (each["topic"], each["function"], each["expected"]) == (topic, function, "right")
    ]
    file = FOLDER / f"{topic}.py"
    functions = [name for exercise, name in answers_in(file) if exercise == function] if file.is_file() else []
    right = [name for name in functions if not name.startswith("wrong_")]
    return [
        *(each["id"] for each in modules if share(each, key) < 1),
        *(name for name in right if not _passes(key, name)),
    ]


def _passes(key: ExerciseKey, name: str) -> bool:
    """Whether what a function of the topic's file answers passes every check."""
    function = getattr(module_of(FOLDER / f"{key.topic}.py"), name)
    answers = tuple(map(asker(page(key.id), function), key.questions))
    return passes(key, answers) == {check.name for check in key.checks}
