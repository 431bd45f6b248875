"""Lateness: what it costs, to the microsecond."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from grader.marks.lateness import HandInTime, days_begun, lateness, loss
from grader.marks.policy import LatePolicy
from tests.helpers.log_events import DAY, DUE, HOUR, TENTH_A_DAY, policy

TINY = timedelta(microseconds=1)
MINUTES = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("late", "grace", "counted"),
    [
        (-DAY, MINUTES, 0 * DAY),
        (0 * DAY, 0 * DAY, 0 * DAY),
        (TINY, 0 * DAY, TINY),
        (MINUTES, MINUTES, 0 * DAY),
        (MINUTES + TINY, MINUTES, MINUTES + TINY),
    ],
)
def test_grace_forgives_all_or_nothing(late: timedelta, grace: timedelta, counted: timedelta) -> None:
    """Within it nothing is late; a microsecond more, and all of the lateness counts."""
    assert lateness(HandInTime(DUE + late), DUE, grace) == counted


def test_what_nobody_knows_is_not_guessed() -> None:
    """Without a time: the system's word that it was not late holds, and that it was late says not by how much."""
    assert lateness(HandInTime(), DUE, MINUTES) is None
    assert lateness(HandInTime(late=True), DUE, MINUTES) is None
    assert lateness(HandInTime(late=False), DUE, MINUTES) == 0 * DAY
    assert lateness(HandInTime(), None, MINUTES) == 0 * DAY


def test_a_time_is_the_same_in_every_zone() -> None:
    """What the clock in Shanghai shows is compared as the moment that it is."""
    shanghai = DUE.astimezone(ZoneInfo("Asia/Shanghai"))
    assert lateness(HandInTime(shanghai), DUE, 0 * DAY) == 0 * DAY
    assert lateness(HandInTime(datetime(2026, 3, 9, 21, tzinfo=ZoneInfo("Asia/Shanghai"))), DUE, 0 * DAY) == HOUR


@pytest.mark.parametrize(
    ("late", "free_days", "lost"),
    [
        (0 * DAY, 0, 0),
        (TINY, 0, 1),
        (DAY, 0, 1),
        (DAY + TINY, 0, 2),
        (4 * DAY + HOUR, 0, 5),
        (40 * DAY, 0, 5),
        (DAY, 1, 0),
        (DAY + TINY, 1, 1),
        (3 * DAY, 2, 1),
        (DAY, 5, 0),
    ],
)
def test_each_day_that_has_begun_costs_a_tenth(late: timedelta, free_days: int, lost: int) -> None:
    """Five tenths at most, which is the cap; free days are taken off first."""
    assert loss(policy(1, late=TENTH_A_DAY), late, free_days) == Fraction(lost, 10)


def test_an_hour_may_be_the_unit() -> None:
    """A hundredth an hour, without a cap below everything."""
    hourly = policy(1, late=LatePolicy(HOUR, Fraction(1, 100)))
    assert loss(hourly, 2 * HOUR + TINY) == Fraction(3, 100)
    assert loss(hourly, 1000 * HOUR) == 1
    assert loss(replace(hourly, late=None), 1000 * HOUR) == 0


def test_a_day_that_has_begun_is_a_free_day() -> None:
    assert [days_begun(late) for late in (0 * DAY, TINY, DAY, DAY + TINY)] == [0, 1, 1, 2]


def test_hours_are_counted_where_clocks_are_set() -> None:
    """From Saturday noon to Sunday noon are 23 hours in Berlin's March, and 25 in its October."""
    berlin = ZoneInfo("Europe/Berlin")
    for month, day, hours in ((3, 28, 23), (10, 24, 25)):
        due = datetime(2026, month, day, 12, tzinfo=berlin)
        assert lateness(HandInTime(datetime(2026, month, day + 1, 12, tzinfo=berlin)), due, 0 * DAY) == hours * HOUR
