"""The Jacobian is a diagonal minus an outer product, so its product with a vector needs no matrix."""

import torch
from _shared import AUTOGRAD, one_calm

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_softmax",
    points=3,
    forbid=(*AUTOGRAD, "_softmax_backward_data"),
    forbid_reason="The product is the exercise: derive it on paper, and compute it without autograd.",
)


@reference
def softmax_vjp(s, g, dim):
    return s * (g - (g * s).sum(dim, keepdim=True))


@alternative
def product_minus_share_of_the_total(s, g, dim):
    product = s * g
    return product - s * product.sum(dim, keepdim=True)


@alternative
def the_whole_jacobian(s, g, dim):
    S, U = s.movedim(dim, -1), g.movedim(dim, -1)
    J = torch.diag_embed(S) - S.unsqueeze(-1) * S.unsqueeze(-2)
    return (J @ U.unsqueeze(-1)).squeeze(-1).movedim(-1, dim)


@alternative
def inner_products_by_einsum(s, g, dim):
    S, U = s.movedim(dim, 0), g.movedim(dim, 0)
    return (S * (U - torch.einsum("i...,i...->...", S, U))).movedim(0, dim)


@case
def everyday_gradient(draw):
    return draw.normal(4, 3).softmax(1), draw.normal(4, 3), 1


@case
def as_many_rows_as_columns(draw):
    """Sums of shape (n,) fit a square matrix in silence, along the wrong axis."""
    return draw.normal(5, 5).softmax(1), draw.normal(5, 5), -1


@case
def down_the_columns_of_transposed_matrices(draw):
    return draw.normal(4, 5).softmax(1).T, draw.normal(4, 5).T, 0


@case
def the_middle_of_three_axes(draw):
    return draw.normal(2, 3, 4).softmax(1), draw.every_second(draw.normal(2, 3, 4)), -2


@case
def the_second_of_four_axes(draw):
    """Exchanged with the last axis it must be exchanged back, and not moved there."""
    return draw.normal(2, 3, 4, 4).softmax(1), draw.normal(2, 3, 4, 4), -3


@case(aspect="edge")
def a_single_vector(draw):
    return draw.normal(6).softmax(0), draw.normal(6), 0


@case(aspect="edge")
def a_sure_prediction(draw):
    """Where softmax is one-hot it is flat, and nothing flows back; the doubtful rows below still learn."""
    doubtful = draw.normal(3, 3).softmax(1)
    return torch.cat([torch.eye(3, dtype=torch.float64), doubtful]), draw.normal(6, 3), 1


@case(aspect="edge")
def one_class(draw):
    return draw.full(3, 1, value=1.0), draw.normal(3, 1), 1


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return draw.normal(4, 3).softmax(0), draw.normal(4, 3), 0


@domain(outside={"0 axes": "there is no dim", "inf": "inf times 0 is not a number"})
def any_axis(draw):
    X = draw.any(axes=(1, 4), without="+inf huge")
    dim = draw.axis(X, least=1)
    s = one_calm(draw, X.masked_fill(X.isneginf().all(dim, keepdim=True), 0), dim).softmax(dim)
    return s, draw.like(X, without="inf huge tiny"), dim


@batch
def more_rows(draw, n):
    return draw.normal(n, 3).softmax(1), draw.normal(n, 3), 1


@batch
def many_columns(draw, n):
    return draw.normal(3, n).softmax(0), draw.normal(3, n), 0


@misconception(
    "s (1 - s) is only the diagonal of the Jacobian: how each probability depends on its own score. But every "
    "score changes all probabilities of its slice.",
    "Add the entries off the diagonal, -s[k] s[j]. Together they give s * (g - (g * s).sum(dim, keepdim=True)).",
)
def only_the_diagonal(s, g, dim):
    return s * (1 - s) * g


@misconception(
    "The sum has lost its axis, so broadcasting subtracts it from g along the wrong axis: sizes that do not fit "
    "raise an error, and a square matrix is silently wrong.",
    "Keep the axis of the sum: (g * s).sum(dim, keepdim=True).",
)
def sum_without_keepdim(s, g, dim):
    return s * (g - (g * s).sum(dim))


@misconception(
    "You treat softmax as if each score changed its own exponential only. Every score is in the denominator, "
    "too, and so lowers all the other probabilities.",
    "Subtract what the denominator does: s * (g - (g * s).sum(dim, keepdim=True)).",
)
def normaliser_forgotten(s, g, dim):
    return s * g


@misconception(
    "You sum over all entries, but slices along dim are distributions of their own, and do not know of each other.",
    "Sum along dim only: (g * s).sum(dim, keepdim=True).",
)
def sum_over_everything(s, g, dim):
    return s * (g - (g * s).sum())


@misconception(
    "You subtract the mean of g * s along dim. The chain rule sums over the outputs; it does not average.",
    "Take the sum: (g * s).sum(dim, keepdim=True).",
)
def mean_for_sum(s, g, dim):
    return s * (g - (g * s).mean(dim, keepdim=True))


@misconception(
    "Inside the sum each g[k] lacks its factor s[k], the probability of output k.",
    "Sum g * s along dim, not g alone: (g * s).sum(dim, keepdim=True).",
)
def sum_without_probabilities(s, g, dim):
    return s * (g - g.sum(dim, keepdim=True))


@misconception(
    "The factor s in front is missing. A score whose probability is small can change little.",
    "Multiply the difference by s, entry by entry: s * (g - (g * s).sum(dim, keepdim=True)).",
)
def factor_forgotten(s, g, dim):
    return g - (g * s).sum(dim, keepdim=True)


@misconception(
    "The sign of the second term is wrong: raising one score lowers the other probabilities.",
    "Subtract the sum: s * (g - (g * s).sum(dim, keepdim=True)).",
)
def sum_added(s, g, dim):
    return s * (g + (g * s).sum(dim, keepdim=True))


@misconception(
    "You always sum along the last axis, whatever dim says. Inputs that are asked along their last axis hide it.",
    "Pass dim on to the sum: sum(dim, keepdim=True).",
)
def always_the_last_axis(s, g, dim):
    return softmax_vjp(s, g, -1)


@misconception(
    "You always sum along axis 1, whatever dim says. Matrices that are asked along axis 1 hide it.",
    "Pass dim on to the sum: sum(dim, keepdim=True).",
)
def always_axis_one(s, g, dim):
    return softmax_vjp(s, g, 1)


@misconception(
    "s is already the output of softmax, and you apply softmax to it once more.",
    "Use s itself; no exp is needed.",
)
def softmax_again(s, g, dim):
    return softmax_vjp(s.softmax(dim), g, dim)


@first_attempt("always_the_last_axis", "sum_without_keepdim")
def along_the_last_axis_which_is_lost(s, g, dim):
    return s * (g - (g * s).sum(-1))
