"""What is said of a call that failed where no report is written: in an instructor's table, in an error of ours."""

from __future__ import annotations

from grader.model.question import Failed


def brief(failed: Failed) -> str:
    """What an instructor's table says of a child that failed: no sentence, but enough to look for."""
    if failed.end is None:
        return failed.message
    of = f" of {failed.end.allowed:g}" if failed.end.allowed is not None else ""
    used = f" {failed.end.used:.3g}{of}" if failed.end.used is not None else of
    return f"{failed.end.kind.replace('_', ' ')}{used}{failed.end.text and f': {failed.end.text}'}"
