"""The marks of a class, from its log and from those of the term's other assignments, a few students at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.gradebook.log import Log
from grader.marks.evaluation import mark_of
from grader.marks.events import Event
from grader.marks.history import Assigned, History, assigned, history, policy_of
from grader.marks.term import free_days_left
from grader.model.mark import Mark


@dataclass(frozen=True)
class ClassMarks:
    """What makes marks: the log and what holds for its class, the same of other assignments, and until when."""

    log: Log
    known: Assigned
    others: tuple[tuple[Log, Assigned], ...] = ()
    until: datetime | None = None

    @staticmethod
    def of(log: Log, others: Iterable[Log] = (), until: datetime | None = None) -> ClassMarks:
        """until: the marks as they were at that time."""
        known = assigned(log.of_class(until))
        free = known.policy and known.policy.late and known.policy.late.free_days
        sat = tuple((other, assigned(other.of_class(until))) for other in others if free)
        return ClassMarks(log, known, tuple(each for each in sat if each[1].policy), until)

    def marks(self, students: Collection[str]) -> dict[str, Mark]:
        """Student -> the mark."""
        events = self.log.of_students(students, self.until)
        elsewhere = [(known, other.of_students(students, self.until)) for other, known in self.others]
        return {student: self._mark(student, events[student], elsewhere) for student in students}

    def _mark(
        self, student: str, events: Sequence[Event], elsewhere: Sequence[tuple[Assigned, Mapping[str, list[Event]]]]
    ) -> Mark:
        past = history(events)
        policy = policy_of(self.known, _weights(past))
        sat = [(known.policy, history(told[student])) for known, told in elsewhere if known.policy]
        return mark_of(policy, past, free_days_left(policy, sat))


def _weights(past: History) -> dict[str, float]:
    """Exercise -> the points of its page, as the student's last attempt at it tells."""
    return {id: earned.most for attempt in past.attempts for id, earned in attempt.exercises.items()}
