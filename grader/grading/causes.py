"""What is behind a failure, where exception and source tell."""

from __future__ import annotations

from grader.model.keys.key import ExerciseKey
from grader.model.result import ExerciseResult


def with_causes(result: ExerciseResult, key: ExerciseKey, source: str) -> ExerciseResult:
    """The same result, in which failed checks say what is behind them."""
    return result
