"""What is known of each exercise while one works: its code, results, and which exercise one is at. No terminal here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.intake.submission import Submission
from grader.model.keys.key import ExerciseKey
from grader.model.result import ExerciseResult
from grader.workspace.used_source import digest_of

AskExercise = Callable[[ExerciseKey, Submission], ExerciseResult]


@dataclass(frozen=True)
class Desk:
    """The exercises in book order, the one in focus, and what is known of each.

    code: the fingerprint of each exercise's code as it was seen last. checked: results of just that code.
    remembered: the exercises of which it is known from earlier that just that code passes.
    solved: the exercise that has just passed, for a word of joy; empty otherwise.
    """

    exercises: Sequence[ExerciseKey]
    code: Mapping[str, str]
    focus: int = 0
    checked: Mapping[str, ExerciseResult] = field(default_factory=dict)
    remembered: frozenset[str] = frozenset()
    solved: str = ""

    @property
    def exercise(self) -> ExerciseKey:
        return self.exercises[self.focus]

    @property
    def result(self) -> ExerciseResult | None:
        return self.checked.get(self.exercise.id)

    def at(self, place: int) -> Desk:
        """With the focus on another exercise; behind the last one comes the first."""
        return replace(self, focus=place % len(self.exercises), solved="")

    def seeing(self, here: Submission) -> Desk:
        """With the code as it is now; results of other code are forgotten."""
        code = code_of(self.exercises, here)
        same = {id: result for id, result in self.checked.items() if code[id] == self.code[id]}
        remembered = frozenset(id for id in self.remembered if code[id] == self.code[id])
        return replace(self, code=code, checked=same, remembered=remembered)

    def with_result(self, here: Submission, ask: AskExercise) -> Desk:
        """The exercise in focus, asked if nothing is known of its code."""
        if self.result is not None:
            return self
        return replace(self, checked={**self.checked, self.exercise.id: ask(self.exercise, here)})

    def with_all(self, here: Submission, ask: AskExercise) -> Desk:
        """Every exercise that nothing is known of, asked."""
        asked = {each.id: ask(each, here) for each in self.exercises if each.id not in self.checked}
        return replace(self, checked={**self.checked, **asked})

    def after_a_save(self, here: Submission, ask: AskExercise) -> Desk:
        """What has changed is worked on: it is in focus and asked. Where it passes, the next open one follows."""
        now = self.seeing(here)
        changed = [place for place, each in enumerate(self.exercises) if now.code[each.id] != self.code[each.id]]
        if not changed:
            return replace(now, solved="")
        desk = now.at(self.focus if self.focus in changed else changed[0]).with_result(here, ask)
        return desk._onward() if desk.result and desk.result.passed else desk

    def _onward(self) -> Desk:
        """At the first exercise behind this one that has not passed; at this one where all have."""
        count = len(self.exercises)
        places = [(self.focus + step) % count for step in range(1, count)]
        following = next((place for place in places if not self.passes(self.exercises[place].id)), self.focus)
        return replace(self.at(following), solved=self.exercise.id)

    def passes(self, id: str) -> bool:
        """Whether the code of an exercise, as it is, is known to pass."""
        known = self.checked.get(id)
        return id in self.remembered if known is None else known.passed


def code_of(exercises: Sequence[ExerciseKey], here: Submission) -> Mapping[str, str]:
    """The fingerprint of each exercise's code."""
    return {each.id: digest_of(here.sources.get(each.topic, ""), each.function) for each in exercises}
