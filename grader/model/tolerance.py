"""How far from the float64 truth an honest answer can be: measured, not guessed.

    unit   = max( error of the reference in the dtype, on the question and on 8 neighbours of it
                    (every float input moved to an adjacent number),
                  in float64: its float32 error * 2^-29,
                  u * max|truth| )                      maxima over one array, u the dtype's rounding unit
    budget = 32 * unit

On another device the budget is that of the CPU times `DEVICE_FACTOR`: a GPU sums in another order, and its exp and log
are its own. The scale is the answer's, never the inputs'. `docs/tolerance.md` has the measurements behind the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ROUNDING = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
SMALLEST = {"float64": 2.0**-1074, "float32": 2.0**-149, "float16": 2.0**-24, "bfloat16": 2.0**-133}
HALF = ("float16", "bfloat16")
SINGLE_TO_DOUBLE = ROUNDING["float64"] / ROUNDING["float32"]
NEIGHBOURS = 8
FACTOR = 32.0
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


def budget(unit_of_error: float) -> float:
    """The largest error of an answer that is still right."""
    return FACTOR * unit_of_error


def device_factor(device: str, dtype: str | None) -> float:
    """How much wider the budgets of a dtype are on a device, by its name: `cuda:1` is a `cuda`, `cuda+tf32` too."""
    name = device.removesuffix(TF32)
    coarse = name != device and dtype == "float32"
    return DEVICE_FACTOR[name.partition(":")[0]] * (TF32_FACTOR if coarse else 1.0)
