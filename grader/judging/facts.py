"""Findings -> facts: where, expected, got, in codes and values. Sentences are made where facts are read.

Of a hidden case only the kind of failure is told: never a value, never a text or a number of a process that has seen
one, for that could carry the inputs.
"""

from __future__ import annotations

import builtins
from dataclasses import replace
from typing import cast

from grader.judging.findings import Finding
from grader.judging.formatting import call_text, parameter_name
from grader.model.fact import CallEnd, Fact, FactValue
from grader.model.keys.key import ExerciseKey
from grader.model.question import OF_GRADIENTS, Failed
from grader.model.result import Mismatch, Verdict
from grader.model.vocabulary import AnswerPart, FactKind

KNOWN_ERRORS = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
) | {"AcceleratorError", "LinAlgError", "OutOfMemoryError"}
"""All that a student is told of an error on a hidden case: Python's exceptions, and torch's own."""

QUOTES = "'\""
WITHOUT_A_CALL = ("forbidden", "growth")


def fact_of(key: ExerciseKey, finding: Finding) -> Fact:
    """All that is known of a failed finding, values and all."""
    fact = _fact(key, finding)
    return replace(fact, special=finding.entry.special) if fact.call and finding.entry.special else fact


def _fact(key: ExerciseKey, finding: Finding) -> Fact:
    if finding.failed:
        return of_failure(finding.failed, call_text(key, finding.entry.question))
    mismatch = finding.mismatch
    assert mismatch is not None
    call = "" if mismatch.kind in WITHOUT_A_CALL else call_text(key, finding.entry.question)
    if finding.statistic is not None:
        statistic = finding.statistic
        return Fact("law", call=call, law=finding.path, expected=statistic.expected, got=statistic.seen)
    return _of_mismatch(key, mismatch, call)


def hidden_fact(finding: Finding) -> Fact:
    """What may be told of a failed finding of a hidden case: its kind, and nothing that tells a value."""
    failed = finding.failed
    if failed is None:
        assert finding.mismatch is not None
        return Fact(finding.mismatch.kind, kind_only=True, hidden=True)
    if failed.verdict is Verdict.RAISED:
        return Fact("raised", kind_only=True, hidden=True, error=known_error(failed.error))
    if failed.verdict is Verdict.MISSING:
        return Fact("no_function", kind_only=True, hidden=True)
    end = CallEnd(failed.end.kind) if failed.end else None  # an exit code could carry a value
    return Fact("ended", kind_only=True, hidden=True, end=end)


def of_failure(failed: Failed, call: str = "") -> Fact:
    """What is known of a call that gave no answer."""
    if not failed.asked:
        return Fact("not_asked", end=failed.end, error=_error(failed), text=failed.message)
    if failed.verdict is Verdict.MISSING:
        return Fact("no_function")
    kind: FactKind = "raised" if failed.verdict is Verdict.RAISED else "ended"
    if failed.phase == "driver":
        return Fact("unfit", call=call, error=_error(failed), text=failed.message)
    return Fact(
        kind, call=call, line=failed.line, error=_error(failed), text=failed.message, operands=failed.operands,
        end=failed.end,
    )  # fmt: skip


def known_error(error: tuple[str, ...]) -> str:
    """Python's own name of an error, or torch's: a class of the student's could be called anything."""
    return next((name for name in error if name in KNOWN_ERRORS), "")


def _error(failed: Failed) -> str:
    return failed.error[0] if failed.error else ""


def _of_mismatch(key: ExerciseKey, m: Mismatch, call: str) -> Fact:
    part, name = _place(key, m.path)
    if m.kind == "forbidden":
        return Fact(
            "forbidden", name=str(m.got), file=m.path, line=m.line, text=key.forbid_reason or "", got=str(m.got)
        )
    if m.kind == "growth":
        return Fact("growth", law=m.path, expected=_value(m.expected), got=_value(m.got))
    if m.kind == "state":
        return Fact("state", call=call, text=str(m.got))
    if m.kind == "mutation":
        path = m.path.removesuffix(OF_GRADIENTS)
        changed = "values" if path == m.path else "requires_grad"
        return Fact("mutation", call=call, part="after", name=argument_name(key, path), text=changed)
    if m.kind == "device":
        return Fact("device", call=call, part=part, name=name, text=str(m.got or ""))
    return Fact(
        m.kind,
        call=call,
        part=part,
        name=name,
        index=m.index,
        expected=_value(m.expected),
        got=_value(m.got),
        got_dtype=m.dtype,
        got_shape=m.shape,
        count=m.count,
        size=m.size,
    )


def _value(value: object) -> FactValue:
    """A number, a text or a shape as it is; of anything else its text."""
    if isinstance(value, tuple) and all(type(size) is int for size in value):
        return value
    return cast(FactValue, value) if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _place(key: ExerciseKey, path: str) -> tuple[AnswerPart, str]:
    """`value['w1']` -> answer, "['w1']"; `gradient[0]` -> gradient, "X"; `value` -> answer, "".

    What a driver returns is not the student's answer: it names what it saw of that, in words.
    """
    if path.startswith("gradient"):
        return "gradient", argument_name(key, path.removeprefix("gradient"))
    if path.startswith("after"):
        return "after", argument_name(key, path.removeprefix("after"))
    name = path.removeprefix("value")
    if key.driver and name.startswith("['"):
        return "driven", name.removeprefix("['").replace("']", "", 1)
    return "answer", name


def argument_name(key: ExerciseKey, path: str) -> str:
    """`[0][1]` -> "params[1]", `['dim']` -> "dim"."""
    first, _, rest = path.removeprefix("[").partition("]")
    return f"{parameter_name(key, int(first) if first.isdigit() else first.strip(QUOTES))}{rest}"
