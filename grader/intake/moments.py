"""Times as learning systems and people write them, with their zones; nothing is read as a time that does not say its
zone, unless somebody says which one is meant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ]+(?P<hour>\d\d:\d\d)(?::(?P<seconds>\d\d)(?:\.(?P<fraction>\d+))?)?"
    r"\s*(?:(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)?|(?P<zone>[A-Za-z][\w+/-]*))?"
)
UTC_NAMES = ("z", "utc", "gmt")
MICROSECONDS = 6


def moment(text: str, zone: tzinfo | None = None) -> datetime | None:
    """The time in UTC: 2026-03-09 23:59, with seconds or without, and +01:00, Z, or Europe/Berlin behind it.

    zone: of times that do not say theirs. None where the text is no such time, or nobody knows its zone.
    """
    found = WRITTEN.fullmatch(text.strip())
    if not found:
        return None
    fraction = (found["fraction"] or "")[:MICROSECONDS].ljust(MICROSECONDS, "0")
    try:
        there = _zone(found) or zone
        local = datetime.fromisoformat(f"{found['day']}T{found['hour']}:{found['seconds'] or '00'}.{fraction}")
        return local.replace(tzinfo=there).astimezone(UTC) if there else None
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        return None


def _zone(found: re.Match[str]) -> tzinfo | None:
    if found["sign"]:
        ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        return timezone(-ahead if found["sign"] == "-" else ahead)
    name = found["zone"] or ""
    return (UTC if name.lower() in UTC_NAMES else ZoneInfo(name)) if name else None
