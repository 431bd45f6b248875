"""What became of a check. Written once, by the judge, in the trusted parent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from grader.model.answer_window import AnswerWindow
from grader.model.exercise_id import function_of, topic_of
from grader.model.fact import Fact
from grader.model.mark import Mark
from grader.model.vocabulary import Aspect, MismatchKind, Source, Status


class Verdict(StrEnum):
    """The field's verdicts. `NOT_GRADED` is our fault and never worth zero in silence."""

    PASSED = "passed"
    WRONG = "wrong"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DIED = "died"
    MISSING = "missing"
    NOT_GRADED = "not_graded"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where an answer leaves the truth: `kind` says in which way, numbers only where there are any.

    `count` of `size` entries differ. Of a tensor that should be something else: `dtype` and `shape`.
    """

    kind: MismatchKind
    path: str = ""
    index: tuple[int, ...] = ()
    expected: object = None
    got: object = None
    count: int = 0
    size: int = 0
    line: int | None = None
    dtype: str = ""
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one exercise.

    fact: why it failed, as far as the student may know: of a hidden case it never holds a value.
    full_fact: the same for the instructor, with values. Both are None where it passed.
    """

    name: str
    aspect: Aspect
    weight: float
    shown: bool
    verdict: Verdict
    form: bool = False
    dtype: str | None = None
    device: str = "cpu"
    fact: Fact | None = None
    full_fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known of a mistake that was recognised, in its author's words.

    mistake: the name of the page's misconception. idea: what goes wrong, and why. line: what to write instead.
    explained: the names of the failed checks that it explains.
    """

    mistake: str
    idea: str
    line: str = ""
    explained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often an exercise was tried, as far as runs have seen it.

    solved: the first attempt that passed. seconds: from the first attempt to that one. None where none passed.
    """

    count: int
    solved: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ExerciseResult:
    """What a student gets for one exercise. `id` is "topic.function"; `attempts` are None where none are known.

    hints: the mistakes that were recognised, the one that explains most first.
    certain: they explain all that is wrong. pattern: where none was recognised, what all wrong answers have in common.
    note: what there is to know beside the checks.
    window: the answer beside the truth in the check to repair first, if that is shown and its numbers are wrong.
    """

    id: str
    points: float
    max_points: float
    verdict: Verdict
    checks: tuple[CheckResult, ...]
    hints: tuple[Hint, ...] = ()
    certain: bool = True
    pattern: Fact | None = None
    note: Fact | None = None
    window: AnswerWindow | None = None
    seconds: float = 0.0
    attempts: Attempts | None = None
    source: Source = "read"

    @property
    def topic(self) -> str:
        return topic_of(self.id)

    @property
    def function(self) -> str:
        return function_of(self.id)

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED

    @property
    def facts(self) -> frozenset[Fact | None]:
        """What its checks tell; None stands for those that passed."""
        return frozenset(check.fact for check in self.checks)

    @property
    def is_wrong(self) -> bool:
        """Whether it was graded and did not pass."""
        return not self.passed and self.verdict is not Verdict.NOT_GRADED

    @property
    def cannot_run(self) -> Fact | None:
        """Why nothing of its file could be run, as after a syntax error; None where something was asked."""
        first = next(iter(self.facts), None)
        return first if first and first.kind == "cannot_run" and len(self.facts) == 1 else None

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the mistakes that were recognised."""
        return tuple(hint.mistake for hint in self.hints)

    @property
    def first_failure(self) -> CheckResult | None:
        """The check to repair first: one that the first hint explains, a shown one, in page order."""
        failed = [check for check in self.checks if check.verdict is not Verdict.PASSED]
        explained = self.hints[0].explained if self.hints else ()
        return min(failed, key=lambda check: (check.name not in explained, not check.shown), default=None)


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """One student's results. `reason` says why not, or what else there is
    to say of what was handed in, in one line.

    empty: of a submission that is not graded, whether no file of the topics was in it, and nothing else to speak of.
    mark: what policies and people make of the results; None where there are neither, so that the points are the mark.
    digests: topic -> digest of the source that counts, as far as that is known.
    """

    student: str
    status: Status
    exercises: tuple[ExerciseResult, ...] = ()
    reason: str | None = None
    seconds: float = 0.0
    empty: bool = False
    mark: Mark | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    @property
    def max_points(self) -> float:
        return sum(exercise.max_points for exercise in self.exercises)


@dataclass(frozen=True, slots=True)
class ClassResults:
    """A run over a class: everything that reports and exports are made of. The secret seed is none of it.

    `submissions` may be gone through as often as one likes; those of a gradebook are read meanwhile, so go seldom.
    """

    course: str
    title: str
    device: str
    sandbox: tuple[str, ...]
    versions: dict[str, str]
    submissions: Collection[SubmissionResult]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """One exercise whose points are others than before."""

    exercise: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Changed:
    """One student whose points changed, with the totals and the exercises that did it."""

    student: str
    before: float
    after: float
    max_points: float
    changes: tuple[Change, ...]
