"""An exercise's result <-> what is stored of it. Defaults are left out: most checks pass and have nothing to say."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from grader.model.result import CheckResult, ExerciseResult, Verdict

_DEFAULTS = {kind: {each.name: each.default for each in fields(kind)} for kind in (CheckResult, ExerciseResult)}
_VERDICTS = {verdict.value: verdict for verdict in Verdict}


def to_record(result: ExerciseResult) -> dict[str, Any]:
    return {**_told(result), "checks": [_told(check) for check in result.checks]}


def from_record(record: dict[str, Any]) -> ExerciseResult:
    checks = tuple(CheckResult(**_with_verdict(check)) for check in record["checks"])
    return ExerciseResult(**_with_verdict(record) | {"checks": checks})


def _told(result: CheckResult | ExerciseResult) -> dict[str, Any]:
    defaults = _DEFAULTS[type(result)]
    return {name: value for name, default in defaults.items() if (value := getattr(result, name)) != default}


def _with_verdict(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"verdict": _VERDICTS[record["verdict"]]}
