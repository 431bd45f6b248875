"""A fact as JSON <-> a fact. What is not known is left out."""

from __future__ import annotations

import math
from dataclasses import MISSING, fields
from typing import Any

from grader.model.fact import CallEnd, Fact, OnCpu
from grader.model.operand import Operand
from grader.model.vocabulary import ACTIVITIES, ANSWER_PARTS, CAUSES, END_KINDS, FACT_KINDS, VERDICT_WORDS, one_of

NUMBERS = ("value", "nan", "law", "growth")
"""The kinds of which `expected` and `got` are numbers; those that JSON cannot say are "nan", "inf" and "-inf"."""
_NESTED = {"end": CallEnd, "on_cpu": OnCpu}
_WORDS = {
    (Fact, "kind"): FACT_KINDS,
    (Fact, "part"): ANSWER_PARTS,
    (Fact, "cause"): CAUSES,
    (CallEnd, "kind"): END_KINDS,
    (CallEnd, "activity"): ACTIVITIES,
    (OnCpu, "verdict"): VERDICT_WORDS,
    (OnCpu, "exact"): VERDICT_WORDS,
}
_DEFAULTS = {kind: {one.name: one.default for one in fields(kind)} for kind in (Fact, CallEnd, OnCpu)}


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """The fact as a JSON object."""
    return _told(fact)


def fact_from_json(node: Any) -> Fact:
    """The fact that a JSON object tells of. Raises `ValueError` where it tells of none."""
    fact: Fact = _read(Fact, node)
    return fact


def _told(thing: Fact | CallEnd | OnCpu) -> dict[str, Any]:
    defaults = _DEFAULTS[type(thing)]
    known = {name: value for name, default in defaults.items() if (value := getattr(thing, name)) != default}
    return {name: _plain(value) for name, value in known.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (Fact, CallEnd, OnCpu)):
        return _told(value)
    if isinstance(value, Operand):
        return {"text": value.text, "shape": list(value.shape)}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _read(kind: Any, node: Any) -> Any:
    if not isinstance(node, dict):
        raise ValueError(f"{kind.__name__} is no object")
    defaults = _DEFAULTS[kind]
    missing = [name for name, default in defaults.items() if default is MISSING and name not in node]
    if missing:
        raise ValueError(f"{kind.__name__} lacks {missing[0]}")
    known = {name: _member(kind, name, node[name]) for name in defaults if name in node}
    if kind is Fact and known["kind"] in NUMBERS:
        known |= {name: _number(known[name]) for name in ("expected", "got") if name in known}
    return kind(**known)


def _member(kind: Any, name: str, value: Any) -> Any:
    if (kind, name) in _WORDS and value is not None:
        return one_of(_WORDS[kind, name], value)
    if name in _NESTED:
        return _read(_NESTED[name], value)
    if name == "operands" and isinstance(value, list):
        return tuple(map(_operand, value))
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        raise ValueError(f"{name} is an object")
    return value


def _operand(node: Any) -> Operand:
    if not isinstance(node, dict) or not isinstance(node.get("shape"), list):
        raise ValueError("an operand has a text and a shape")
    return Operand(str(node.get("text")), tuple(node["shape"]))


def _number(value: Any) -> Any:
    return float(value) if value in ("nan", "inf", "-inf") else value
