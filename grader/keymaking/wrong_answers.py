"""Answers that are wrong on purpose: known misconceptions, and those that need no thought."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from grader.course.page import Page
from grader.judging.findings import Finding, findings, flag_of, is_flag
from grader.judging.laws import read
from grader.judging.sample import Statistics
from grader.keymaking.expected import asker
from grader.keymaking.questions import array_of
from grader.model.keys.key import Entry, ExerciseKey, Mistake
from grader.model.keys.statistic import Law
from grader.model.question import Answer, Ask, Failed, Question, Returned, signature
from grader.model.result import Verdict
from grader.model.value import Array, Value, leaves, map_leaves

CLOUD = 8


def mistakes(page: Page, key: ExerciseKey, wrong: Callable[..., Any], answers: Sequence[Answer]) -> tuple[Mistake, ...]:
    """What a wrong function says where it is wrong, entry by entry. `answers` are its own."""
    found: dict[int, list[Finding]] = {}
    for finding in findings(key, answers):
        if not finding.passed:
            found.setdefault(id(finding.entry), []).append(finding)

    def ask(question: Question) -> Answer:
        return asker(page, wrong)(replace(question, driver=page.driver))  # an entry's question is bare

    return tuple(
        _mistake(ask, entry, answer, found.get(id(entry), []))
        for entry, answer in zip(key.entries, answers, strict=True)
    )


def _mistake(ask: Ask, entry: Entry, answer: Answer, wrong: Sequence[Finding]) -> Mistake:
    if entry.purpose == "device":
        return Mistake(flags=tuple({finding.check for finding in wrong}))
    if isinstance(answer, Failed):
        return Mistake(failed=signature(answer)) if wrong else Mistake()
    if entry.raises is not None:
        return Mistake(returned=True, leaves=dict(leaves(answer.values[0], "value")))
    random = {expected.path for expected in entry.expected if expected.random}
    wrong_leaves = {
        finding.path: _form(finding.got) if finding.path in random else finding.got
        for finding in wrong
        if finding.statistic is None and not is_flag(finding)
    }
    flags = tuple(dict.fromkeys(flag_of(finding) for finding in wrong if is_flag(finding)))
    return Mistake(leaves=wrong_leaves, flags=flags, clouds=_clouds(ask, entry) if entry.laws else {})


def _form(leaf: Value) -> Value:
    """Keeps only the form of a random array."""
    return replace(leaf, data=bytes(len(leaf.data))) if isinstance(leaf, Array) else leaf


def _clouds(ask: Ask, entry: Entry) -> dict[str, tuple[float, float, float]]:
    """Mean, spread and failing share of every statistic over some seeds: a cloud instead of digits."""
    seen: dict[str, list[tuple[float, bool]]] = {}
    shapes = {expected.path: expected.shape for expected in entry.expected}
    for shift in range(CLOUD):
        calls = tuple(None if call is None else call + 101 * shift for call in entry.question.calls)
        question = replace(entry.question, calls=calls)
        answer = ask(question)
        if isinstance(answer, Returned):
            for law in entry.laws:
                for path, statistic in _read(law, question, answer, shapes).items():
                    seen.setdefault(path, []).append((statistic.seen, statistic.holds))
    return {path: _cloud(each) for path, each in seen.items()}


def _read(law: Law, question: Question, answer: Returned, shapes: Mapping[str, tuple[int, ...]]) -> Statistics:
    return read(law, question, answer.values, shapes.get(f"value{law.path}"), answer.gradients)


def _cloud(seen: list[tuple[float, bool]]) -> tuple[float, float, float]:
    numbers = np.array([number for number, _ in seen])
    failing = sum(not holds for _, holds in seen) / len(seen)
    if not np.isfinite(numbers).all():
        return math.nan, math.nan, failing
    return float(numbers.mean()), float(numbers.std()), failing


def degenerate_answers(page: Page, key: ExerciseKey, own: Sequence[Answer]) -> Iterator[tuple[str, tuple[Answer, ...]]]:
    """The answers of those who do not think: zeros, ones, random numbers, an argument, None, True, an error.

    Where an error is due they raise it: a line that refuses a wrong argument is no thought about the others.
    """
    due = tuple(answer if entry.raises else None for entry, answer in zip(key.entries, own, strict=True))
    for name, answers in _thoughtless(page, key, own):
        yield name, tuple(raised or answer for raised, answer in zip(due, answers, strict=True))


def _thoughtless(page: Page, key: ExerciseKey, own: Sequence[Answer]) -> Iterator[tuple[str, tuple[Answer, ...]]]:
    generator = torch.Generator().manual_seed(0)
    fills: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "zeros": torch.zeros_like,
        "ones": torch.ones_like,
        "random numbers": lambda x: torch.rand(x.shape, generator=generator).mul(3).to(x.dtype),
    }
    for name, fill in fills.items():
        yield name, tuple(_filled(entry, answer, fill) for entry, answer in zip(key.entries, own, strict=True))
    widest = max((len(entry.question.args) for entry in key.entries), default=0)
    functions: dict[str, Callable[..., Any]] = {f"argument {i}": _argument(i) for i in range(widest)}
    functions |= {repr(value): _constant(value) for value in (None, True, False, 0.0, 1.0, 0, 1)}
    functions |= {"a zero tensor": lambda *_, **__: torch.zeros(()), "a zero array": lambda *_, **__: np.zeros(())}
    functions["numbers drawn anew"] = _drawn
    for name, function in functions.items():
        ask = asker(page, function)
        yield name, tuple(ask(question) for question in key.questions)
    for error in sorted({entry.raises for entry in key.entries if entry.raises}):
        yield error, tuple(Failed(Verdict.RAISED, (error,)) for _ in key.entries)


def _argument(index: int) -> Callable[..., Any]:
    return lambda *args, **_: args[index]


def _drawn(*args: Any, **_: Any) -> torch.Tensor | np.ndarray:
    """Random numbers of the first array's shape, from the global generator: what is seeded repeats them."""
    array = next((value for value in args if isinstance(value, np.ndarray)), None)
    if array is not None:
        return np.asarray(np.random.random_sample(array.shape), dtype=array.dtype)
    like = next((value for value in args if isinstance(value, torch.Tensor)), torch.zeros(()))
    return torch.rand(like.shape).to(like.dtype)


def _constant(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def _filled(entry: Entry, own: Answer, fill: Callable[[torch.Tensor], torch.Tensor]) -> Answer:
    if isinstance(own, Failed):
        return Returned((0.0,))
    values = tuple(map_leaves(lambda leaf: _leaf(leaf, fill), value) for value in own.values)
    after = tuple(own_argument(entry.question, path) for path in entry.question.after)
    return Returned(values, gradients=tuple(None for _ in own.gradients), after=after)


def own_argument(question: Question, path: str) -> Value:
    """The argument at a path as it was asked: what a function that does nothing leaves behind."""
    return next((value for key, value in question.named.items() if path == f"[{key!r}]"), None)


def _leaf(leaf: Value, fill: Callable[[torch.Tensor], torch.Tensor]) -> Value:
    if isinstance(leaf, Array):
        return array_of(fill(torch.empty(leaf.shape, dtype=getattr(torch, leaf.dtype))), leaf.library)
    if isinstance(leaf, (bool, int, float)):
        return type(leaf)(fill(torch.empty((), dtype=torch.float64)).item())
    return None
