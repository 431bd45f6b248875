"""How far from the float64 truth an honest answer can be: measured, not guessed.

    unit   = max( error of the reference in the dtype, on the question and on 8 neighbours of it
                    (every float input moved to an adjacent number),
                  in float64: its float32 error * 2^-29,
                  u * max|truth| )                      maxima over one array, u the dtype's rounding unit
    budget = 32 * unit                                  in half precision 8 * unit

The largest entry of an answer hides what becomes of the small ones. So where the reference and every alternative keep
the digits of every single entry, an answer must, too:

    share of entry i = |answer_i - truth_i| / (u * |truth_i| + smallest normal number)
    adopted where it is at most 256 in every entry of all of them, and at most 1,024 on the neighbours;
    then it is at most 1,024 in every entry of an answer (in half precision 8 and 32)

On another device the budget is that of the CPU times `DEVICE_FACTOR`: a GPU sums in another order, and its exp and log
are its own. The scale is the answer's, never the inputs'. `docs/tolerance.md` has the measurements behind the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

ROUNDING = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
SMALLEST_NORMAL = {"float64": 2.0**-1022, "float32": 2.0**-126, "float16": 2.0**-14, "bfloat16": 2.0**-126}
SMALLEST = {"float64": 2.0**-1074, "float32": 2.0**-149, "float16": 2.0**-24, "bfloat16": 2.0**-133}
HALF = ("float16", "bfloat16")
SINGLE_TO_DOUBLE = ROUNDING["float64"] / ROUNDING["float32"]
NEIGHBOURS = 8
FACTOR, HALF_FACTOR = 32.0, 8.0
ENTRY_ADOPTED, ENTRY_FACTOR = 256.0, 1024.0
HALF_ENTRY_ADOPTED, HALF_ENTRY_FACTOR = 8.0, 32.0
LARGEST_SHARE = 0.01
DEVICE_FACTOR = {"cpu": 1.0, "sim": 1.0, "cuda": 4.0}
TF32 = "+tf32"
TF32_FACTOR = 2.0**13  # of 23 bits behind the point, products keep 10


def peak(numbers: np.ndarray) -> float:
    """The largest finite magnitude; 0 of nothing."""
    finite = np.abs(numbers[np.isfinite(numbers)])
    return float(finite.max()) if finite.size else 0.0


def error(truth: np.ndarray, answer: np.ndarray) -> float:
    """The largest distance from a finite truth; an answer of another shape, or not finite there, is infinitely far."""
    if truth.shape != answer.shape:
        return np.inf
    at = np.isfinite(truth)
    distance = np.abs(answer.astype(np.float64)[at] - truth[at])
    return float(np.nan_to_num(distance, nan=np.inf, posinf=np.inf).max()) if distance.size else 0.0


def unit(truth: np.ndarray, answers: Sequence[np.ndarray], dtype: str, single: float = 0.0) -> float:
    """The unit of error of one array.

    answers: the reference's in `dtype`, on the question and its neighbours. single: its float32 error,
    which speaks where the question is in float64 and the reference is its own truth.
    """
    errors = [each for answer in answers if np.isfinite(each := error(truth, answer))]
    from_single = single * SINGLE_TO_DOUBLE if dtype == "float64" else 0.0
    return max(*errors, from_single, ROUNDING[dtype] * peak(truth), 2 * SMALLEST[dtype], 0.0)


def budget(unit_of_error: float, dtype: str) -> float:
    """The largest error of an answer that is still right."""
    return (HALF_FACTOR if dtype in HALF else FACTOR) * unit_of_error


def keeps_every_entry(
    truth: np.ndarray, answers: Iterable[np.ndarray], neighbours: Iterable[np.ndarray], dtype: str
) -> bool:
    """Whether all these answers keep the digits of each single entry, the smallest ones, too.

    The neighbours tell an entry that is left over when large numbers cancel, of which some answers keep the digits by
    luck.
    """
    least, most = (HALF_ENTRY_ADOPTED, HALF_ENTRY_FACTOR) if dtype in HALF else (ENTRY_ADOPTED, ENTRY_FACTOR)
    return all(_largest_share(truth, each, dtype) <= least for each in answers) and all(
        _largest_share(truth, each, dtype) <= most for each in neighbours
    )


@np.errstate(all="ignore")
def _largest_share(truth: np.ndarray, answer: np.ndarray, dtype: str) -> float:
    """The largest error of an entry in rounding units of that entry; what is not finite must be the same."""
    if truth.shape != answer.shape:
        return np.inf
    answer = answer.astype(np.float64)
    alike = (answer == truth) | (np.isnan(answer) & np.isnan(truth))
    share = np.where(alike, 0.0, np.abs(answer - truth) / (ROUNDING[dtype] * np.abs(truth) + SMALLEST_NORMAL[dtype]))
    return float(np.nan_to_num(share, nan=np.inf, posinf=np.inf).max(initial=0.0))


def entry_budget(dtype: str) -> float:
    """The largest error of an entry, as a share of that entry, where every entry must keep its digits."""
    return (HALF_ENTRY_FACTOR if dtype in HALF else ENTRY_FACTOR) * ROUNDING[dtype]


def entry_floor(share: float, dtype: str | None) -> float:
    """What may be lost of any entry beside its share: a result below the smallest normal number has no digits."""
    dtype = dtype or "float32"
    return share / ROUNDING[dtype] * SMALLEST_NORMAL[dtype]


def device_factor(device: str, dtype: str | None) -> float:
    """How much wider the budgets of a dtype are on a device, by its name: `cuda:1` is a `cuda`, `cuda+tf32` too."""
    name = device.removesuffix(TF32)
    coarse = name != device and dtype == "float32"
    return DEVICE_FACTOR[name.partition(":")[0]] * (TF32_FACTOR if coarse else 1.0)
