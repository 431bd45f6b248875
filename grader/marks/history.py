"""The events about one student, folded: what was handed in and came of it, and what people have said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from grader.marks.events import (
    BY_PEOPLE,
    Adjusted,
    Commented,
    Earned,
    Event,
    Excused,
    Extended,
    PolicySet,
    Received,
    RunBegun,
    Undone,
    Withdrawn,
    WorkGraded,
)
from grader.marks.exact import exact
from grader.marks.policy import Policy, WeightedExercise
from grader.model.vocabulary import Status


@dataclass(frozen=True, slots=True)
class Attempt:
    """Work that differs from the work before it; graded: what became of it, None while nothing did."""

    number: int
    received: Received
    exercises: Mapping[str, Earned] = field(default_factory=dict)
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """What holds for the whole class: the policy in force, and the exercises of the last run."""

    policy: Policy | None = None
    exercises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """A student's events. status: what the last grading said; a fault of ours leaves attempts as they are.

    said: adjustments, comments, excuses and extensions in force, in their order.
    """

    attempts: tuple[Attempt, ...] = ()
    status: Status | None = None
    withdrawn: bool = False
    said: tuple[Event, ...] = ()

    def about(self, exercise: str | None, kind: type[Adjusted] | type[Commented] | type[Excused]) -> list[Event]:
        """What was said of the exercise, or of the assignment as a whole."""
        return [e for e in self.said if isinstance(e.body, kind) and getattr(e.body, "exercise", None) == exercise]

    @property
    def extension(self) -> datetime | None:
        """The student's latest deadline of their own."""
        granted = [e.body.until for e in self.said if isinstance(e.body, Extended) and e.body.until]
        return max(granted, default=None)


def assigned(events: Iterable[Event]) -> Assigned:
    """What holds for the class after these events."""
    known = Assigned()
    for event in events:
        if isinstance(event.body, PolicySet):
            known = replace(known, policy=event.body.policy)
        elif isinstance(event.body, RunBegun):
            known = replace(known, exercises=event.body.exercises)
    return known


def policy_of(known: Assigned, weights: Mapping[str, float]) -> Policy:
    """The policy in force; without one, every exercise of the last run counts its own points, whenever it came."""
    if known.policy:
        return known.policy
    points = [(id, weights.get(id, 0.0)) for id in known.exercises if id in weights]
    return Policy("", "", tuple(WeightedExercise(id, exact(most)) for id, most in points))


def history(events: Iterable[Event]) -> History:
    """Folds the events about one student."""
    folded = History()
    for event in events:
        folded = _after(folded, event)
    return folded


def _after(known: History, event: Event) -> History:
    body = event.body
    if isinstance(body, Received):
        return replace(known, attempts=_received(known.attempts, body))
    if isinstance(body, WorkGraded):
        return _graded(known, body)
    if isinstance(body, Withdrawn):
        return replace(known, withdrawn=not body.back)
    if isinstance(body, Undone):
        return replace(known, said=tuple(e for e in known.said if e.number != body.number))
    if isinstance(body, Extended):
        others = tuple(e for e in known.said if not _same_origin(e, body))
        return replace(known, said=(*others, event) if body.until else others)
    if isinstance(body, BY_PEOPLE):
        return replace(known, said=(*known.said, event))
    return known


def _same_origin(event: Event, extended: Extended) -> bool:
    """Whether the event is an extension that the new one takes the place of."""
    return isinstance(event.body, Extended) and event.body.origin == extended.origin


def _received(attempts: tuple[Attempt, ...], body: Received) -> tuple[Attempt, ...]:
    """The same work is the same attempt, whatever is learnt of its time."""
    if attempts and attempts[-1].received.digest == body.digest:
        return (*attempts[:-1], replace(attempts[-1], received=body))
    return (*attempts, Attempt(len(attempts) + 1, body))


def _graded(known: History, body: WorkGraded) -> History:
    """What nothing was learnt of stays as it was, so a fault of ours takes no points from an attempt."""
    folded = replace(known, status=body.status)
    if body.status == "absent" or not known.attempts:
        return folded
    last = known.attempts[-1]
    if not body.exercises:
        graded = replace(last, status=last.status or body.status)
    else:
        exercises = {**last.exercises, **body.exercises} if body.partial else dict(body.exercises)
        graded = replace(last, exercises=exercises, status=body.status)
    return replace(folded, attempts=(*known.attempts[:-1], graded))
