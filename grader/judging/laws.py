"""Statistics that random answers must satisfy.

A page states laws; a key holds them as a name and numbers; the judge reads them off an answer. Each reading
gives statistics with the value that is expected and the width that chance needs: an honest answer leaves it
with a probability of at most `ALPHA` = 1e-9 per statistic. A class of 1,000 students, five random exercises
of three cases and six statistics each, sees a false alarm in one of some 10,000 classes.

Widths of shares are Chernoff bounds (`bounds.py`), exact for any n; widths of means and spreads are those of the normal
distribution, on samples large enough for it (means 100 and more, spreads 400; more where entries are skewed).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from grader.judging.bounds import ALPHA, Z, chi_square_bounds
from grader.judging.sample import Sample, Statement, Statistics, equal_share, reading_of, share_of, stated
from grader.model.keys.statistic import Law, Statistic
from grader.model.question import Question
from grader.model.tolerance import ROUNDING
from grader.model.value import Array, Value


@stated()
def share_of_zeros(r: Sample, p: float) -> Statistics:
    """mean [y = 0] = p"""
    return {"": share_of(r.answer == 0, p)}


@stated()
def survivors_scaled_by(r: Sample, factor: float) -> Statistics:
    """y = factor * x wherever y is not 0: the survivor farthest from it speaks."""
    alive = (r.answer != 0) & (r.argument != 0) if r.answer.shape == r.argument.shape else np.zeros(0, bool)
    if not alive.any():
        return {"": Statistic(math.nan, factor, 0.0)}
    ratio = r.answer[alive].astype(np.float64) / r.argument[alive]
    distance = np.abs(ratio - factor)
    farthest = int(np.argmax(np.where(np.isnan(distance), np.inf, distance)))
    return {"": Statistic(float(ratio[farthest]), factor, 8 * ROUNDING[r.dtype] * abs(factor))}


@stated(gradient=True)
def gradient_follows_the_zeros(r: Sample, factor: float) -> Statistics:
    """dx = factor * dy wherever this very answer is not 0, and 0 elsewhere: the entry farthest from it speaks."""
    assert r.gradient is not None
    assert r.cotangent is not None
    wanted = np.where(r.answer != 0, factor * r.cotangent.astype(np.float64), 0.0)
    distance = np.abs(r.gradient.astype(np.float64) - wanted) / np.abs(factor * r.cotangent)
    return {"": Statistic(float(np.nan_to_num(distance, nan=np.inf).max()), 0.0, 16 * ROUNDING[r.dtype])}


@stated()
def independent_zeros(r: Sample, p: float) -> Statistics:
    """mean [two entries are both 0] = p^2, for neighbours, mirror images, and entries of the two halves.

    Neighbours lie along rows and down columns; mirror images in the rows, the columns and both; halves are those of the
    rows and of the columns.
    """
    zero = r.answer == 0
    rows, columns = zero.shape[-2] // 2, zero.shape[-1] // 2
    top, left = zero[..., :rows, :], zero[..., :columns]
    return {
        "along_rows": share_of(zero[..., :-1:2] & zero[..., 1::2], p * p),
        "down_columns": share_of(zero[..., :-1:2, :] & zero[..., 1::2, :], p * p),
        "mirrored_rows": share_of(top & zero[..., -1 : -rows - 1 : -1, :], p * p),
        "mirrored_columns": share_of(left & zero[..., -1 : -columns - 1 : -1], p * p),
        "turned": share_of(top & zero[..., -1 : -rows - 1 : -1, ::-1], p * p),
        "half_of_the_rows": share_of(top & zero[..., rows : 2 * rows, :], p * p),
        "half_of_the_columns": share_of(left & zero[..., columns : 2 * columns], p * p),
    }


@stated()
def no_two_rows_alike(r: Sample) -> Statistics:
    """No two rows have their zeros in the same places, and no two columns: for 60 entries in each and more."""
    zero = (r.answer == 0).reshape(-1, r.answer.shape[-1])
    return {
        name: Statistic(float(len(np.unique(np.packbits(each, axis=1), axis=0))), float(len(each)), 0.0)
        for name, each in (("rows", zero), ("columns", zero.T))
    }


@stated(calls=2)
def fresh_every_call(r: Sample, p: float) -> Statistics:
    """mean [dropped in two calls in a row] = p^2"""
    return {"": share_of((r.answers[0] == 0) & (r.answers[1] == 0), p * p)}


@stated(calls=40)
def number_of_zeros_varies(r: Sample, p: float) -> Statistics:
    """The number of zeros is binomial: over 40 calls the spread of it is as large as chance makes it.

    For n p (1 - p) of 50 and more, where the binomial is as good as normal (n = 400, p = 0.3: 1e-10 below, less above).
    """
    n = r.answer.size
    counts = np.array([(answer == 0).sum() for answer in r.answers], dtype=np.float64)
    ratio = float(((counts - n * p) ** 2).sum() / (n * p * (1 - p))) / len(counts)
    low, high = (bound / len(counts) for bound in chi_square_bounds(len(counts)))
    return {"": Statistic(ratio, (low + high) / 2, (high - low) / 2)}


@stated(renewed=True)
def same_seed_same_answer(r: Sample) -> Statistics:
    """A generator with the same seed gives the same answer again."""
    return {"": equal_share(r.again, r.answer, 1.0, 0.0)}


@stated(renewed=True)
def other_seed_other_answer(r: Sample, at_most: float = 0.99) -> Statistics:
    """A generator with another seed gives another answer: the share of equal entries is at most `at_most`."""
    return {"": equal_share(r.other, r.answer, at_most / 2, at_most / 2)}


@stated(calls=2)
def draws_differ(r: Sample, at_most: float = 0.99) -> Statistics:
    """Two calls in a row give two answers."""
    return {"": equal_share(r.answers[1], r.answers[0], at_most / 2, at_most / 2)}


@stated()
def mean_is(r: Sample, mean: float, sd: float) -> Statistics:
    """The mean of all entries, each of standard deviation `sd`."""
    return {"": Statistic(float(r.answer.mean(dtype=np.float64)), mean, Z * sd / math.sqrt(r.answer.size))}


@stated()
def spread_is(r: Sample, sd: float, kurtosis: float = 3.0) -> Statistics:
    """The variance of all entries; `kurtosis` is that of one entry (3 normal, 1.8 uniform)."""
    width = 1.1 * Z * sd**2 * math.sqrt(max(kurtosis - 1, 0.1) / r.answer.size)
    return {"": Statistic(float(r.answer.var(dtype=np.float64)), sd**2, width)}


@stated()
def columns_average(r: Sample, mean: Array, sd: Array) -> Statistics:
    """Rows are independent and alike: column j averages mean[j], each entry with deviation sd[j]; the worst column."""
    sd_, mean_ = sd.numpy().astype(np.float64), mean.numpy().astype(np.float64)
    z = (r.answer.mean(0, dtype=np.float64) - mean_) * math.sqrt(len(r.answer)) / np.maximum(sd_, 1e-300)
    return {"": Statistic(float(np.abs(z).max()), 0.0, Z + 0.2 * math.log(len(sd_) + 1))}


@stated()
def columns_spread(r: Sample, sd: Array, kurtosis: float = 3.0) -> Statistics:
    """Rows are independent and alike: column j varies by sd[j]^2; the worst column, as a ratio."""
    ratio = r.answer.var(0, dtype=np.float64) / sd.numpy().astype(np.float64) ** 2
    width = 1.1 * (Z + 0.2 * math.log(ratio.size + 1)) * math.sqrt(max(kurtosis - 1, 0.1) / len(r.answer))
    return {"": Statistic(float(ratio[np.argmax(np.abs(ratio - 1))]), 1.0, width)}


@stated()
def rows_differ(r: Sample, at_least: int) -> Statistics:
    """There are at least `at_least` different rows (to six digits)."""
    seen = len(np.unique(r.answer.round(6), axis=0))
    n = len(r.answer)
    return {"": Statistic(seen, (n + at_least) / 2, (n - at_least) / 2)}


@stated()
def copies_agree(r: Sample, axis: int) -> Statistics:
    """Entries along an axis are the same, for they share a draw; the farthest apart, as a share of the largest.

    Chance has no part in it. Sums that are taken in another order differ by some units of rounding, draws of their
    own by a good part of the answer; the width, the root of that unit, lies well between.
    """
    y = r.answer.astype(np.float64)
    apart = np.abs(y - y.take([0], axis)).max() / np.abs(y).max()
    return {"": Statistic(float(apart), 0.0, math.sqrt(ROUNDING[r.dtype]))}


@stated()
def rows_and_columns_centred(r: Sample, sd: float) -> Statistics:
    """Means of rows and of columns are as small as independence makes them; the largest of each speaks."""
    n, k = r.answer.shape
    y = r.answer.astype(np.float64)
    z = Z + math.log(n + k) / Z
    rows = float(np.abs(y.mean(1)).max()) * math.sqrt(k) / sd
    columns = float(np.abs(y.mean(0)).max()) * math.sqrt(n) / sd
    return {"rows": Statistic(rows, z / 2, z / 2), "columns": Statistic(columns, z / 2, z / 2)}


@stated()
def each_once(r: Sample, n: int) -> Statistics:
    """The answer is 0 … n-1 in some order."""
    right = r.answer.size == n and bool((np.sort(r.answer.ravel()) == np.arange(n)).all())
    return {"": Statistic(float(right), 1.0, 0.0)}


@stated(calls=100)
def any_item_first(r: Sample, n: int) -> Statistics:
    """Over 100 calls every item is first, and last, equally often (chi-square with n - 1 degrees of freedom)."""
    bound = chi_square_bounds(n - 1)[1]
    return {
        name: Statistic(_chi_square([int(answer[at]) for answer in r.answers if len(answer)], n) / bound, 0.5, 0.5)
        for name, at in (("first", 0), ("last", -1))
    }


@stated(calls=100)
def any_neighbour(r: Sample, n: int) -> Statistics:
    """Over 100 calls the step from the first item to the second is any of 1 … n-1, equally often: no rotations."""
    steps = [int(answer[1] - answer[0]) % n - 1 for answer in r.answers if len(answer) > 1]
    return {"": Statistic(_chi_square(steps, n - 1) / chi_square_bounds(n - 2)[1], 0.5, 0.5)}


@stated(calls=100)
def fixed_points_average_one(r: Sample, n: int) -> Statistics:
    """A random permutation leaves one item in its place, on average, with variance one."""
    fixed = [float((answer == np.arange(n)).sum()) if len(answer) == n else float(n) for answer in r.answers]
    return {"": Statistic(float(np.mean(fixed)), 1.0, 1.2 * Z / math.sqrt(len(fixed)))}


@stated()
def later_as_often_as_earlier(r: Sample, n: int) -> Statistics:
    """The share of items that come later than their own place: half of them, but for chance.

    Their number has the Eulerian distribution, that of a sum of n uniform numbers rounded down: mean (n - 1) / 2,
    variance (n + 1) / 12, and tails below those of the normal one.
    """
    later = float((r.answer.ravel() < np.arange(n)).mean())
    return {"": Statistic(later, (n - 1) / (2 * n), Z * math.sqrt((n + 1) / 12) / n)}


@stated()
def neighbours_ascend_as_often_as_they_descend(r: Sample, n: int) -> Statistics:
    """The share of steps upwards from one item to the next: half of them, but for chance.

    Sorted random numbers of which some are equal leave these in the order in which they came. Descents of a random
    permutation have the Eulerian distribution as well.
    """
    ascents = float((np.diff(r.answer.ravel()) > 0).sum() / n)
    return {"": Statistic(ascents, (n - 1) / (2 * n), Z * math.sqrt((n + 1) / 12) / n)}


@stated()
def normally_distributed(r: Sample, mean: float, sd: float) -> Statistics:
    """The largest distance between the shares of entries up to a number, and those of the normal distribution.

    The width is that of Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990), which holds for every n: 2
    exp(-2 n d^2) = alpha. With 10,000 entries it is 0.033; a uniform distribution of the same spread lies 0.058 away.
    """
    y, n = np.sort(r.answer.ravel().astype(np.float64)), r.answer.size
    due = np.array([math.erfc(-(each - mean) / (sd * math.sqrt(2))) / 2 for each in y])
    apart = max(float(np.max(np.arange(1, n + 1) / n - due)), float(np.max(due - np.arange(n) / n)))
    return {"": Statistic(apart, 0.0, math.sqrt(math.log(2 / ALPHA) / (2 * n)))}


def _chi_square(seen: list[int], n: int) -> float:
    if not seen or min(seen) < 0 or max(seen) >= n:
        return math.nan
    counts, each = np.bincount(seen, minlength=n), len(seen) / n
    return float(((counts - each) ** 2 / each).sum())


@stated(calls=5)
def within(r: Sample, low: float = math.nan, high: float = math.nan) -> Statistics:
    """A number in a band, by the median of 5 calls. Without a band the key measures one (20 reference runs)."""
    return {
        "": Statistic(float(np.median([float(answer) for answer in r.answers])), (low + high) / 2, (high - low) / 2)
    }


@stated()
def always(r: Sample, value: Value) -> Statistics:
    """The answer is `value` in every call: numbers that chance does not touch."""
    wanted = np.asarray(value.numpy() if isinstance(value, Array) else value)
    right = [answer.shape == wanted.shape and bool((answer == wanted).all()) for answer in r.answers]
    return {"": Statistic(float(np.mean(right)), 1.0, 0.0)}


LAWS: Mapping[str, Statement] = {name: each for name, each in globals().items() if isinstance(each, Statement)}


def read(
    law: Law,
    question: Question,
    values: tuple[Value, ...],
    shape: tuple[int, ...] | None,
    gradients: tuple[Value, ...] = (),
) -> Statistics:
    """The statistics of a law on an answer, by name: `share_of_zeros`, `independent_zeros.along_rows`.

    An answer in which the law finds nothing to read, or of another shape than is due, gives NaN, which holds nowhere.
    """
    numbers = {name: number for name, number in law.numbers.items() if name not in ("of", "argument")}
    try:
        reading = reading_of(law, question, values, gradients)
        if any(answer.shape != shape for answer in reading.answers if shape is not None):
            raise ValueError("another shape")
        with np.errstate(all="ignore"):
            statistics = LAWS[law.name].read(reading, **numbers)
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError, KeyError):
        statistics = {"": Statistic(math.nan, math.nan, 0.0)}
    return {f"{law.name}.{name}" if name else law.name: statistic for name, statistic in statistics.items()}
