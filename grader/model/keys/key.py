"""An answer key: everything that judging needs, as plain data in one file.

The file is safetensors: the arrays, and one JSON document as metadata, with a checksum of all of it. It holds no source
but drivers, and, in an instructor's key, stand-ins. Loading one runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from grader.model.book_section import BookSection
from grader.model.exercise_id import function_of, topic_of
from grader.model.keys.picture import Picture
from grader.model.keys.statistic import Law
from grader.model.question import Question
from grader.model.value import Value
from grader.model.vocabulary import Aspect, LeafKind, Purpose


@dataclass(frozen=True, slots=True)
class Expected:
    """One leaf of the right answer.

    truth: float64 numbers for floating leaves, exact ones otherwise; None in a random leaf, where only
        kind, dtype and shape are judged here and laws judge the numbers.
    budget: the largest error of a right answer; None where only equality will do.
    entry_budget: the largest error of each entry as a share of that entry, beside the budget; None where honest answers
        lose the digits of small entries.
    aspect: what this leaf says something about; all but `type` and `mutation` belong to the case's check.
    """

    path: str
    kind: LeafKind
    dtype: str | None
    shape: tuple[int, ...]
    truth: Value
    budget: float | None
    random: bool = False
    aspect: Aspect = "value"
    entry_budget: float | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a misconception says to one question, where that is wrong.

    failed: the exception's signature, if it raises one. leaves: path -> wrong leaf. clouds: law statistic
    -> (mean, standard deviation, share of seeds that violate the law). flags: the checks it fails without a wrong
    leaf (mutation, state, vectorised, …). returned: it answers where an error was due.
    """

    failed: str | None = None
    leaves: Mapping[str, Value] = field(default_factory=dict)
    clouds: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    returned: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.failed or self.leaves or self.flags or self.returned or any(c[2] > 0 for c in self.clouds.values())
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One question with what is true of its answer.

    special: clauses that say what is special about the arguments, if they were drawn to cover what no case does.
    """

    case: str
    check: str
    shown: bool
    purpose: Purpose
    dtype: str | None
    question: Question
    expected: tuple[Expected, ...] = ()
    laws: tuple[Law, ...] = ()
    raises: str | None = None
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    first_attempts: Mapping[str, Mistake] = field(default_factory=dict)
    special: tuple[str, ...] = ()

    def said_by(self, name: str) -> Mistake:
        """What a known mistake, or a known first attempt, says to it."""
        return self.mistakes.get(name) or self.first_attempts.get(name) or Mistake()


@dataclass(frozen=True, slots=True)
class Check:
    """What points are given for. Form is what a thoughtless answer passes; the rest is substance."""

    name: str
    aspect: Aspect
    weight: float
    shown: bool
    form: bool = False


@dataclass(frozen=True)
class ExerciseKey:
    """The key of one exercise. limits: those of `sandbox.limits` that are its own.

    hints: name of each known mistake -> what goes wrong there, and why. lines: -> what to write instead, where its page
        says so. first_attempts: name of each known answer with several of these mistakes -> their names.
    book: labels of the book's section. parameters: the names of what a question's arguments are for. signature: the
        function's own parameters, with their defaults, as a student would write them. pictures: what d2l-check plot
        draws.
    """

    id: str
    points: float
    parameters: tuple[str, ...]
    checks: tuple[Check, ...]
    entries: tuple[Entry, ...]
    hints: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    first_attempts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forbid: tuple[str, ...] = ()
    forbid_reason: str = ""
    mutates: tuple[str, ...] = ()
    global_random: bool = False
    driver: str = ""
    needs: tuple[str, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    signature: str = ""
    book: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def topic(self) -> str:
        return topic_of(self.id)

    @property
    def function(self) -> str:
        return function_of(self.id)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, as it is asked: with the exercise's driver. Named cases are watched in one dtype."""
        single = {entry.case for entry in self.entries if entry.dtype == "float32"}
        watched = (
            entry.purpose == "value"
            and not entry.special
            and (entry.dtype in (None, "float32") or entry.case not in single)
            for entry in self.entries
        )
        return tuple(
            replace(entry.question, driver=self.driver, forbid=self.forbid if watch else ())
            for entry, watch in zip(self.entries, watched, strict=True)
        )


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """The key of a course, or of some topics of it.

    limits: those of `sandbox.limits` that are the course's own. tf32: a GPU may multiply float32 with ten bits.
    chapters: topic -> its place in the course, by which topics from several files are put in order. stubs: topic -> the
        module of stubs as it was handed out. sections: id of an exercise -> language -> where it is in the book.
    """

    course: str
    title: str
    seed: int
    exercises: tuple[ExerciseKey, ...]
    limits: Mapping[str, float] = field(default_factory=dict)
    tf32: bool = False
    chapters: Mapping[str, int] = field(default_factory=dict)
    stubs: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, BookSection]] = field(default_factory=dict)

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(exercise.topic for exercise in self.exercises))

    @property
    def functions(self) -> dict[str, tuple[str, ...]]:
        """Topic -> the names of its exercises' functions, in book order."""
        return {topic: tuple(e.function for e in self.exercises if e.topic == topic) for topic in self.topics}

    def of_topics(self, topics: tuple[str, ...]) -> AnswerKey:
        """Gives the key with these topics only."""
        return replace(
            self,
            exercises=tuple(exercise for exercise in self.exercises if exercise.topic in topics),
            chapters={topic: place for topic, place in self.chapters.items() if topic in topics},
            stubs={topic: stub for topic, stub in self.stubs.items() if topic in topics},
            sections={id: section for id, section in self.sections.items() if topic_of(id) in topics},
        )


def for_students(key: AnswerKey) -> AnswerKey:
    """The key of the shown cases, without stand-ins: what a kit may hold."""
    return replace(key, exercises=tuple(_shown(exercise) for exercise in key.exercises))


def _shown(exercise: ExerciseKey) -> ExerciseKey:
    entries = tuple(entry for entry in exercise.entries if entry.shown)
    return replace(exercise, entries=entries, checks=tuple(c for c in exercise.checks if c.shown), stand_ins={})


TYPE, MUTATION, STATE, ALLOWED, VECTORISED = "type", "mutation", "state", "allowed_functions", "vectorised"

DEVICE = "any_device"

COVERING, GRADIENT_COVERING = "value.covering", "gradient.covering"
"""The checks of what no case of a page asks, in all that its stub allows."""

FEW, MANY = 4, 64
"""How many examples a question has whose work is counted, so that work that grows with them is seen."""


def gradient_check(case: str) -> str:
    """The name of the check of a case's gradients."""
    return f"{case}.gradient"
