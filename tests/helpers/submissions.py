"""Submissions that are graded end to end: read from files, run in the real sandbox, judged.

The right answers are those of the sample class, which were written without a look at the references.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading.examine import examine
from grader.intake.files import read_source
from grader.intake.layout import intake
from grader.intake.read import read_handed_in
from grader.intake.submission import Submission
from grader.model.keys.key import AnswerKey
from grader.model.result import ExerciseResult
from grader.report.explanation import explanation
from grader.sandbox.session import Sandbox
from tests.helpers import sandboxes
from tests.helpers.course import ROOT
from tests.helpers.keys import course_key

CLASS = ROOT / "demo" / "class"
DEADLINE = 1.0  # seconds, of an exercise whose answer never comes
TOPICS = ("broadcasting", "softmax", "dropout")

BROKEN = "softmax.softmax_vjp"
LAST_TWO = (BROKEN, "softmax.smooth_labels", "softmax.softmax")
ENDLESS = """
def softmax_vjp(s, g, dim):
    while True:
        pass
"""

Results = Mapping[str, ExerciseResult]


def written_by(student: str, topic: str) -> str:
    return read_source(CLASS / student / f"{topic}.py")


def right(topic: str, *changes: str) -> str:
    """A right module in which later definitions replace earlier ones."""
    return "\n\n\n".join([written_by("chen-yu", topic), *changes])


def read_class(folder: Path, topics: Sequence[str]) -> list[Submission]:
    return [read_handed_in(each, dict.fromkeys(topics, ())) for each in intake(folder).handed_in]


@pytest.fixture
def sandbox() -> Sandbox:
    return sandboxes.sandbox()


@pytest.fixture(scope="module")
def key() -> AnswerKey:
    """The key of the whole course, with the public seed."""
    return course_key()


def only(key: AnswerKey, *ids: str) -> AnswerKey:
    return replace(key, exercises=tuple(each for each in key.exercises if each.id in ids))


def hurried(key: AnswerKey, id: str) -> AnswerKey:
    """The key with a short deadline for one exercise."""
    short = {"question_seconds": DEADLINE}
    return replace(
        key, exercises=tuple(replace(each, limits=short) if each.id == id else each for each in key.exercises)
    )


def graded(sandbox: Sandbox, key: AnswerKey, *ids: str, **sources: str) -> Results:
    """The results of a submission of these modules, by exercise: those named, or all of the topics given."""
    asked = only(key, *ids) if ids else key.of_topics(tuple(sources))
    result = examine(asked, Submission("somebody", sources), sandbox)
    assert result.status == "graded"
    return {each.id: each for each in result.exercises}


def details(result: ExerciseResult) -> str:
    return "\n".join(explanation(check) for check in result.checks)


def verdicts(results: Results) -> dict[str, str]:
    return {id: result.verdict.value for id, result in results.items()}
