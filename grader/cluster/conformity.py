"""Whether data from outside is what its class says: `dataclasses` do not look at what their fields are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from grader.model.answer_window import AnswerWindow
from grader.model.fact import Fact

SHOWN_NUMBERS = {(kind, name) for kind in (Fact, AnswerWindow) for name in ("expected", "got")}
"""Fields with numbers of answers, which may be infinite or NaN. Whatever is computed with has to be finite."""


def check_conforms(record: Any) -> None:
    """Raises `ValueError` where a field of a dataclass, or of one inside it, holds something else than it says."""
    kind: Any = type(record)
    for name, hint in _hints(kind).items():
        value = getattr(record, name)
        if not _conforms(_finite(value) if (kind, name) in SHOWN_NUMBERS else value, hint):
            raise ValueError(f"{type(record).__name__}.{name} is no {hint}")


def _finite(value: Any) -> Any:
    """The same with zeros in the place of what is infinite or NaN."""
    if type(value) is tuple:
        return tuple(map(_finite, value))
    return 0.0 if type(value) is float and not math.isfinite(value) else value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _conforms(value: Any, hint: Any) -> bool:
    if hint in (object, Any):
        return value is None or isinstance(value, (bool, int, float, str))
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_conforms(value, one) for one in inner)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin is tuple:
        return isinstance(value, tuple) and _all_conform(value, inner)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(
            _conforms(*pair) for item in value.items() for pair in zip(item, inner, strict=True)
        )
    return _is_a(value, hint)


def _all_conform(values: tuple[Any, ...], hints: tuple[Any, ...]) -> bool:
    if hints[-1:] == (...,):
        return all(_conforms(value, hints[0]) for value in values)
    return len(values) == len(hints) and all(map(_conforms, values, hints))


def _is_a(value: Any, kind: Any) -> bool:
    """Of a number: whether it is one of this kind, and finite. True is no number."""
    if kind is None or kind is NoneType:
        return value is None
    if kind is float:
        return type(value) in (int, float) and math.isfinite(value)
    if type(value) is kind and is_dataclass(value):
        check_conforms(value)
    return type(value) is kind
