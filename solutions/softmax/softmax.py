"""A common shift changes nothing, so subtract the maximum of each slice and no score can overflow."""

import torch
from _shared import FEW_DIGITS, SOFTMAX, one_calm, thousands_apart

from grader import (
    EPSILONS,
    Exercise,
    alternative,
    batch,
    case,
    domain,
    first_attempt,
    misconception,
    picture,
    reference,
)

exercise = Exercise(
    book="sec_softmax_scratch",
    shares={"allowed_functions": 0.5},
    points=1,
    gradients=True,
    forbid=SOFTMAX,
    forbid_reason="Softmax and its logarithm are the exercise: build them from exp, log, sums and maxima.",
    weights={"stability": 3},
)


@reference
def softmax(X, dim):
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return weights / weights.sum(dim, keepdim=True)


@alternative
def logarithm_of_the_normaliser(X, dim):
    Z = X - X.max(dim, keepdim=True).values
    return (Z - Z.exp().sum(dim, keepdim=True).log()).exp()


@alternative
def scores_minus_their_logsumexp(X, dim):
    """Loses digits on a row far from zero, and is right nevertheless."""
    top = X.amax(dim, keepdim=True)
    return (X - (top + (X - top).exp().sum(dim, keepdim=True).log())).exp()


@alternative
def axis_moved_to_the_front(X, dim):
    Z = X.movedim(dim, 0)
    weights = (Z - Z.max(0).values).exp()
    return (weights / weights.sum(0)).movedim(0, dim)


@case
def everyday_scores(draw):
    return draw.normal(4, 3), 1


@case
def as_many_rows_as_columns(draw):
    """Sums of shape (n,) fit a square matrix in silence, along the wrong axis."""
    return draw.normal(6, 6), -1


@case
def down_the_columns_of_a_transposed_matrix(draw):
    return draw.normal(4, 5).T, 0


@case
def the_middle_of_three_axes(draw):
    return draw.normal(2, 3, 4), -2


@case(aspect="edge")
def a_single_vector(draw):
    return draw.normal(5), 0


@case(aspect="stability", ill_conditioned=FEW_DIGITS)
def a_large_row_beside_a_small_one(draw):
    """A shift by one maximum for all saves the first row and loses the second."""
    return draw.normal(2, 4) + draw.tensor([[1000.0], [-1000.0]]), 1


@case(aspect="stability", gradients=False)
def scores_thousands_apart(draw):
    """Only the maximum is a safe shift; the mean is not. The gradient vanishes."""
    return thousands_apart(draw).T, 0


@case(aspect="edge")
def classes_ruled_out(draw):
    scores = draw.normal(5, 3)
    scores[1, 0], scores[1:, 2] = -torch.inf, -torch.inf
    return scores, 0


@case(aspect="edge", gradients=False)
def one_class(draw):
    return draw.normal(3, 1), 1


@case(aspect="edge", dtypes=("bfloat16", "float16"), gradients=False)
def half_precision(draw):
    return 3 * draw.normal(3, 4), 0


@domain(outside={"0 axes": "there is no dim", "size 0 along dim": "there is no largest score"})
def any_axis(draw):
    X = draw.any(axes=(1, 4), without="+inf")
    dim = draw.axis(X, least=1)
    return one_calm(draw, X.masked_fill(X.isneginf().all(dim, keepdim=True), 0), dim), dim


@batch
def more_rows(draw, n):
    return draw.normal(n, 3), 1


@batch
def many_columns(draw, n):
    return draw.normal(3, n), 0


@picture("bars", x="class", y="probability")
def under_three_temperatures(draw):
    """A low temperature sharpens a softmax, a high one flattens it; the order of the classes stays."""
    scores = torch.tensor([[2.0, 1.0, 0.5, -1.0, 0.0]])
    return range(5), {f"scores / {t}": (scores / t, 1) for t in (0.5, 1, 4)}


@misconception(
    "exp of a large score is infinite, and where all scores of a slice are very negative all its exponentials "
    "are 0: inf / inf and 0 / 0 are NaN. Adding one number to all scores of a slice changes no probability, so "
    "you are free to choose a harmless shift.",
    "Subtract the maximum along dim first: exp(X - X.amax(dim, keepdim=True)).",
)
def overflowing(X, dim):
    return X.exp() / X.exp().sum(dim, keepdim=True)


@misconception(
    "One maximum is subtracted from all scores, so in a slice far below it every exponential underflows to 0, "
    "and 0 / 0 is NaN. Slices do not share their probabilities, and need not share a shift.",
    "Give each slice along dim its own maximum: X.amax(dim, keepdim=True).",
    keeps="right as long as slices are not hundreds apart",
)
def one_maximum_for_all(X, dim):
    weights = (X - X.max()).exp()
    return weights / weights.sum(dim, keepdim=True)


@misconception(
    "The mean is not a safe shift: a score hundreds above the mean still overflows. A shift is safe if no "
    "shifted score is positive.",
    "Subtract the maximum, X.amax(dim, keepdim=True), instead of the mean.",
    keeps="right until a score lies hundreds above the mean",
)
def shifted_by_the_mean(X, dim):
    weights = (X - X.mean(dim, keepdim=True)).exp()
    return weights / weights.sum(dim, keepdim=True)


@misconception(
    "Clamping the scores makes all large ones equal, and so their probabilities. Scores of 1000 and 2000 are not "
    "alike.",
    "Do not clamp. Subtract the maximum along dim, which loses nothing: X - X.amax(dim, keepdim=True).",
    also=(10, 20, 30, 80, 88, 100, 500),
)
def cut_off(X, dim, *, bound=50):
    weights = X.clamp(-bound, bound).exp()
    return weights / weights.sum(dim, keepdim=True)


@misconception(
    "The sum has lost its axis, so broadcasting divides along the wrong axis: sizes that do not fit raise an "
    "error, and a square matrix is silently wrong.",
    "Keep the axis of the sum: weights.sum(dim, keepdim=True).",
)
def sum_without_keepdim(X, dim):
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return weights / weights.sum(dim)


@misconception(
    "You always work along axis 1, whatever dim says. Matrices that are asked along axis 1 hide it.",
    "Pass dim on, to the maximum and to the sum: amax(dim, keepdim=True), sum(dim, keepdim=True).",
)
def always_axis_one(X, dim):
    weights = (X - X.amax(1, keepdim=True)).exp()
    return weights / weights.sum(1, keepdim=True)


@misconception(
    "You always work along the last axis, whatever dim says. Inputs that are asked along their last axis hide it.",
    "Pass dim on, to the maximum and to the sum: amax(dim, keepdim=True), sum(dim, keepdim=True).",
)
def always_the_last_axis(X, dim):
    weights = (X - X.amax(-1, keepdim=True)).exp()
    return weights / weights.sum(-1, keepdim=True)


@misconception(
    "All entries of X together sum to one, but each slice along dim is a distribution of its own and should sum "
    "to one by itself.",
    "Sum along dim only: weights.sum(dim, keepdim=True).",
)
def one_distribution(X, dim):
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return weights / weights.sum()


@misconception(
    "The epsilon in the denominator makes every probability a little too small, so they no longer sum to one. "
    "Nothing can go wrong without it: once the maximum is subtracted, the sum is at least one.",
    "Divide by the sum alone: weights / weights.sum(dim, keepdim=True).",
    also=EPSILONS,
)
def epsilon_in_the_denominator(X, dim, *, eps=1e-8):
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return weights / (weights.sum(dim, keepdim=True) + eps)


@misconception(
    "These are the logarithms of the probabilities. The stub asks for the probabilities themselves.",
    "Divide exponentials by their sum, and take no logarithm: weights / weights.sum(dim, keepdim=True).",
)
def logarithms(X, dim):
    Z = X - X.amax(dim, keepdim=True)
    return Z - Z.exp().sum(dim, keepdim=True).log()


@misconception(
    "You write into the caller's scores, which the caller still needs; where they require a gradient it is even "
    "an error.",
    "Make a new tensor: Z = X - X.amax(dim, keepdim=True), not X -= …",
    keeps="the probabilities are right; it is the caller's scores that suffer",
)
def changes_the_scores(X, dim):
    X -= X.amax(dim, keepdim=True)
    return X.exp() / X.exp().sum(dim, keepdim=True)


@first_attempt("overflowing", "always_axis_one")
def as_in_the_book(X, dim):
    """Its softmax knows matrices only, with one example in each row."""
    weights = torch.exp(X)
    return weights / weights.sum(1, keepdim=True)
