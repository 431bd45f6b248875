"""A term: the free days that a student takes of it, assignment by assignment, in the order of their deadlines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from grader.marks.evaluation import free_days_taken
from grader.marks.history import History
from grader.marks.policy import Policy

Sat = tuple[Policy, History]
"""An assignment that counts in the term, and what its log tells of the student."""


def free_days_left(policy: Policy, others: Iterable[Sat]) -> int | None:
    """The free days that the student has for this assignment, after those with an earlier deadline.

    None where it is not known how many one of those took.
    """
    if policy.late is None or policy.due is None:
        return 0
    own: tuple[datetime, str] = policy.due, policy.assignment
    earlier = [(other.due, other.assignment, other, past) for other, past in others if other.due]
    left = policy.late.free_days
    for _, _, other, past in sorted(
        (each for each in earlier if (each[0], each[1]) < own), key=lambda each: (each[0], each[1])
    ):
        taken = free_days_taken(other, past, left)
        if taken is None:
            return None
        left -= taken
    return left
