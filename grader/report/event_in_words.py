"""The events of a log, one line each."""

from __future__ import annotations

from grader.marks.events import (
    Adjusted,
    Body,
    Commented,
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
from grader.marks.policy import Policy
from grader.model.printable import one_line
from grader.report.numbers_in_words import number, plural, when

DIGITS = 12


def event_line(event: Event) -> str:
    """Number, time, who wrote it, about whom, what, and why."""
    whom = f"{one_line(event.student)}: " if event.student else ""
    why = f" ({one_line(event.reason)})" if event.reason else ""
    return f"{event.number:>6}  {when(event.time)}  {one_line(event.actor)}  {whom}{_told(event.body)}{why}"


def _told(body: Body) -> str:
    if isinstance(body, RunBegun):
        return f"run {body.run} over {plural(len(body.exercises), 'exercise')}, key {body.key_digest[:DIGITS]}"
    if isinstance(body, PolicySet):
        return f"policy of {_policy(body.policy)}"
    if isinstance(body, Received):
        return f"received {body.digest[:DIGITS]}, {_received(body)}"
    if isinstance(body, WorkGraded):
        return _graded(body)
    if isinstance(body, Withdrawn):
        return "what was handed in is there again" if body.back else "what was handed in is gone"
    if isinstance(body, Extended):
        return f"extended until {when(body.until)}" if body.until else "the extension is taken back"
    return _said(body)


def _said(body: Body) -> str:
    whole = "the assignment"
    if isinstance(body, Adjusted):
        sign = "+" if body.relative and not body.points.startswith("-") else ""
        return f"{sign}{body.points} points for {body.exercise or whole}, where the mark was {body.automatic or 'open'}"
    if isinstance(body, Commented):
        return f"comment on {body.exercise or whole}: {one_line(body.text)}"
    if isinstance(body, Excused):
        return f"excused from {body.exercise or whole}"
    return f"entry {body.number} is undone" if isinstance(body, Undone) else "a person was removed"


def _policy(policy: Policy) -> str:
    due = f", due {when(policy.due)}" if policy.due else ""
    return f"{policy.assignment}: {plural(len(policy.exercises), 'exercise')}{due}"


def _received(body: Received) -> str:
    time = body.time
    if time.moment is not None:
        return f"handed in {when(time.moment)}, says {time.source}"
    if time.late is None:
        return "nobody says when it was handed in"
    return f"{'late' if time.late else 'not late'}, says {time.source}"


def _graded(body: WorkGraded) -> str:
    if body.status != "graded":
        return body.status.replace("_", " ")
    points = sum(each.points or 0.0 for each in body.exercises.values())
    most = sum(each.most for each in body.exercises.values())
    what = f"graded anew: {', '.join(body.exercises)}" if body.partial else "graded"
    return f"{what}, {number(points, 4)} of {number(most, 4)} points by the checks"
