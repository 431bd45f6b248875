"""Events as plain JSON and back: the kind, and the fields by their names. What is at its default is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from grader.marks import events
from grader.marks.events import Body

KINDS: Mapping[str, type] = {
    "run": events.RunBegun,
    "policy": events.PolicySet,
    "received": events.Received,
    "graded": events.WorkGraded,
    "withdrawn": events.Withdrawn,
    "extension": events.Extended,
    "adjustment": events.Adjusted,
    "comment": events.Commented,
    "excuse": events.Excused,
    "undo": events.Undone,
    "removal": events.Removed,
}
NAMES = {kind: name for name, kind in KINDS.items()}
LAST = Decimal("0.0001")
MICROSECOND = timedelta(microseconds=1)


def to_record(body: Body) -> tuple[str, dict[str, Any]]:
    """The kind of an event, and its fields as plain data."""
    return NAMES[type(body)], encoded(body)


def from_record(kind: str, record: Mapping[str, Any]) -> Body:
    """The event's body. Raises `ValueError`, `LookupError` or `TypeError` where it is none."""
    body: Body = decoded(KINDS[kind], record)
    return body


def encoded(value: Any) -> Any:
    """Dataclasses, times, fractions and decimals as what JSON has."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: encoded(getattr(value, each.name))
            for each in fields(value)
            if each.default is MISSING or getattr(value, each.name) != each.default
        }
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, timedelta):
        return value // MICROSECOND
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)  # of four decimals, which come back
    if isinstance(value, Mapping):
        return {key: encoded(item) for key, item in value.items()}
    return [encoded(item) for item in value] if isinstance(value, tuple) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def decoded(kind: Any, value: Any) -> Any:
    """What was encoded, as the kind that it was."""
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: decoded(hints[name], item) for name, item in value.items()})
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return (
            None if value is None else decoded(next(each for each in get_args(kind) if each is not type(None)), value)
        )
    if origin is tuple:
        return tuple(decoded(get_args(kind)[0], item) for item in value)
    if origin is not None and issubclass(origin if isinstance(origin, type) else object, Mapping):
        return {key: decoded(get_args(kind)[1], item) for key, item in value.items()}
    if origin is Literal:
        return _one_of(get_args(kind), value)
    return _plain(kind, value)


def _one_of(words: tuple[str, ...], value: Any) -> Any:
    if value not in words:
        raise ValueError(f"{value!r} is none of {', '.join(words)}")
    return value


def _plain(kind: Any, value: Any) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is timedelta:
        return value * MICROSECOND
    if kind is Decimal:
        return Decimal(str(value)).quantize(LAST)
    return Fraction(value) if kind is Fraction else kind(value) if kind is float else value
