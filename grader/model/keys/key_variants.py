"""The same key on another device, of one dtype only, or under other limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from grader.model.errors import UsageError
from grader.model.keys.key import ALLOWED, MUTATION, STATE, TYPE, AnswerKey, Entry, ExerciseKey, Expected
from grader.model.tolerance import ROUNDING, TF32, device_factor
from grader.model.value import Array, Dtype, Value, map_leaves

EXACT = "float64"


def on_device(key: AnswerKey, device: str) -> AnswerKey:
    """The key asked on a device: cpu, cuda, cuda:1, … or sim. Error budgets follow the device's arithmetic.

    Cases that are moved to a simulated GPU anyway are asked on the real one instead, if that is the device.
    """
    if key.tf32 and device.startswith("cuda"):
        device += TF32
    return replace(key, exercises=tuple(exercise_on_device(each, device) for each in key.exercises))


def exercise_on_device(key: ExerciseKey, device: str) -> ExerciseKey:
    """Gives the key of one exercise as it is asked on a device."""
    return replace(key, entries=tuple(_entry(each, device) for each in key.entries))


def device_of(key: ExerciseKey) -> str:
    """The device on which an exercise is asked."""
    return next((entry.question.device for entry in key.entries if entry.purpose != "device"), "cpu")


def _entry(entry: Entry, device: str) -> Entry:
    if entry.purpose == "device" and device == "cpu":
        device = "sim"
    expected = tuple(_leaf(leaf, entry.question.device, device) for leaf in entry.expected)
    return replace(entry, question=replace(entry.question, device=device), expected=expected)


def _leaf(leaf: Expected, before: str, after: str) -> Expected:
    if leaf.budget is None:
        return leaf
    wider = device_factor(after, leaf.dtype) / device_factor(before, leaf.dtype)
    share = leaf.entry_budget
    return replace(leaf, budget=leaf.budget * wider, entry_budget=None if share is None else share * wider)


def in_float64(key: ExerciseKey) -> ExerciseKey:
    """What tells the mathematics of an exercise from its precision: its cases in float64, with the budgets they have.

    A case that is not asked in float64 is asked there with the same numbers, which it is then to compute no worse.
    """
    cases = [entry for entry in key.entries if entry.purpose in ("value", "gradient") and entry.dtype]
    exact = {(entry.check, entry.purpose) for entry in cases if entry.dtype == EXACT}
    kept = tuple(
        entry if entry.dtype == EXACT else _widened(entry)
        for entry in cases
        if entry.dtype == EXACT or (entry.check, entry.purpose) not in exact
    )
    return of_entries(key, kept)


def _widened(entry: Entry) -> Entry:
    question = replace(
        entry.question,
        args=tuple(map_leaves(_wide, each) for each in entry.question.args),
        kwargs={name: map_leaves(_wide, each) for name, each in entry.question.kwargs.items()},
        cotangents=tuple(each.wide() for each in entry.question.cotangents),
    )
    expected = tuple(replace(leaf, dtype=EXACT) if leaf.dtype in ROUNDING else leaf for leaf in entry.expected)
    return replace(entry, dtype=EXACT, question=question, expected=expected, mistakes={})


def _wide(leaf: Value) -> Value:
    if isinstance(leaf, Array) and leaf.is_float():
        return leaf.wide()
    return Dtype(EXACT) if isinstance(leaf, Dtype) and leaf.name in ROUNDING else leaf


def within(key: AnswerKey, given: Mapping[str, float]) -> AnswerKey:
    """The key under limits of the command line: they win over those of the course and of its exercises."""
    exercises = tuple(
        replace(each, limits={name: most for name, most in each.limits.items() if name not in given})
        for each in key.exercises
    )
    return replace(key, exercises=exercises, limits={**key.limits, **given})


def of_dtype(key: AnswerKey, dtype: str) -> AnswerKey:
    """The key with the questions in one dtype, and those that have none. Raises `UsageError` where nothing is asked."""
    exercises = tuple(each for exercise in key.exercises if (each := _of_dtype(exercise, dtype)).checks)
    asked = {entry.dtype for exercise in key.exercises for entry in exercise.entries if entry.dtype}
    if dtype not in asked:
        raise UsageError(f"Nothing is asked in {dtype} here. There is: {', '.join(sorted(asked))}.")
    return replace(key, exercises=exercises)


def _of_dtype(key: ExerciseKey, dtype: str) -> ExerciseKey:
    kept = [entry for entry in key.entries if entry.purpose in ("value", "gradient") and entry.dtype in (dtype, None)]
    cases = {(entry.case, entry.dtype) for entry in kept}
    if kept:
        kept += [entry for entry in key.entries if entry.purpose in ("few", "many")]
        kept += [each for each in key.entries if each.purpose == "device" and (each.case, each.dtype) in cases]
    return of_entries(key, tuple(kept))


def named_cases(key: ExerciseKey) -> ExerciseKey:
    """The key with the cases that a page names. They teach: known mistakes are looked for in them alone."""
    named = tuple(entry for entry in key.entries if not entry.special)
    return key if len(named) == len(key.entries) else of_entries(key, named)


def of_entries(key: ExerciseKey, kept: tuple[Entry, ...]) -> ExerciseKey:
    """The key with these entries, and the checks that they say something about."""
    spoken = {name for entry in kept for name in _checks(key, entry)}
    return replace(key, entries=kept, checks=tuple(check for check in key.checks if check.name in spoken))


def _checks(key: ExerciseKey, entry: Entry) -> Iterator[str]:
    """The checks that an entry says something about."""
    yield entry.check
    if entry.purpose in ("value", "gradient"):
        yield from (law.name for law in entry.laws)
    if entry.purpose != "value":
        return
    yield from (leaf.aspect for leaf in entry.expected if leaf.aspect in (TYPE, MUTATION))
    yield from (MUTATION, STATE, ALLOWED) if not entry.raises else ()
    if any(leaf.kind != "exact" for leaf in entry.expected):
        yield TYPE
