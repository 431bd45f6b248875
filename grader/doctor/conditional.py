"""Wrong answers that are wrong only in one place: made from recorded answers, so no code runs.

For each entry of a key the reference's own answer is spoilt a little, and every other answer stays as it is:

    off         all numbers of one leaf by ten budgets; what that does not change is not judged
    detached    no gradient where there is one
    doubled     entries below a thousandth of the peak, twice as large
    forgotten   entries below a thousand-millionth of the peak, zero
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from grader.doctor.records import Problem
from grader.judging.findings import findings
from grader.keymaking.keymaker import Rehearsal
from grader.model.keys.key import Entry, ExerciseKey, Expected
from grader.model.leaves import KINDS_OF_ARRAYS, numbers
from grader.model.question import Answer, Returned
from grader.model.tolerance import HALF, peak
from grader.model.value import Array, Library, Value

MOST = 50
OFF = 10.0
SMALL, TINY = 1e-3, 1e-9
MUST = ("off", "detached")


@dataclass(frozen=True, slots=True)
class ConditionalRecord:
    """How the wrong answers of one page fared, by kind: noticed, and those that were not."""

    id: str
    noticed: Counter[str]
    survivors: tuple[tuple[str, str], ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Survivors that a sound page has not."""
        return tuple(
            Problem(self.id, f"nothing notices an answer that is {kind} in {where}.", "Draw inputs that tell.")
            for kind, where in self.survivors
            if kind in MUST
        )


def examine_conditional(made: Rehearsal) -> ConditionalRecord:
    """Tries up to fifty such answers: of each kind as many as of any other, from all over the key."""
    by_kind: dict[str, list[tuple[Entry, Answer]]] = {}
    for entry, own in zip(made.key.entries, made.own, strict=True):
        for kind, spoilt in _spoilt(entry, own):
            by_kind.setdefault(kind, []).append((entry, spoilt))
    noticed, survivors = Counter[str](), []
    for kind, group in by_kind.items():
        for entry, spoilt in _spread(group, MOST // len(by_kind)):
            if _is_noticed(made.key, entry, spoilt):
                noticed[kind] += 1
            else:
                survivors.append((kind, f"{entry.case}{f' in {entry.dtype}' if entry.dtype else ''}"))
    return ConditionalRecord(made.key.id, noticed, tuple(survivors))


def _spread(group: list[tuple[Entry, Answer]], most: int) -> list[tuple[Entry, Answer]]:
    step = max(1, -(-len(group) // most))
    return group[::step]


def _is_noticed(key: ExerciseKey, entry: Entry, answer: Answer) -> bool:
    alone = replace(key, entries=(entry,))
    return any(not finding.passed for finding in findings(alone, (answer,)))


def _spoilt(entry: Entry, own: Answer) -> Iterator[tuple[str, Answer]]:
    if entry.purpose not in ("value", "gradient") or not isinstance(own, Returned):
        return
    for expected in entry.expected:
        truth = numbers(expected.truth) if expected.kind in KINDS_OF_ARRAYS.values() else None
        if truth is None or truth.dtype.kind != "f" or expected.budget is None or not peak(truth):
            continue
        if expected.path.startswith("after"):
            continue
        for kind, wrong in _wrong(entry, expected, truth):
            yield kind, _with(own, expected.path, wrong, entry)


def _wrong(entry: Entry, expected: Expected, truth: np.ndarray) -> Iterator[tuple[str, Value]]:
    assert expected.budget is not None
    yield "off", _array(truth + OFF * expected.budget, expected)
    if entry.purpose == "gradient":
        yield "detached", None
    if entry.dtype in HALF:
        return
    sizes = np.abs(truth)
    with np.errstate(invalid="ignore"):
        for kind, share, factor in (("doubled", SMALL, 2.0), ("forgotten", TINY, 0.0)):
            there = (sizes > 0) & (sizes < share * peak(truth))
            if there.any():
                yield kind, _array(np.where(there, factor * truth, truth), expected)


def _array(wrong: np.ndarray, expected: Expected) -> Array:
    with np.errstate(over="ignore"):
        if expected.dtype == "bfloat16":
            bits = (np.ascontiguousarray(wrong, "<f4").view("<u4") >> 16).astype("<u2")
            return Array("bfloat16", wrong.shape, bits.tobytes())
        library: Library = "torch" if expected.kind == "tensor" else "numpy"
        return Array.of(np.asarray(wrong.astype(expected.dtype or "float64")), library)


def _with(own: Returned, path: str, wrong: Value, entry: Entry) -> Returned:
    """The answer with another leaf."""
    if path.startswith("gradient"):
        place = entry.question.gradients.index(path.removeprefix("gradient"))
        return replace(own, gradients=(*own.gradients[:place], wrong, *own.gradients[place + 1 :]))
    value = _replaced(own.values[0], path.removeprefix("value"), wrong)
    return replace(own, values=(value, *own.values[1:]))


def _replaced(value: Value, path: str, wrong: Value) -> Value:
    if not path:
        return wrong
    if isinstance(value, dict):
        return {
            key: _replaced(item, path.removeprefix(f"[{key!r}]"), wrong) if path.startswith(f"[{key!r}]") else item
            for key, item in value.items()
        }
    items = [
        _replaced(item, path.removeprefix(f"[{place}]"), wrong) if path.startswith(f"[{place}]") else item
        for place, item in enumerate(value)
    ]
    return type(value)(items)
