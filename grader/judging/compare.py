"""One leaf of an answer beside one leaf of the truth -> Mismatch | None.

`compare_value` looks at numbers and shapes, `compare_type` at kind and dtype, so that a right number in the
wrong dtype is one mistake and not two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grader.model.keys.key import Expected
from grader.model.leaves import KINDS_OF_ARRAYS, kind, numbers
from grader.model.result import Mismatch
from grader.model.tolerance import SINGLE_TO_DOUBLE, entry_floor
from grader.model.value import Array, Device, Dtype, Value
from grader.model.vocabulary import MismatchKind

ABSENT = object()
ARRAYS = tuple(KINDS_OF_ARRAYS.values())


def compare_value(expected: Expected, got: Value, attached: bool = True) -> Mismatch | None:
    """Where the numbers leave the truth by more than the budget. NaN is never close to a number.

    attached: whether the answer hangs on anything. If so, no gradient is one of zero; if not, nobody can ask for one.
    """
    if got is ABSENT:
        return Mismatch("missing", expected.path)
    if expected.kind == "exact":
        return None if _exactly(expected.truth, got) else _other_kind(expected, got)
    if isinstance(got, Array) and expected.kind in ARRAYS and kind(got) != expected.kind:
        return _other_kind(expected, got)
    seen = numbers(got)
    if seen is None:
        if not (expected.path.startswith("gradient") and got is None):
            return _other_kind(expected, got)
        truth = numbers(expected.truth)
        nothing_flows = truth is not None and (truth.size == 0 or (attached and not np.any(truth)))
        return None if nothing_flows else Mismatch("detached", expected.path)
    if seen.shape != expected.shape:
        return Mismatch("shape", expected.path, expected=expected.shape, got=seen.shape)
    if expected.random:
        return None
    return _differing(expected, np.asarray(numbers(expected.truth)), seen, _allowance(expected, got))


def compare_type(expected: Expected, got: Value) -> Mismatch | None:
    """Whether the leaf is of the right kind and dtype; a 0-d tensor may stand for a number, an int for a float."""
    if expected.kind == "exact" or got is ABSENT or expected.path.startswith("gradient"):
        return None
    if expected.kind in ARRAYS:
        if not isinstance(got, Array) or kind(got) != expected.kind:
            return _other_kind(expected, got)
        return None if got.dtype == expected.dtype else Mismatch("dtype", expected.path, (), expected.dtype, got.dtype)
    if isinstance(got, Array):
        family = {"float": "float", "bool": "bool"}.get(expected.kind, "int")
        fits = got.dtype.removeprefix("b").removeprefix("u").startswith(family) or got.dtype == family
        return None if fits and got.shape == () else _other_kind(expected, got)
    allowed = {"float": (float, int), "int": (int,), "bool": (bool,)}[expected.kind]
    right = isinstance(got, allowed) and (expected.kind == "bool" or not isinstance(got, bool))
    return None if right else _other_kind(expected, got)


def _exactly(truth: Value, got: Value) -> bool:
    if isinstance(truth, (Dtype, Device)) or truth is None:
        return bool(got == truth)
    return isinstance(got, type(truth)) and bool(got == truth)


def _other_kind(expected: Expected, got: Value) -> Mismatch:
    wanted = kind(expected.truth) if expected.kind == "exact" else expected.kind
    if expected.kind == "exact" and kind(got) == wanted:
        return Mismatch("text", expected.path, (), expected.truth, got)
    if isinstance(got, Array) and expected.kind not in ARRAYS:
        return Mismatch("type", expected.path, (), wanted, kind(got), dtype=got.dtype, shape=got.shape)
    form = expected.path.startswith("gradient")
    return Mismatch("form" if form else "type", expected.path, (), wanted, kind(got))


@dataclass(frozen=True, slots=True)
class _Allowance:
    """The error that any entry may have; and where each has one of its own: a share of itself, and what is no number.

    A gradient that is 0 has none of its own: 1 - 1 is 0 only in the formula at hand, in others the last digit is left.
    """

    budget: float = 0.0
    share: float | None = None
    floor: float = 0.0
    but_zeros: bool = False

    def of(self, truth: np.ndarray) -> np.ndarray | float:
        """The largest error of each entry that is still right."""
        if self.share is None:
            return self.budget
        own = np.minimum(self.budget, self.share * np.abs(truth) + self.floor)
        return np.where(truth == 0, self.budget, own) if self.but_zeros else own


def _allowance(expected: Expected, got: Value) -> _Allowance:
    """A right number in float32 where float64 is due is one mistake, in its dtype, and not two."""
    if expected.budget is None:
        return _Allowance()
    coarser = isinstance(got, Array) and got.dtype == "float32" and expected.dtype == "float64"
    wider, dtype = (1 / SINGLE_TO_DOUBLE, "float32") if coarser else (1.0, expected.dtype)
    if expected.entry_budget is None:
        return _Allowance(expected.budget * wider)
    share = expected.entry_budget * wider
    return _Allowance(expected.budget * wider, share, entry_floor(share, dtype), expected.path.startswith("gradient"))


def wrong_entries(expected: Expected, got: Value) -> np.ndarray:
    """Which numbers leave the truth by more than they may; got has the shape of the truth."""
    rank = _rank(np.asarray(numbers(expected.truth)), np.asarray(numbers(got)), _allowance(expected, got))
    return np.zeros(expected.shape, bool) if rank is None else rank >= 0


def _differing(expected: Expected, truth: np.ndarray, seen: np.ndarray, allowance: _Allowance) -> Mismatch | None:
    rank = _rank(truth, seen, allowance)
    if rank is None:
        return None
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(rank)), rank.shape))
    got, count = seen[at].item(), int((rank >= 0).sum())
    kind: MismatchKind = "nan" if got != got else "value"
    return Mismatch(kind, expected.path, at, truth[at].item(), got, count, rank.size)


@np.errstate(all="ignore")  # of NaN that signals each operation warns, a cast too
def _rank(truth: np.ndarray, seen: np.ndarray, allowance: _Allowance) -> np.ndarray | None:
    """How far off each entry is, -1 where it is right; None where all are."""
    if truth.dtype.kind in "iub" and seen.dtype.kind in "iub":
        wrong = truth != seen
        return np.where(wrong, 1.0, -1.0) if wrong.any() else None
    truth, seen = truth.astype(np.float64), seen.astype(np.float64)
    distance = np.abs(seen - truth)
    allowed = allowance.of(truth)
    near = distance <= allowed
    if np.all(near):  # of NaN and infinities the lines below know more
        return None
    alike = (seen == truth) | (np.isnan(seen) & np.isnan(truth))
    wrong = ~near & ~alike
    if not wrong.any():
        return None
    only_of_small_entries = bool((distance[wrong] <= allowance.budget).all())
    far = distance / allowed if only_of_small_entries else distance  # the largest errors speak first
    return np.where(wrong, np.nan_to_num(far, nan=np.inf, posinf=np.inf), -1.0)
