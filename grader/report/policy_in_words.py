"""An assignment's rules as students read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from grader.marks.policy import LatePolicy, Policy
from grader.report.numbers_in_words import duration, number, plural


def policy_sentences(policy: Policy, zone: tzinfo | None = None) -> Iterator[str]:
    """Deadlines in the zone of the course, and what else counts; nothing where there are no rules."""
    if policy.release:
        yield f"Released on {_local(policy.release, zone)}."
    if policy.due:
        grace = f", with {duration(policy.grace.total_seconds())} of grace" if policy.grace else ""
        yield f"Due on {_local(policy.due, zone)}{grace}."
    if policy.late:
        yield from _late(policy.late)
    if policy.limit:
        yield f"At most {plural(policy.limit, 'attempt')} count{'s' if policy.limit == 1 else ''}."
    if policy.counting == "best":
        yield "Of each exercise the best attempt counts."
    if policy.drop_lowest:
        yield f"The {plural(policy.drop_lowest, 'exercise')} with the lowest share of points will be dropped."
    if extra := [each.id for each in policy.exercises if each.extra]:
        yield f"Extra credit: {', '.join(extra)}."


def _late(late: LatePolicy) -> Iterator[str]:
    unit = "day" if late.unit == timedelta(days=1) else "hour"
    most = f", {number(float(100 * late.cap), 2)} % at most" if late.cap < 1 else ""
    yield f"Each {unit} that has begun after it costs {number(float(100 * late.loss), 2)} % of what was earned{most}."
    if late.free_days:
        verb = "is" if late.free_days == 1 else "are"
        yield f"In the whole term {plural(late.free_days, 'day')} of that {verb} free."


def _local(moment: datetime, zone: tzinfo | None) -> str:
    there = moment.astimezone(zone) if zone else moment
    return f"{there:%Y-%m-%d %H:%M} {zone or there.tzname()}"
