"""Simplify the formula before computing: the logarithm of a probability never needs the probability."""

import torch
from _shared import FEW_DIGITS, SOFTMAX, log_softmax_by_log1p, logsumexp, thousands_apart

from grader import EPSILONS, Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_softmax_concise",
    shares={"allowed_functions": 0.5},
    points=2,
    gradients=True,
    forbid=SOFTMAX,
    forbid_reason="Softmax and its logarithm are the exercise: build them from exp, log, sums and maxima.",
    needs=("logsumexp",),
    weights={"stability": 2},
)


@reference
def log_softmax(X, dim):
    Z = X - X.amax(dim, keepdim=True)
    return Z - Z.exp().sum(dim, keepdim=True).log()


@alternative
def built_on_logsumexp(X, dim):
    return X - logsumexp(X, dim, keepdim=True)


@alternative
def axis_moved_to_the_front(X, dim):
    Y = X.movedim(dim, 0)
    Y = Y - Y.max(0).values
    return (Y - Y.exp().sum(0).log()).movedim(0, dim)


@alternative
def log1p_of_the_others(X, dim):
    return log_softmax_by_log1p(X, dim)


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


@case(aspect="stability")
def an_unlikely_class(draw):
    """exp(-200) is 0 in float32 and exp(-900) in float64 too; -200 and -900 are ordinary numbers."""
    return draw.normal(3, 4) + draw.tensor([[200.0, 0.0, 0.0, 0.0], [0.0, 900.0, 0.0, 0.0], [0.0, 0.0, 0.0, -900.0]]), 1


@case(aspect="stability", ill_conditioned=FEW_DIGITS)
def a_large_column_beside_a_small_one(draw):
    return draw.normal(3, 2) + draw.tensor([[1000.0, -1000.0]]), 0


@case(aspect="stability")
def scores_thousands_apart(draw):
    return thousands_apart(draw), 1


@case(aspect="edge", gradients=False)
def classes_ruled_out(draw):
    scores = draw.normal(3, 5)
    scores[0, 1], scores[2, 1:] = -torch.inf, -torch.inf
    return scores, 1


@case(aspect="edge", gradients=False)
def one_class(draw):
    return draw.normal(3, 1), 1


@case(aspect="edge", dtypes=("bfloat16", "float16"), gradients=False)
def half_precision(draw):
    return draw.normal(4, 3), 0


@domain(outside={"0 axes": "there is no dim", "size 0 along dim": "there is no largest score"})
def any_axis(draw):
    X = draw.any(axes=(1, 4), without="+inf")
    dim = draw.axis(X, least=1)
    draw.value_only(X.isneginf().any())
    return draw.laid_out(X.masked_fill(X.isneginf().all(dim, keepdim=True), 0)), dim


@batch
def more_rows(draw, n):
    return draw.normal(n, 3), 1


@batch
def many_columns(draw, n):
    return draw.normal(3, n), 0


@misconception(
    "A small probability underflows to 0 before you take its logarithm, and log 0 is -inf. The logarithm of the "
    "fraction can be simplified on paper, so that no probability is computed.",
    "log(exp(z) / S) is z - log S: with Z = X - X.amax(dim, keepdim=True), return Z - Z.exp().sum(dim, "
    "keepdim=True).log().",
)
def logarithm_of_softmax(X, dim):
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return (weights / weights.sum(dim, keepdim=True)).log()


@misconception(
    "With an epsilon inside the logarithm nothing can be less likely than the epsilon: 1e-12 cuts off at -27.6. "
    "The logarithm of the fraction can be simplified on paper, so that no probability is needed.",
    "With Z = X - X.amax(dim, keepdim=True), return Z - Z.exp().sum(dim, keepdim=True).log().",
    chance="the epsilon shows only where probabilities happen to be tiny",
    also=EPSILONS,
)
def epsilon_inside_the_logarithm(X, dim, *, eps=1e-12):
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return (weights / weights.sum(dim, keepdim=True) + eps).log()


@misconception(
    "Clamping the probabilities before the logarithm makes all unlikely classes equally likely: at 1e-12 the logarithm "
    "stops at -27.6, and its gradient is 0. It can be simplified on paper, so that no probability is needed.",
    "With Z = X - X.amax(dim, keepdim=True), return Z - Z.exp().sum(dim, keepdim=True).log().",
    keeps="right as long as no probability is smaller than the bound",
    also=EPSILONS,
)
def probability_clamped(X, dim, *, least=1e-12):
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return (weights / weights.sum(dim, keepdim=True)).clamp(min=least).log()


@misconception(
    "exp of a large score is infinite, and where all scores of a slice are very negative their sum is 0, whose "
    "logarithm is -inf. A common shift of all scores of a slice changes no probability.",
    "Subtract the maximum along dim first, from all scores: Z = X - X.amax(dim, keepdim=True), and use Z alone "
    "from there on.",
    chance="with one class the sum of one exponential may round to the score",
)
def overflowing(X, dim):
    return X - X.exp().sum(dim, keepdim=True).log()


@misconception(
    "Two scales are mixed: the maximum is subtracted from the scores, but not inside the sum of exponentials, so "
    "every answer is off by the maximum.",
    "Compute Z = X - X.amax(dim, keepdim=True) once, and use Z alone from there on.",
)
def shifted_and_unshifted(X, dim):
    Z = X - X.amax(dim, keepdim=True)
    return Z - X.exp().sum(dim, keepdim=True).log()


@misconception(
    "One maximum is subtracted from all scores, so in a slice far below it every exponential underflows to 0, "
    "and the logarithm of their sum is -inf.",
    "Give each slice along dim its own maximum: X.amax(dim, keepdim=True).",
    chance="with one class a score may happen to be the largest by little",
)
def one_maximum_for_all(X, dim):
    Z = X - X.max()
    return Z - Z.exp().sum(dim, keepdim=True).log()


@misconception(
    "The sum has lost its axis, so broadcasting subtracts its logarithm along the wrong axis: sizes that do not "
    "fit raise an error, and a square matrix is silently wrong.",
    "Keep the axis of the sum: Z.exp().sum(dim, keepdim=True).log().",
)
def sum_without_keepdim(X, dim):
    Z = X - X.amax(dim, keepdim=True)
    return Z - Z.exp().sum(dim).log()


@misconception(
    "You always work along axis 1, whatever dim says. Matrices that are asked along axis 1 hide it.",
    "Pass dim on, to the maximum and to the sum: amax(dim, keepdim=True), sum(dim, keepdim=True).",
    keeps="right for matrices asked along axis 1",
)
def always_axis_one(X, dim):
    return log_softmax(X, 1)


@misconception(
    "You always work along the last axis, whatever dim says. Inputs that are asked along their last axis hide it.",
    "Pass dim on, to the maximum and to the sum: amax(dim, keepdim=True), sum(dim, keepdim=True).",
)
def always_the_last_axis(X, dim):
    return log_softmax(X, -1)


@misconception(
    "You return the probabilities. Their logarithms are asked for.",
    "Leave out the exp at the end: the answer is Z - Z.exp().sum(dim, keepdim=True).log().",
)
def probabilities(X, dim):
    return log_softmax(X, dim).exp()


@misconception(
    "Subtracting the maximum shifts the scores but normalises nothing: the exponentials of your answer do not "
    "sum to one.",
    "Subtract the logarithm of the sum as well: Z - Z.exp().sum(dim, keepdim=True).log().",
)
def not_normalised(X, dim):
    return X - X.amax(dim, keepdim=True)


@first_attempt("logarithm_of_softmax", "overflowing")
def the_formula_as_it_stands(X, dim):
    return (X.exp() / X.exp().sum(dim, keepdim=True)).log()


@first_attempt("overflowing", "always_axis_one")
def rows_minus_their_logarithm(X, dim):
    return X - X.exp().sum(1, keepdim=True).log()
