"""Divide by the largest magnitude first: powers of numbers up to one neither overflow nor all vanish."""

import math

import torch
from _shared import NORMS

from grader import Exercise, alternative, case, misconception, reference

exercise = Exercise(points=2, forbid=NORMS, weights={"stability": 2})


@reference
def lp_norm(x, p):
    a = x.abs().flatten()
    largest = a.max() if len(a) else a.sum()
    if p == math.inf or largest == 0:
        return largest
    return largest * ((a / largest) ** p).sum() ** (1 / p)


@alternative
def scaled_by_one_where_all_is_zero(x, p):
    a = x.abs().flatten()
    if a.numel() == 0:
        return x.new_zeros(())
    if p == math.inf:
        return a.amax()
    m = a.amax()
    s = torch.where(m > 0, m, torch.ones_like(m))
    return s * (a / s).pow(p).sum().pow(1.0 / p)


@alternative
def smallest_normal_number_for_zero(x, p):
    """p = inf needs no case of its own: only the largest survives, and count ** 0 = 1."""
    if x.numel() == 0:
        return x.sum()
    m = x.abs().max().clamp(min=torch.finfo(x.dtype).tiny)
    return m * (x / m).abs().pow(p).sum().pow(1 / p)


@alternative
def scaled_by_a_power_of_two(x, p):
    a = torch.cat([x.abs().reshape(-1), x.new_zeros(1)])
    if p == math.inf or not a.any():
        return a.amax()
    exponent = torch.frexp(a.amax()).exponent
    return torch.ldexp(torch.ldexp(a, -exponent).pow(p).sum().pow(1 / p), exponent)


@case
def sum_of_magnitudes(draw):
    return draw.every_second(draw.normal(6)), 1.0


@case
def length_of_a_matrix(draw):
    """All entries count, as one long vector."""
    return draw.normal(3, 4), 2.0


@case
def odd_power_of_negative_entries(draw):
    return -draw.uniform(5, low=1, high=3), 3.0


@case
def fractional_power(draw):
    return draw.normal(2, 2, 2), 1.5


@case
def power_below_one(draw):
    return draw.normal(5), 0.5


@case
def largest_magnitude_is_negative(draw):
    x = draw.normal(5)
    x[3] = -5 - x[3].abs()
    return x, math.inf


@case(aspect="stability")
def squares_overflow_in_float32(draw):
    return 1e30 * (2 + draw.normal(4)), 2


@case(aspect="stability")
def squares_vanish_in_float32(draw):
    return 1e-30 * (2 + draw.normal(4)), 2


@case(aspect="stability", dtypes=("float64",))
def no_dtype_is_wide_enough(draw):
    return 1e200 * (2 + draw.normal(4)), 2.0


@case(aspect="stability")
def a_high_power(draw):
    return draw.uniform(6, low=3, high=4) * draw.tensor([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]), 600.0


@case(aspect="edge")
def all_zero(draw):
    return draw.full(4, value=0.0), 2.0


@case(aspect="edge")
def no_entries(draw):
    return draw.normal(0), 2.0


@case(aspect="edge")
def a_single_entry(draw):
    return draw.uniform(1, low=-3, high=-2), 1.5


@case(aspect="stability", dtypes=("float16", "bfloat16"))
def half_precision(draw):
    """In float16 not even 300 squared is a number."""
    return 300 * (2 + draw.uniform(2, 3)), 2.0
