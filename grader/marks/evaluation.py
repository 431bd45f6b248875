"""A policy and a student's history -> the mark, in steps whose order docs/marks.md tells too:

the checks' points, what a person gave in their place, lateness; excused and dropped exercises leave; the sum; what a
person gave for the whole. All of it exact; each exercise is rounded once, so that a total is the sum of what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from grader.marks.events import Adjusted, Commented, Event, Excused
from grader.marks.exact import exact, written
from grader.marks.history import Attempt, History
from grader.marks.lateness import NONE, days_begun, lateness, loss
from grader.marks.policy import Policy, WeightedExercise
from grader.model.mark import Adjustment, Comment, ExerciseMark, HandedInOn, Mark, Open

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class _Situation:
    """What is the same for all exercises of a student.

    free_days: those of the term that are taken here; None where nobody knows how many are left.
    """

    policy: Policy
    past: History
    attempts: tuple[Attempt, ...]
    due: datetime | None
    free_days: int | None

    @property
    def is_blocked(self) -> bool:
        """Whether what was handed in last is gone, or nobody has read it: it may be better than what is known."""
        read_in_vain = self.past.status == "not_graded" and len(self.attempts) == len(self.past.attempts)
        return self.past.withdrawn or self.past.status == "absent" or read_in_vain

    def late(self, attempt: Attempt) -> timedelta | None:
        """How late an attempt was; None where nobody knows."""
        return lateness(attempt.received.time, self.due, self.policy.grace)

    def loss(self, attempt: Attempt) -> Fraction | None:
        """What its lateness costs; None where nobody knows."""
        late = self.late(attempt) if self.policy.needs_times else NONE
        if late is None or (late and self.free_days is None):
            return None
        return loss(self.policy, late, self.free_days or 0)


@dataclass(frozen=True, slots=True)
class _AttemptPoints:
    """What the checks gave for one attempt, in points of the assignment, and the share that lateness costs."""

    number: int
    points: Fraction
    loss: Fraction | None

    @property
    def kept(self) -> Fraction | None:
        return None if self.loss is None else self.points * (1 - self.loss)


def mark_of(policy: Policy, past: History, free_days: int | None = 0) -> Mark:
    """The mark. free_days: those that earlier assignments have left; None where that is not known."""
    attempts = past.attempts if policy.limit is None else past.attempts[: policy.limit]
    due = policy.due and max(filter(None, (policy.due, past.extension)))
    taken = free_days_taken(policy, past, free_days)
    here = _Situation(policy, past, attempts, due, taken)
    exercises = _without_lowest(policy, [_exercise_mark(here, each) for each in policy.exercises])
    excuses = past.about(None, Excused)
    total = _sum(exercises)
    points, adjustments = _adjusted(total, past.about(None, Adjusted))
    comments = (*_comments(past.about(None, Commented)), *_comments(excuses))
    return Mark(
        policy.assignment,
        None if excuses or points is None else written(max(points, ZERO)),
        sum((each.most for each in exercises if each.counts and not each.extra), Decimal(0)),
        exercises,
        () if excuses or points is not None else _open(here, exercises),
        bool(excuses),
        _handed_in_on(here, free_days),
        len(past.attempts),
        len(past.attempts) - len(attempts),
        adjustments,
        comments,
        None if total is None else written(total),
        attempts[-1].received.files if attempts else {},
    )


def free_days_taken(policy: Policy, past: History, free_days: int | None) -> int | None:
    """How many free days the last attempt that counts takes; None where nobody knows."""
    attempts = past.attempts if policy.limit is None else past.attempts[: policy.limit]
    if not (attempts and policy.needs_times and policy.late and policy.late.free_days) or past.about(None, Excused):
        return 0
    due = policy.due and max(filter(None, (policy.due, past.extension)))
    late = lateness(attempts[-1].received.time, due, policy.grace)
    if late == NONE:
        return 0
    return None if late is None or free_days is None else min(max(free_days, 0), days_begun(late))


def _exercise_mark(here: _Situation, item: WeightedExercise) -> ExerciseMark:
    """What one exercise adds, before any is dropped."""
    tried = [_tried(attempt, item, here) for attempt in here.attempts]
    chosen = _chosen([each for each in tried if each], here)
    automatic = chosen.points if chosen else None
    value, adjustments = _adjusted(automatic, here.past.about(item.id, Adjusted))
    cost = chosen.loss if chosen else ZERO
    points = None if value is None or cost is None else written(max(value, ZERO) * (1 - cost))
    excuses = here.past.about(item.id, Excused)
    return ExerciseMark(
        item.id,
        points,
        written(item.weight),
        None if automatic is None else written(automatic),
        cost or ZERO,
        chosen.number if chosen else None,
        item.extra,
        excused=bool(excuses),
        adjustments=adjustments,
        comments=(*_comments(here.past.about(item.id, Commented)), *_comments(excuses)),
    )


def _tried(attempt: Attempt, item: WeightedExercise, here: _Situation) -> _AttemptPoints | None:
    earned = attempt.exercises.get(item.id)
    if earned is None or earned.points is None:
        return None
    share = exact(earned.points) / exact(earned.most) if earned.most else ZERO
    return _AttemptPoints(attempt.number, share * item.weight, here.loss(attempt))


def _chosen(tried: Sequence[_AttemptPoints], here: _Situation) -> _AttemptPoints | None:
    """The attempt that counts; None where that, or what it gives, is not known."""
    last = here.attempts[-1].number if here.attempts else 0
    if here.is_blocked or not tried or tried[-1].number != last:
        return None
    if here.policy.counting == "last":
        return tried[-1]
    known = [each for each in tried if each.kept is not None]
    best = max(known, key=lambda each: (each.kept, -each.number), default=None)
    doubtful = [each for each in tried if each.kept is None and (best is None or each.points > (best.kept or ZERO))]
    return doubtful[-1] if doubtful else best


def _adjusted(automatic: Fraction | None, events: Iterable[Event]) -> tuple[Fraction | None, tuple[Adjustment, ...]]:
    """What people made of it: points take the place of what was there, and others are added to that."""
    value, given = automatic, []
    for event in events:
        body = event.body
        assert isinstance(body, Adjusted)
        points = exact(body.points)
        value = (None if value is None else value + points) if body.relative else points
        before = None if body.automatic is None else Decimal(body.automatic)
        now = None if automatic is None else written(automatic)
        number = Decimal(body.points)
        given.append(
            Adjustment(event.number, event.time, event.actor, number, body.relative, event.reason, before, now)
        )
    return value, tuple(given)


def _comments(events: Iterable[Event]) -> tuple[Comment, ...]:
    return tuple(
        Comment(event.number, event.time, event.actor, event.body.text)
        if isinstance(event.body, Commented)
        else Comment(event.number, event.time, event.actor, event.reason, excuse=True)
        for event in events
    )


def _without_lowest(policy: Policy, exercises: list[ExerciseMark]) -> tuple[ExerciseMark, ...]:
    """Those with the lowest share count no more, as soon as all that count are known; of equals the first."""
    counting = [each for each in exercises if each.counts and not each.extra and each.most]
    if not policy.drop_lowest or any(each.points is None for each in counting):
        return tuple(exercises)
    ranked = sorted(counting, key=lambda each: exact(each.points or Decimal(0)) / exact(each.most))
    lowest = {each.id for each in ranked[: policy.drop_lowest]}
    return tuple(replace(each, dropped=True) if each.id in lowest else each for each in exercises)


def _sum(exercises: Sequence[ExerciseMark]) -> Fraction | None:
    """The points of those that count; None where some are not known, or nothing is known at all."""
    total = ZERO
    if not exercises:
        return None
    for each in exercises:
        if each.counts:
            if each.points is None:
                return None
            total += exact(each.points)
    return total


def _open(here: _Situation, exercises: Iterable[ExerciseMark]) -> tuple[Open, ...]:
    """Why the total is not known."""
    if here.past.withdrawn:
        return ("withdrawn",)
    if not here.attempts or here.past.status == "absent":
        return ("nothing",)
    reasons: list[Open] = []
    last = here.attempts[-1]
    if here.is_blocked or any(each.automatic is None for each in exercises if each.counts):
        reasons.append("unread" if last.status == "not_graded" else "ungraded")
    unknown = [attempt for attempt in here.attempts if here.loss(attempt) is None]
    if unknown:
        time = unknown[-1].received.time
        known = time.moment is not None
        reasons.append("days_unknown" if known else "late_by_unknown" if time.late else "time_unknown")
    return tuple(reasons)


def _handed_in_on(here: _Situation, free_days: int | None) -> HandedInOn | None:
    if not here.attempts:
        return None
    last, policy = here.attempts[-1], here.policy
    time, taken = last.received.time, here.free_days
    left = None if taken is None or free_days is None or not policy.late else free_days - taken
    extended = here.due != policy.due
    late = here.late(last)
    if policy.due is None and time.late:  # the learning system's own deadline
        late = None
    return HandedInOn(time.moment, time.source, here.due, late, taken or 0, left, extended)
