"""A TOML file read key by key: whatever it says wrongly is named with file, line and repair."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.model.errors import UsageError, name_repair

SECONDS = {"s": 1, "min": 60, "h": 3600, "day": 86400, "week": 604800}
DURATION = re.compile(r"(\d+(?:\.\d+)?) *(s|min|h|day|week)(?:s|ute|utes|our|ours|econds?)?")
PERCENT = re.compile(r"(\d+(?:\.\d+)?) *%")


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file and what it says. Raises `UsageError` with the line where it is no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}.") from None


@dataclass(frozen=True)
class TomlTable:
    """A table of a file. place: its header as it stands there, "" for the top; number: which of several, from 1."""

    path: Path
    text: str
    values: Mapping[str, Any]
    place: str = ""
    number: int = 1

    def refuse(self, key: str, why: str) -> NoReturn:
        """Raises `UsageError` about a key, with its line."""
        raise UsageError(f"{self.path}, line {self._line(key)}: {why}")

    def require_known(self, keys: Collection[str]) -> None:
        """Refuses a key that is none of these."""
        for key in self.values:
            if key not in keys:
                where = f" in {self.place}" if self.place else ""
                self.refuse(key, f"there is no setting {key!r}{where}. {name_repair(key, sorted(keys))}")

    def table(self, key: str) -> TomlTable | None:
        """A table in it."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.refuse(key, f"{key} is a table. Write [{key}], and its settings below.")
        return TomlTable(self.path, self.text, value, f"[{key}]")

    def tables(self, key: str) -> list[TomlTable]:
        """Several tables of one name."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.refuse(key, f"{key} are tables. Write [[{key}]] above the settings of each.")
        return [TomlTable(self.path, self.text, each, f"[[{key}]]", place) for place, each in enumerate(value, 1)]

    def string(self, key: str, default: str) -> str:
        value = self.values.get(key, default)
        return value if isinstance(value, str) else self.refuse(key, f"{key} is a text in quotation marks.")

    def strings(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.refuse(key, f'{key} is a list of names: {key} = ["…", "…"].')
        return tuple(value)

    def whole(self, key: str, least: int) -> int | None:
        """A whole number, if it is there."""
        value = self.values.get(key)
        if value is None:
            return None
        if type(value) is not int or value < least:
            self.refuse(key, f"{key} = {value!r} is no whole number from {least} on.")
        return value

    def share(self, key: str, default: Fraction | None) -> Fraction:
        """A part of a whole: "10 %", or 0.1."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        found = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
        number = Fraction(found[1]) / 100 if found else Fraction(str(value)) if _is_number(value) else None
        if number is None or not 0 <= number <= 1:
            self.refuse(key, f'{key} is a part of a whole, between "0 %" and "100 %".')
        return number

    def duration(self, key: str) -> timedelta:
        """A length of time: "15 min", "2 h", "1 day"; none where it is not there."""
        value = self.values.get(key)
        if value is None:
            return timedelta()
        found = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            self.refuse(key, f'{key} is a length of time, such as "15 min", "2 h" or "1 day".')
        return timedelta(microseconds=int(Fraction(found[1]) * SECONDS[found[2]] * 10**6))

    def moment(self, key: str, zone: ZoneInfo | None) -> datetime | None:
        """A time, with the time zone that it says or, failing that, this one. Where clocks are set back and it is twice
        on its day, the later one."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, datetime):
            self.refuse(key, f"{key} is a day and a time of day, without quotation marks: {key} = 2026-03-09T23:59:00.")
        if value.tzinfo is not None:
            return value
        if zone is None:
            self.refuse(key, f'{key} has no time zone. Say timezone = "Europe/Berlin" above it, or write {value}Z.')
        local = max((value.replace(tzinfo=zone, fold=fold) for fold in (0, 1)), key=datetime.timestamp)
        if datetime.fromtimestamp(local.timestamp(), zone).replace(tzinfo=None) != value:
            self.refuse(key, f"{value} is not on the clocks of {zone}: they are set forward over it.")
        return local

    def zone(self, key: str) -> ZoneInfo | None:
        """A time zone by its name."""
        name = self.string(key, "")
        if not name:
            return None
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.refuse(key, f'there is no time zone {name!r}. Name it as in "Europe/Berlin" or "Asia/Shanghai".')

    def _line(self, key: str) -> int:
        """The line of a key of this table; of its header where the key is not found."""
        lines = self.text.splitlines()
        start = self._start(lines)
        written = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]|\s*\[+\s*{re.escape(key)}\b""")
        return next((n for n in range(start, len(lines) + 1) if written.match(lines[n - 1])), start)

    def _start(self, lines: list[str]) -> int:
        if not self.place:
            return 1
        headers = [n for n, line in enumerate(lines, 1) if line.replace(" ", "").startswith(self.place)]
        return headers[self.number - 1] if len(headers) >= self.number else 1


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
