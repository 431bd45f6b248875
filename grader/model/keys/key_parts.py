"""The shown questions of an exercise and its hidden ones, which are asked apart.

A process that has seen a hidden question can tell what it saw: in an exception's text, in a number, in the name of a
type. So the two kinds are asked of different processes, the shown ones first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from grader.model.identity import Same
from grader.model.keys.key import ExerciseKey
from grader.model.keys.key_variants import of_entries
from grader.model.question import Answer, Failed, unasked_after
from grader.model.result import Verdict

KEPT = 256


def has_hidden(key: ExerciseKey) -> bool:
    """Whether anything hidden is asked of this exercise."""
    return any(not entry.shown for entry in key.entries)


def shown_part(key: ExerciseKey) -> ExerciseKey:
    """The exercise with its shown questions, and the checks that they speak of. The key itself if it has no others."""
    return _part(Same((key,)), True) if has_hidden(key) else key


def hidden_part(key: ExerciseKey) -> ExerciseKey:
    """The exercise with its hidden questions, and the checks that they speak of."""
    return _part(Same((key,)), False)


@lru_cache(KEPT)  # the same object for a whole class: what was judged or spelt of it is known again
def _part(same: Same, shown: bool) -> ExerciseKey:
    (key,) = same.things
    return of_entries(key, tuple(entry for entry in key.entries if entry.shown == shown))


def merged(key: ExerciseKey, shown: Sequence[Answer], hidden: Sequence[Answer]) -> tuple[Answer, ...]:
    """The answers to both parts, in the order of the key."""
    parts = {True: iter(shown), False: iter(hidden)}
    return tuple(next(parts[entry.shown]) for entry in key.entries)


def unasked(key: ExerciseKey, shown: Sequence[Answer]) -> tuple[Answer, ...] | None:
    """What becomes of the hidden questions where the shown ones leave nothing to ask; None where they do not.

    So it is where the last one ended the exercise, as it ends the shown ones behind it, and where nothing is written.
    """
    fate = _fate(shown)
    return None if fate is None else (fate,) * sum(not entry.shown for entry in key.entries)


def _fate(shown: Sequence[Answer]) -> Failed | None:
    last = shown[-1] if shown else None
    if not isinstance(last, Failed):
        return None
    if not last.asked or all(_is_missing(answer) for answer in shown):
        return last
    if last.verdict in (Verdict.TIMED_OUT, Verdict.DIED):
        return unasked_after(last)
    return None


def _is_missing(answer: Answer) -> bool:
    return isinstance(answer, Failed) and answer.verdict is Verdict.MISSING


def told_by_kind(key: ExerciseKey) -> ExerciseKey:
    """The exercise as one of which no failure's text or numbers are told, only its kind."""
    return replace(key, entries=tuple(replace(entry, shown=False) for entry in key.entries))
