"""A submission that is being examined, and an exercise as far as it has been asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from grader.grading.exercise import Scoring, judged
from grader.intake.submission import Submission
from grader.model.keys.key import ExerciseKey
from grader.model.keys.key_parts import has_hidden, hidden_part, unasked
from grader.model.question import Answer
from grader.model.result import ExerciseResult
from grader.model.statements import StatementPlace
from grader.sandbox.running import RunningSubmission
from grader.sandbox.session import Sandbox

Elsewhere = tuple[tuple[Answer, ...], tuple[Answer, ...]]
"""The answers on the CPU to what was asked on a graphics card, and those in float64."""


@dataclass(frozen=True)
class Interim:
    """An exercise as far as it has been asked.

    result: None where nothing has been asked yet, since all of it is hidden. answers: to the shown questions; None
    where there is no source to ask. again: beside stand-ins of ours, if that was due.
    """

    key: ExerciseKey
    result: ExerciseResult | None
    answers: tuple[Answer, ...] | None = None
    elsewhere: Elsewhere | None = None
    again: Again | None = None

    @property
    def failed(self) -> bool:
        return self.result is not None and not self.result.passed

    @property
    def has_more(self) -> bool:
        """Whether there are hidden questions to ask."""
        return self.answers is not None and has_hidden(self.key)


@dataclass(frozen=True)
class Again:
    """The answers to the shown questions beside right functions of ours."""

    stand_ins: tuple[str, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Examination:
    """A submission, and what it is asked with."""

    submission: Submission
    sandbox: Sandbox
    scoring: Scoring | None = None
    endless: Mapping[str, tuple[StatementPlace, ...]] = field(default_factory=dict)

    def judged(self, key: ExerciseKey, answers: Sequence[Answer], scoring: Scoring | None = None) -> ExerciseResult:
        """The result of these answers."""
        submission, topic = self.submission, key.topic
        source, notebook = submission.sources[topic], submission.notebooks.get(topic)
        return judged(key, source, answers, notebook, scoring, submission.own)

    def child(self) -> RunningSubmission:
        """The whole submission in a fresh child."""
        return self.sandbox.submission(
            self.submission.modules, modules=self.submission.importable, endless=self.endless
        )

    def child_with(self, key: ExerciseKey, stand_ins: Collection[str]) -> RunningSubmission:
        """A topic in a fresh child, in which some functions are ours."""
        ours = {name: key.stand_ins[name] for name in stand_ins}
        source = "\n\n".join([self.submission.modules[key.topic], *ours.values()])
        modules = {name: _with_ours(text, ours) for name, text in self.submission.importable.items()}
        return self.sandbox.submission({key.topic: source}, modules=modules, endless=self.endless)


def _with_ours(source: str, ours: Mapping[str, str]) -> str:
    """A module of the student's in which those functions that it defines are ours, for whoever imports them."""
    defined = [text for name, text in ours.items() if re.search(rf"^(?:def|class) {name}\b", source, re.MULTILINE)]
    return "\n\n".join([source, *defined])


def hidden_answers(key: ExerciseKey, shown: Sequence[Answer], child: RunningSubmission) -> tuple[Answer, ...]:
    """The answers to the hidden questions; not asked where the shown ones have ended the process."""
    ended = unasked(key, shown)
    return child.ask(key.topic, hidden_part(key).questions, key.limits) if ended is None else ended
