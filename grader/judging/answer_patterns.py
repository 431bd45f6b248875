"""What is true of all wrong answers alike, where no known mistake fits: the transpose, the negative, 3 times the truth.

Whatever the code looks like, such a sentence is true of the answers. It is tried with the truth, then with what each
known mistake would have said: somebody may have made that mistake and one more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.judging.findings import Finding, is_flag
from grader.model.fact import Fact
from grader.model.keys.key import TYPE, Entry, ExerciseKey, Expected
from grader.model.leaves import numbers
from grader.model.tolerance import HALF, peak
from grader.model.value import Array
from grader.model.vocabulary import PatternName

LEAST_CASES, LEAST_NUMBERS = 2, 4
"""A pattern holds in several cases and for several numbers that are neither 0 nor 1, or it is a coincidence."""
NEAR = 1e-4
FINITE = "finite"
"""What is special about a pattern that does not hold where numbers overflow."""

PatternChange = Callable[[np.ndarray], np.ndarray]
CHANGES: Mapping[PatternName, PatternChange] = {
    "transposed": lambda x: x.swapaxes(-1, -2) if x.ndim > 1 else x,
    "negated": lambda x: -x,
    "reversed": lambda x: x[::-1] if x.ndim else x,
    "squared": lambda x: x * x,
    "rooted": lambda x: np.sqrt(np.abs(x)),
    "summed": lambda x: x.sum(),
    "averaged": lambda x: x.mean() if x.size else x.sum(),
}
ALSO_OF_MISTAKES: tuple[PatternName, ...] = ("transposed", "negated", "reversed")


@dataclass(frozen=True, slots=True)
class _Judged:
    """One leaf of an answer beside what it is compared with: the truth, or what a mistake would have said."""

    entry: Entry
    expected: Expected
    got: np.ndarray
    beside: np.ndarray
    wrong: bool

    def agrees(self, with_: np.ndarray) -> bool:
        """Whether the answer is this, to the digits that single precision keeps."""
        if self.got.shape != with_.shape:
            return False
        slack = max(2 * (self.expected.budget or 0.0), NEAR * peak(with_))
        return bool(np.all(np.abs(self.got - with_) <= slack))


@np.errstate(all="ignore")
def pattern_of(key: ExerciseKey, found: Sequence[Finding]) -> Fact | None:
    """The pattern of the wrong answers to the shown cases that a page names; None where there is none."""
    judged = _judged(found)
    finite = [each for each in judged if not each.wrong or np.isfinite(each.got).all()]
    wrong = {each.entry.case for each in judged if each.wrong}
    if len({each.entry.case for each in finite if each.wrong}) < max(LEAST_CASES, len(wrong) / 2):
        return None
    fact = _pattern(key, finite, tuple(CHANGES)) or next(filter(None, _beside_mistakes(key, finite)), None)
    return replace(fact, special=(FINITE,)) if fact and len(finite) < len(judged) else fact


def _judged(found: Sequence[Finding]) -> list[_Judged]:
    """The numbers of all answers; nothing where one is none, or is random: no pattern holds there."""
    judged = []
    for finding in found:
        entry = finding.entry
        if entry.purpose != "value" or entry.special or not entry.shown or entry.raises or entry.dtype in HALF:
            continue
        if finding.failed or finding.statistic is not None:
            return []
        if finding.check == TYPE or is_flag(finding) or not finding.path.startswith("value"):
            continue
        expected = next((leaf for leaf in entry.expected if leaf.path == finding.path), None)
        got, truth = numbers(finding.got), numbers(expected.truth) if expected else None
        if expected is None or got is None or truth is None or expected.random or got.dtype.kind == "b":
            return []
        got, truth = got.astype(np.float64), truth.astype(np.float64)
        leaf = _Judged(entry, expected, got, truth, not finding.passed)
        if leaf.wrong and leaf.agrees(truth):
            return []  # a few digits are off: that is another story
        judged.append(leaf)
    return judged


def _beside_mistakes(key: ExerciseKey, judged: Sequence[_Judged]) -> Iterator[Fact | None]:
    for name in key.hints:
        beside = [_said_by(name, each) for each in judged]
        complete = [each for each in beside if each is not None]
        if len(complete) == len(beside) and any(not each.agrees(each.beside) for each in complete):
            yield _pattern(key, complete, ALSO_OF_MISTAKES, name)


def _said_by(name: str, judged: _Judged) -> _Judged | None:
    """The answer beside what a mistake would have said; None where it would have said no number."""
    said = judged.entry.said_by(name)
    if said.failed or said.returned:
        return None
    leaf = said.leaves.get(judged.expected.path)
    if leaf is None:
        return judged
    seen = numbers(leaf) if isinstance(leaf, (Array, float, int)) else None
    if seen is None or not np.isfinite(seen).all():
        return None
    return _Judged(judged.entry, judged.expected, judged.got, seen.astype(np.float64), judged.wrong)


def _pattern(
    key: ExerciseKey, judged: Sequence[_Judged], changes: Sequence[PatternName], mistake: str = ""
) -> Fact | None:
    functions = (mistake,) if mistake else ()
    for name in changes:
        if all(each.agrees(CHANGES[name](each.beside)) for each in judged) and _tells(judged):
            return Fact("pattern", law=name, functions=functions)
    factor = _constant_factor(judged)
    if factor is not None:
        return Fact("pattern", law="scaled", got=factor, functions=functions)
    text = next(_named_factors(judged, key.parameters), None)
    return Fact("pattern", law="scaled", text=text, functions=functions) if text else None


def _tells(judged: Sequence[_Judged]) -> bool:
    """Whether enough numbers are wrong that not anybody could have said."""
    seen = np.concatenate([each.got.ravel() for each in judged if each.wrong] or [np.zeros(0)])
    plain = (np.abs(seen) <= NEAR) | (np.abs(np.abs(seen) - 1) <= NEAR)
    return int((~plain).sum()) >= LEAST_NUMBERS and len(np.unique(seen.round(6))) > 2


def _constant_factor(judged: Sequence[_Judged]) -> float | None:
    """The number by which every answer is off, if it is the same for all."""
    first = next((each for each in judged if each.wrong and peak(each.beside) > 0), None)
    if first is None or first.got.shape != first.beside.shape or not _tells(judged):
        return None
    at = np.unravel_index(int(np.argmax(np.abs(first.beside))), first.beside.shape)
    factor = float(first.got[at] / first.beside[at])
    if abs(factor) <= NEAR or abs(factor - 1) <= 10 * NEAR:
        return None
    return float(f"{factor:.4g}") if all(each.agrees(factor * each.beside) for each in judged) else None


def _named_factors(judged: Sequence[_Judged], parameters: Sequence[str]) -> Iterator[str]:
    """Expressions of the arguments by which the answers are off: X.shape[0], 1 / (1 - p)."""
    if not judged or not _tells(judged):
        return
    factors = [_factors(each.entry, parameters) for each in judged]
    for text in factors[0]:
        if all(text in known for known in factors) and any(abs(known[text] - 1) > NEAR for known in factors):
            pairs = zip(judged, factors, strict=True)
            if all(each.agrees(known[text] * each.beside) for each, known in pairs):
                yield text


def _factors(entry: Entry, parameters: Sequence[str]) -> dict[str, float]:
    """Python's expression of a factor -> its value, for sizes and numbers among the arguments."""
    named = {parameters[at] if isinstance(at, int) else at: value for at, value in entry.question.named.items()}
    plain: dict[str, float] = {}
    for name, value in named.items():
        if isinstance(value, Array):
            axes = {other: axis for other, axis in named.items() if type(axis) is int and _is_axis(axis, value)}
            plain |= {f"{name}.shape[{other}]": value.shape[axis] for other, axis in axes.items()}
            plain |= {f"{name}.shape[{axis}]": size for axis, size in enumerate(value.shape)}
            plain[f"{name}.numel()"] = math.prod(value.shape)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            plain |= {name: float(value), f"(1 - {name})": 1 - float(value)}
    return {text: factor for name, value in plain.items() if value > 0 for text, factor in _powers(name, value)}


def _is_axis(number: int, array: Array) -> bool:
    return -len(array.shape) <= number < len(array.shape)


def _powers(text: str, value: float) -> Iterator[tuple[str, float]]:
    yield text, value
    yield f"1 / {text}", 1 / value
    yield f"{text} ** 2", value**2
    yield f"1 / {text} ** 2", value**-2
