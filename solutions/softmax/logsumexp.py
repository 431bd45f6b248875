"""The maximum, and a correction of at most log n: take it out, and put it back."""

import torch
from _shared import FEW_DIGITS, SOFTMAX, thousands_apart

from grader import (
    EPSILONS,
    Exercise,
    alternative,
    arguments,
    batch,
    case,
    domain,
    first_attempt,
    misconception,
    picture,
    reference,
)

exercise = Exercise(
    book="sec_softmax_concise",
    shares={"allowed_functions": 0.5},
    points=2,
    gradients=True,
    forbid=SOFTMAX,
    forbid_reason="Softmax and its logarithm are the exercise: build them from exp, log, sums and maxima.",
    weights={"stability": 2},
    equivalent={"top.isinf(), 1": "any finite shift will do", "top.isinf(), -1": "any finite shift will do"},
)


@reference
def logsumexp(X, dim, keepdim=False):
    top = X.amax(dim, keepdim=True)
    shift = top.masked_fill(top.isinf(), 0)
    total = (X - shift).exp().sum(dim, keepdim=True).log() + shift
    return total if keepdim else total.squeeze(dim)


@alternative
def one_axis_less_throughout(X, dim, keepdim=False):
    top, _ = X.max(dim)
    shift = torch.where(top > -torch.inf, top, torch.zeros_like(top)).detach()
    total = shift + (X - shift.unsqueeze(dim)).exp().sum(dim).log()
    return total.unsqueeze(dim) if keepdim else total


@alternative
def smallest_number_for_minus_infinity(X, dim, keepdim=False):
    shift = X.amax(dim, keepdim=True).clamp(min=torch.finfo(X.dtype).min)
    total = shift + (X - shift).exp().sum(dim, keepdim=True).log()
    return total if keepdim else total.select(dim, 0)


@alternative
def all_but_the_maximum_through_log1p(X, dim, keepdim=False):
    ordered = X.sort(dim, descending=True).values
    top, others = ordered.narrow(dim, 0, 1), ordered.narrow(dim, 1, X.shape[dim] - 1)
    ruled_out = top == -torch.inf
    gaps = others - top.masked_fill(ruled_out, 0)
    total = top + gaps.exp().sum(dim, keepdim=True).log1p()
    return total if keepdim else total.squeeze(dim)


@case
def everyday_scores(draw):
    return draw.normal(4, 3), 1


@case
def the_axis_kept(draw):
    return arguments(draw.normal(4, 3), 1, keepdim=True)


@case
def as_many_rows_as_columns(draw):
    return arguments(draw.normal(5, 5), dim=0, keepdim=True)


@case
def the_middle_of_three_axes(draw):
    return draw.normal(4, 3, 2).permute(2, 1, 0), -2, True


@case(aspect="stability", ill_conditioned=FEW_DIGITS)
def a_large_row_beside_a_small_one(draw):
    """A shift by one maximum for all saves the first row and loses the second."""
    return draw.normal(2, 4) + draw.tensor([[1000.0], [-1000.0]]), 1


@case(aspect="stability")
def scores_thousands_apart(draw):
    """Nothing but the maximum is left of each column."""
    return thousands_apart(draw).T, 0


@case(aspect="edge")
def some_scores_of_minus_infinity(draw):
    scores = draw.normal(3, 5)
    scores[0, 1], scores[2, 1:] = -torch.inf, -torch.inf
    return scores, 1, True


@case(aspect="edge", gradients=False)
def a_row_of_nothing_but_minus_infinity(draw):
    scores = draw.normal(3, 4)
    scores[1], scores[2, 0] = -torch.inf, -torch.inf
    return scores, 1


@case(aspect="edge")
def other_axes_of_size_one(draw):
    return draw.normal(3, 1, 4), -1


@case(aspect="edge", dtypes=("bfloat16", "float16"), gradients=False)
def half_precision(draw):
    return draw.normal(4, 3), 0, True


@domain(outside={"0 axes": "there is no dim"})
def any_axis(draw):
    X = draw.any(axes=(1, 4), without="+inf")
    if draw.pick(True, False, False, False):
        X = draw.laid_out(X.masked_fill(draw.mask(*X.shape), -torch.inf))
    dim = draw.axis(X, least=1)
    draw.value_only(X.isneginf().all(dim).any())
    return X, dim, draw.flag()


@batch
def more_rows(draw, n):
    return draw.normal(n, 3), 1


@batch
def many_columns(draw, n):
    return draw.normal(3, n), 0


@picture("curve", x="z", y="log(exp z + exp 0)")
def a_soft_maximum(draw):
    """Log-sum-exp of z and 0 is max(z, 0) without the kink, also where exp(z) overflows."""
    z = torch.linspace(-120, 120, 97)
    return z, (torch.stack([z, torch.zeros_like(z)], 1), 1)


@misconception(
    "exp of a large score is infinite, and where all scores of a slice are very negative their sum is 0, whose "
    "logarithm is -inf. A factor can be taken out of the sum before it overflows: log(c S) is log c + log S.",
    "Take the maximum m along dim out: m + (X - m).exp().sum(dim).log(), with the axes of m in the right place.",
)
def overflowing(X, dim, keepdim=False):
    return X.exp().sum(dim, keepdim=keepdim).log()


@misconception(
    "You subtract the maximum m and never put it back. exp(x - m) is exp(x) / exp(m), so your logarithm is too "
    "small by exactly m.",
    "Add the maximum in the end: (X - m).exp().sum(dim, keepdim=True).log() + m.",
)
def maximum_not_put_back(X, dim, keepdim=False):
    top = X.amax(dim, keepdim=True)
    shift = top.masked_fill(top.isinf(), 0)
    return (X - shift).exp().sum(dim, keepdim=keepdim).log()


@misconception(
    "Where all scores of a slice are -inf, so is their maximum, and -inf - (-inf) is NaN.",
    "Shift by 0 where the maximum is not finite: m = m.masked_fill(m.isinf(), 0).",
    keeps="right but for a slice of nothing but -inf",
)
def infinity_minus_infinity(X, dim, keepdim=False):
    top = X.amax(dim, keepdim=True)
    total = (X - top).exp().sum(dim, keepdim=True).log() + top
    return total if keepdim else total.squeeze(dim)


@misconception(
    "One maximum is subtracted from all scores, so in a slice far below it every exponential underflows to 0, "
    "and the logarithm of 0 is -inf.",
    "Give each slice along dim its own maximum: X.amax(dim, keepdim=True).",
    keeps="right as long as slices are not hundreds apart",
)
def one_maximum_for_all(X, dim, keepdim=False):
    shift = X.max()
    return (X - shift).exp().sum(dim, keepdim=keepdim).log() + shift


@misconception(
    "The epsilon inside the logarithm changes every answer a little, and makes a finite number of log 0, which "
    "should be -inf.",
    "Leave the epsilon out. Where all scores are -inf the logarithm of 0 is the -inf that is wanted.",
    also=EPSILONS,
)
def epsilon_inside_the_logarithm(X, dim, keepdim=False, *, eps=1e-9):
    top = X.amax(dim, keepdim=True)
    shift = top.masked_fill(top.isinf(), 0)
    total = ((X - shift).exp().sum(dim, keepdim=True) + eps).log() + shift
    return total if keepdim else total.squeeze(dim)


@misconception(
    "squeeze() without an axis removes every axis of size 1, also those that belong to X and not to the sum.",
    "Say which axis: squeeze(dim).",
    keeps="right unless another axis has size 1",
)
def squeezes_every_axis(X, dim, keepdim=False):
    total = logsumexp(X, dim, keepdim=True)
    return total if keepdim else total.squeeze()


@misconception(
    "The axis is gone although keepdim=True asks for it.",
    "Remove the axis only if keepdim is false: total if keepdim else total.squeeze(dim).",
)
def never_keeps_the_axis(X, dim, keepdim=False):
    return logsumexp(X, dim)


@misconception(
    "The axis of size 1 is still there where keepdim is false.",
    "Unless keepdim is true, remove it in the end: total if keepdim else total.squeeze(dim).",
)
def always_keeps_the_axis(X, dim, keepdim=False):
    return logsumexp(X, dim, keepdim=True)


@misconception(
    "You always work along axis 1, whatever dim says. Matrices that are asked along axis 1 hide it.",
    "Pass dim on, to the maximum and to the sum: amax(dim, keepdim=True), sum(dim, keepdim=True).",
)
def always_axis_one(X, dim, keepdim=False):
    return logsumexp(X, 1, keepdim)


@misconception(
    "This is the maximum alone. The logarithm of the sum lies above it, by up to log n for n scores.",
    "Add the correction: m + (X - m).exp().sum(dim, keepdim=True).log().",
)
def maximum_only(X, dim, keepdim=False):
    return X.amax(dim, keepdim=keepdim)


@misconception(
    "The maximum has lost its axis, so broadcasting subtracts it along the wrong axis: sizes that do not fit "
    "raise an error, and other sizes are silently wrong.",
    "Keep the axis while you subtract, m = X.amax(dim, keepdim=True), and remove it from the answer in the end: "
    "squeeze(dim).",
)
def maximum_without_keepdim(X, dim, keepdim=False):
    top = X.amax(dim)
    return (X - top).exp().sum(dim, keepdim=keepdim).log() + top


@first_attempt("one_maximum_for_all", "maximum_not_put_back")
def shifted_once_and_for_all(X, dim, keepdim=False):
    return (X - X.max()).exp().sum(dim, keepdim=keepdim).log()
