"""Numbers, durations and times as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime


def number(value: float, digits: int = 2) -> str:
    """A number without trailing zeros: 2, 0.5, 0.67."""
    text = f"{value + 0.0:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 25 min, 4.5 h, 2.5 days."""
    units = (("s", 1, 100), ("min", 60, 100), ("h", 3600, 36), ("days", 86400, math.inf))
    unit, size = next((unit, size) for unit, size, most in units if seconds < most * size)
    return f"{number(seconds / size, 1 if seconds < 10 * size else 0)} {unit}"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def when(moment: datetime) -> str:
    """A moment in UTC: to the minute, and to the second where that says more."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC" if utc.second else f"{utc:%Y-%m-%d %H:%M} UTC"
