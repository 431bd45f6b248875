"""The limits in a course's course.toml: its own, and those of single exercises.

[limits]
question_seconds = 5

[limits."sgd.train"]
question_seconds = 20
memory_mb = 2048
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.model.errors import UsageError, name_repair
from grader.model.limits import OF_A_COURSE, OF_AN_EXERCISE, WHOLE


@dataclass(frozen=True)
class CourseLimits:
    """What a course says of limits: name -> most, and the same for exercises by their id."""

    course: Mapping[str, float] = field(default_factory=dict)
    exercises: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def read_limits(table: Any, exercises: Iterable[str]) -> CourseLimits:
    """From the table [limits]. Raises `UsageError` where it says something that cannot be meant."""
    if not isinstance(table, dict):
        raise UsageError('course.toml: limits is a table. Write [limits], or [limits."topic.exercise"].')
    ids = tuple(exercises)
    own = {name: of for name, of in table.items() if isinstance(of, dict)}
    for name in own:
        _known("exercise", name, ids)
    return CourseLimits(
        _limits("[limits]", {name: most for name, most in table.items() if name not in own}, OF_A_COURSE),
        {name: _limits(f'[limits."{name}"]', of, OF_AN_EXERCISE) for name, of in own.items()},
    )


def _limits(where: str, given: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, float]:
    for name, most in given.items():
        if name in OF_A_COURSE and name not in known:
            raise UsageError(f"course.toml: {where} {name} is of all exercises together. Write it under [limits].")
        _known("limit", name, known)
        if not _is_positive(most) or (name in WHOLE and most != int(most)):
            kind = "a whole number above 0" if name in WHOLE else "a number above 0"
            raise UsageError(f"course.toml: {where} {name} = {most!r} is not {kind}.")
    return {name: int(most) if name in WHOLE else float(most) for name, most in given.items()}


def _is_positive(most: Any) -> bool:
    return isinstance(most, (int, float)) and not isinstance(most, bool) and math.isfinite(most) and most > 0


def _known(what: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UsageError(f"course.toml: there is no {what} {name!r} to limit. {name_repair(name, known)}")
