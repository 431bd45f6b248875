"""results.json, schema 1: a run for other programs and for later, as far as anybody may read it.

It holds neither the secret seed nor what hidden cases saw: both stay in the gradebook.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from grader.clean import clean
from grader.model.result import CheckResult, ClassResults, ExerciseResult, SubmissionResult
from grader.report.reading import SCHEMA, read, refuse
from grader.report.words import DECIMALS, total

PRIVATE = ("full_detail",)


def to_json(results: ClassResults) -> str:
    return "".join(json_parts(results, results.submissions))


def json_parts(results: ClassResults, submissions: Iterable[SubmissionResult]) -> Iterator[str]:
    """One line a submission: neither a single line of a hundred megabytes nor twice as much in blanks."""
    run = {
        "schema": SCHEMA,
        "course": results.course,
        "title": results.title,
        "device": results.device,
        "sandbox": results.sandbox,
        "versions": results.versions,
        "seconds": results.seconds,
    }
    yield f'{_dumped(run)[:-1]}, "submissions": ['
    between = "\n"
    for submission in submissions:
        yield between + _dumped(_submission(submission))
        between = ",\n"
    yield "\n]}\n"


def _dumped(node: dict[str, Any]) -> str:
    """Whoever reads it prints what it holds, so it holds nothing that a terminal obeys."""
    return json.dumps(_cleaned(node), ensure_ascii=False, allow_nan=False)


def _cleaned(node: Any) -> Any:
    if isinstance(node, str):
        return clean(node)
    if isinstance(node, dict):
        return {clean(name): _cleaned(item) for name, item in node.items()}
    return [_cleaned(item) for item in node] if isinstance(node, (list, tuple)) else node


def _submission(submission: SubmissionResult) -> dict[str, Any]:
    return {
        "student": submission.student,
        "status": submission.status,
        "reason": submission.reason,
        "points": total(submission),
        "max_points": round(submission.max_points, DECIMALS),
        "seconds": submission.seconds,
        "exercises": [_exercise(exercise) for exercise in submission.exercises],
    }


def _exercise(exercise: ExerciseResult) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "points": round(exercise.points, DECIMALS),
        "max_points": round(exercise.max_points, DECIMALS),
        "verdict": exercise.verdict.value,
        "misconception": exercise.misconception,
        "hint": exercise.hint,
        "certain": exercise.certain,
        "note": exercise.note,
        "seconds": exercise.seconds,
        "attempts": exercise.attempts and asdict(exercise.attempts),
        "checks": [_check(check) for check in exercise.checks],
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return {name: getattr(check, name) for name in CheckResult.__slots__ if name not in PRIVATE}


def from_json(text: str) -> ClassResults:
    """The run that a results.json tells of; a `UsageError` says in one line what else the text is."""
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        refuse("it is not JSON")
    return read(document)
