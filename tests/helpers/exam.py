"""Answers to the course's exercises that no page lists, in JSON: whole modules, with what is expected of each."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any
from unittest.mock import patch

from grader.grading.exercise import judged
from grader.model.keys.key import DEVICE, ExerciseKey
from grader.model.keys.key_variants import of_entries
from grader.runner.respond import respond
from tests.helpers.course import ROOT

FOLDER = ROOT / "tests" / "data" / "answers"
EXAM: list[Mapping[str, Any]] = [
    answer for file in sorted(FOLDER.glob("*.json")) for answer in json.loads(file.read_text("utf-8"))
]


def share(answer: Mapping[str, Any], key: ExerciseKey) -> float:
    """The share of the points that an answer gets. What is about other devices is not asked."""
    asked = of_entries(key, tuple(entry for entry in key.entries if entry.purpose != "device"))
    asked = replace(asked, checks=tuple(check for check in asked.checks if check.name != DEVICE))
    module = ModuleType(answer["topic"])
    with patch.dict(sys.modules, {module.__name__: module}):  # a dataclass looks itself up there
        exec(compile(answer["source"], answer["id"], "exec"), vars(module))
        answers = tuple(respond(vars(module), question) for question in asked.questions)
    result = judged(asked, answer["source"], answers)
    return result.points / result.max_points
