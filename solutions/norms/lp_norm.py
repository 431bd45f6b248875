"""Divide by the largest magnitude first: powers of numbers up to one neither overflow nor all vanish."""

import math

import torch
from _shared import NORMS

from grader import Exercise, alternative, case, domain, first_attempt, misconception, picture, reference

exercise = Exercise(
    points=2,
    book="sec_linear-algebra",
    forbid=NORMS,
    forbid_reason="A norm is the exercise: build it from abs, powers, sums and roots.",
    weights={"stability": 2},
    equivalent={"largest <= 0": "a magnitude is never negative"},
)


@reference
def lp_norm(x, p):
    """p = inf needs no case of its own: 1 ** inf = 1, numbers below 1 vanish, and count ** 0 = 1."""
    a = x.abs()
    largest = a.max() if a.numel() else a.sum()
    if largest == 0:
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
    if x.numel() == 0:
        return x.sum()
    m = x.abs().max().clamp(min=torch.finfo(x.dtype).tiny)
    return m * (x / m).abs().pow(p).sum().pow(1 / p)


@alternative
def largest_taken_out_of_the_sum(x, p):
    a = x.abs().flatten().sort(descending=True).values
    if p == math.inf or not a.any():
        return a[:1].sum()
    return a[0] * (1 + (a[1:] / a[0]).pow(p).sum()).pow(1 / p)


@alternative
def by_logarithms(x, p):
    """Of the shares in the largest, for the logarithm of a number that is very large or very small costs digits."""
    a = x[x != 0].abs().double()
    if a.numel() == 0:
        return torch.zeros((), dtype=x.dtype, device=x.device)
    rest = 0.0 if p == math.inf else float(torch.logsumexp(p * (a / a.max()).log(), 0)) / p
    return (a.max() * math.exp(rest)).to(x.dtype)


@case
def sum_of_magnitudes(draw):
    return draw.every_second(draw.tensor([1, -1, 1, 1, -1, 1]) * draw.uniform(6, low=0.5, high=2)), 1.0


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


@case(aspect="stability", dtypes=("float32",))
def squares_overflow_in_float32(draw):
    return 1e30 * (2 + draw.normal(4)), 2


@case(aspect="stability", dtypes=("float32",))
def a_single_entry_whose_square_vanishes_in_float32(draw):
    return -1e-30 * draw.uniform(1, low=1, high=2), 2.0


@case(aspect="stability")
def a_power_that_overflows_in_every_dtype(draw):
    return draw.uniform(2, 3, low=4, high=5), 600.0


@case(aspect="stability", dtypes=("float64",), gradients=False)
def a_power_that_vanishes_in_every_dtype(draw):
    return draw.uniform(4, low=0.2, high=0.25), 600.0


@case(aspect="stability", dtypes=("float16", "bfloat16"))
def half_precision(draw):
    """In float16 not even 300 squared is a number."""
    return 300 * draw.uniform(2, 3, low=1, high=2), 2.0


@case(aspect="edge")
def all_zero(draw):
    return draw.full(4, value=0.0), 2.0


@case(aspect="edge")
def no_entries_to_be_the_largest(draw):
    return draw.normal(0), math.inf


@case(aspect="edge")
def no_entries(draw):
    return draw.normal(3, 0), 2.0


@domain(outside={"inf": "all entries are finite"})
def any_power(draw):
    p = draw.pick(1, 2, 2.0, 3, draw.number(0.3, 1, without="low"), draw.number(1, 4, without="low"), math.inf, 50.0)
    return draw.any(axes=(0, 4), without="inf"), p


@picture("curve", x="p", y="norm")
def from_the_sum_to_the_largest(draw):
    """As p grows, the norm falls from the sum of magnitudes to the largest of them."""
    ps = torch.linspace(1, 12, 45).tolist()
    return ps, {str(x): [(torch.tensor(x), p) for p in ps] for x in ([3.0, 2.0, 2.0], [3.0, 0.5, 0.5])}


@misconception(
    "With an odd p negative entries cancel positive ones, and fractional powers of negative numbers are NaN.",
    "Take magnitudes first: x.abs() ** p.",
)
def signs_kept(x, p):
    return scaled(x.flatten(), p) if p != math.inf else lp_norm(x, p)


@misconception(
    "The root is missing: the norm is the p-th root of the sum of the powers.",
    "Raise the sum to the power 1 / p: … ** (1 / p), with the parentheses.",
)
def root_missing(x, p):
    return lp_norm(x, p) ** (p if p != math.inf else 1)


@misconception(
    "Your answer is the sum of the powers, divided by p. Powers bind tighter than division, so s ** 1 / p means (s "
    "** 1) / p.",
    "Put the exponent in parentheses: s ** (1 / p).",
)
def root_without_parentheses(x, p):
    return lp_norm(x, p) ** p / p if p != math.inf else lp_norm(x, p)


@misconception(
    "You always take squares and their root, whatever p says.",
    "Use p for the power and 1 / p for the root.",
)
def always_euclidean(x, p):
    return lp_norm(x, 2)


@misconception(
    "|x|^p overflows to inf for large entries, and vanishes for tiny ones, long before the norm itself does.",
    "Divide by the largest magnitude first, and multiply the root by it: m * ((x.abs() / m) ** p).sum() ** (1 / p).",
)
def overflowing(x, p):
    a = x.abs()
    return (a**p).sum() ** (1 / p) if p != math.inf else lp_norm(x, p)


@misconception(
    "A wider dtype only moves the overflow. float64 has nothing wider, and a high power overflows there as well.",
    "Divide by the largest magnitude first, and multiply the root by it: m * ((x.abs() / m) ** p).sum() ** (1 / p).",
    keeps="right until even float64 overflows",
)
def computed_in_float64(x, p):
    a = x.abs().double()
    return ((a**p).sum() ** (1 / p)).to(x.dtype) if p != math.inf else lp_norm(x, p)


@misconception(
    "For p = inf the formula ends with the exponent 1 / p = 0, and any number to the power 0 is 1.",
    "Return the largest magnitude in that case: if p == math.inf: return x.abs().max().",
    keeps="right for every other p",
)
def infinity_by_the_formula(x, p):
    return (x.abs() ** p).sum() ** (1 / p) if p == math.inf else lp_norm(x, p)


@misconception(
    "For p = inf you take the largest entry, not the largest magnitude: of 3 and -5, -5 counts.",
    "Take abs() before max().",
    keeps="right for every other p",
)
def largest_entry(x, p):
    return x.max() if p == math.inf else lp_norm(x, p)


@misconception(
    "You divide by the largest magnitude. For a tensor of zeros that is 0 / 0, which is NaN.",
    "Return 0 if the largest magnitude is 0.",
    keeps="right but for zero",
)
def zero_over_zero(x, p):
    return scaled(x.abs().flatten(), p) if x.numel() and p != math.inf else lp_norm(x, p)


@misconception(
    "An empty tensor has no maximum, so max() raises an error. Its norm is the sum of nothing, 0.",
    "Ask first: if x.numel() == 0: return x.sum().",
    keeps="right but for nothing",
)
def nothing_has_a_maximum(x, p):
    largest = x.abs().max()
    return largest if p == math.inf or largest == 0 else scaled(x.abs().flatten(), p)


@misconception(
    "You have a norm for each row. The task asks for one number, in which all entries count.",
    "Sum over all entries: .sum() without an axis.",
)
def one_norm_per_row(x, p):
    return torch.stack([lp_norm(row, p) for row in x.unbind(-2)]) if x.dim() > 1 else lp_norm(x, p)


@misconception(
    "The mean divides by the number of entries, so the answer is too small.",
    "Sum the powers: replace mean by sum.",
)
def averaged(x, p):
    return lp_norm(x, p) / max(x.numel(), 1) ** (1 / p)


@first_attempt("overflowing", "infinity_by_the_formula")
def the_formula_of_the_task(x, p):
    return (x.abs() ** p).sum() ** (1 / p)


@first_attempt("overflowing", "nothing_has_a_maximum")
def the_formula_beside_the_largest(x, p):
    return x.abs().max() if p == math.inf else (x.abs() ** p).sum() ** (1 / p)


@first_attempt("signs_kept", "overflowing", "infinity_by_the_formula")
def the_formula_without_magnitudes(x, p):
    return torch.sum(x**p) ** (1 / p)


@first_attempt("computed_in_float64", "infinity_by_the_formula")
def the_formula_in_float64(x, p):
    return ((x.double().abs() ** p).sum() ** (1 / p)).to(x.dtype)


def scaled(a, p):
    largest = a.abs().max()
    return largest * ((a / largest) ** p).sum() ** (1 / p)
