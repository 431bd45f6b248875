"""A row of zeros: the value is easily right and the gradient NaN, unless the root never sees the zero."""

import torch
from _shared import NORMS, axis_norm

from grader import Exercise, alternative, arguments, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_linear-algebra",
    gradients=("X",),
    forbid=NORMS,
    forbid_reason="A norm is the exercise: build it from abs, powers, sums and roots.",
    needs=("axis_norm",),
    weights={"gradient": 1},
)


@reference
def normalize_rows(X, eps=1e-12):
    squares = (X * X).sum(1, keepdim=True)
    return X / squares.clamp(min=eps**2).sqrt()


@alternative
def two_wheres(X, eps=1e-12):
    s = (X * X).sum(1, keepdim=True)
    ok = s > 0
    n = torch.where(ok, s, torch.ones_like(s)).sqrt()
    n = torch.where(ok, n, torch.zeros_like(n)).clamp(min=eps)
    return X / n


@alternative
def zero_rows_on_their_own(X, eps=1e-12):
    s = torch.einsum("nd,nd->n", X, X)
    zero = s == 0
    n = torch.where(zero, torch.full_like(s, 1.0), s).sqrt()
    n = torch.maximum(n, torch.full_like(n, eps))
    return torch.where(zero[:, None], X / eps, X / n[:, None])


@alternative
def zero_rows_filled_with_ones(X, eps=1e-12):
    zero = (X == 0).all(1, keepdim=True)
    n = axis_norm(X.masked_fill(zero, 1), 1, keepdim=True).clamp(min=eps)
    return X / n.masked_fill(zero, eps)


@alternative
def reciprocal_root(X, eps=1e-12):
    return X * X.square().sum(1, keepdim=True).clamp(min=eps * eps).rsqrt()


@case
def a_wide_matrix(draw):
    return draw.normal(5, 3).T


@case
def a_square_matrix(draw):
    """Norms of shape (n,) fit a square matrix in silence, and divide its columns."""
    return draw.normal(4, 4)


@case
def a_long_row_beside_a_short_one(draw):
    return draw.normal(2, 3) * draw.tensor([[1000.0], [1.0]])


@case(aspect="stability")
def short_rows(draw):
    """An epsilon that is added would show."""
    return 1e-5 * (1 + draw.uniform(2, 3))


@case(aspect="stability", dtypes=("float64",))
def rows_far_shorter_than_the_usual_eps(draw):
    """And longer than the eps that is given: a bound of one's own would show."""
    return arguments(1e-15 * (1 + draw.uniform(3, 4)), eps=1e-18)


@case(aspect="edge", weight=3)
def zero_rows(draw):
    return draw.full(2, 3, value=0.0)


@case(aspect="edge", weight=3)
def a_zero_row_and_a_row_shorter_than_eps(draw):
    """Up to eps, Y is X / eps, and that is what is differentiated."""
    X = draw.uniform(3, 4, low=1, high=2) * draw.tensor([[1.0], [0.0], [0.01]])
    return arguments(X, eps=0.25)


@case(aspect="edge", gradients=False)
def one_column(draw):
    """Nothing is left but signs, and multiples of eps."""
    return draw.tensor([[3.0], [-5.0], [0.125]]), 0.5


@case(aspect="edge", gradients=False)
def no_rows(draw):
    return draw.normal(0, 3)


@case(aspect="edge", dtypes=("bfloat16",))
def half_precision(draw):
    return draw.uniform(3, 4, low=1, high=2) * draw.tensor([[1.0], [4.0], [16.0]])


@domain(
    dtypes=("float64", "float32", "bfloat16"),
    outside={
        "float16": "the square of the default eps underflows",
        "huge, tiny, inf": "squares neither over- nor underflow",
    },
)
def any_rows(draw):
    eps = draw.pick(draw.left_out, 1e-12, 1e-3, draw.uniform(low=0.1, high=2).item())
    return draw.any(axes=(2, 2), without="inf tiny huge"), eps


@batch
def many_rows(draw, n):
    return draw.normal(n, 3)


@misconception(
    "The norms have shape (n,) and are aligned with the columns of X. Where the sizes differ that is an error, and "
    "on a square matrix they divide the columns in silence.",
    "Keep the axis as size 1: .sum(1, keepdim=True).",
)
def without_keepdim(X, eps=1e-12):
    return X / X.square().sum(1).clamp(min=eps**2).sqrt()


@misconception(
    "The whole matrix shares one norm. Each row has a length of its own.",
    "Sum along axis 1 only: .sum(1, keepdim=True).",
)
def one_norm_for_all(X, eps=1e-12):
    return X / X.square().sum().clamp(min=eps**2).sqrt()


@misconception(
    "You scale the columns to length one. The task asks for the rows.",
    "Sum along axis 1, over the entries of a row: .sum(1, keepdim=True).",
)
def columns_scaled(X, eps=1e-12):
    return X / X.square().sum(0).clamp(min=eps**2).sqrt()


@misconception(
    "The square root has an infinite slope at 0, and in the backward pass infinity times 0 is NaN: so the gradient "
    "of a zero row is NaN.",
    "Do not let the square root see a zero: clamp the sum of squares at eps ** 2 before it, .clamp(min=eps**2).sqrt().",
    keeps="right but for the gradient at zero",
)
def root_of_zero(X, eps=1e-12):
    return X / X.square().sum(1, keepdim=True).sqrt().clamp(min=eps)


@misconception(
    "The divisor is the norm alone, so a zero row is 0 / 0, which is NaN, and a very short row becomes too long.",
    "Divide by max(norm, eps). Bound the sum of squares before the root: .clamp(min=eps**2).sqrt().",
)
def eps_ignored(X, eps=1e-12):
    return X / X.square().sum(1, keepdim=True).sqrt()


@misconception(
    "clamp(max=eps) gives the smaller of norm and eps. Ordinary rows are then divided by eps, and a zero row by 0.",
    "eps is a lower bound: .clamp(min=…). Bound the sum of squares before the root: .clamp(min=eps**2).sqrt().",
)
def clamped_from_above(X, eps=1e-12):
    return X / X.square().sum(1, keepdim=True).sqrt().clamp(max=eps)


@misconception(
    "Python's max asks whether a tensor is larger than a number, and wants one yes or no. For several norms there "
    "are several.",
    "Let torch compare entry by entry: .clamp(min=…). Bound the sum of squares before the root: "
    ".clamp(min=eps**2).sqrt().",
)
def max_of_python(X, eps=1e-12):
    return X / max(X.square().sum(1, keepdim=True).sqrt(), eps)


@misconception(
    "eps is added to every norm, which moves every answer a little. It is to be a lower bound only.",
    "Divide by max(norm, eps): clamp the sum of squares at eps ** 2 before the root.",
)
def eps_added_to_the_norm(X, eps=1e-12):
    squares = X.square().sum(1, keepdim=True)
    zero = squares == 0
    return X / (squares.masked_fill(zero, 1).sqrt().masked_fill(zero, 0) + eps)


@misconception(
    "eps is added under the root, which moves every answer, and a zero row is divided by the root of eps instead of"
    " eps.",
    "eps is a lower bound of the norm: clamp the sum of squares at eps ** 2 before the root.",
)
def eps_added_under_the_root(X, eps=1e-12):
    return X / (X.square().sum(1, keepdim=True) + eps).sqrt()


@misconception(
    "eps bounds the norm, and you compare it with the square of the norm.",
    "Clamp the sum of squares at eps ** 2.",
)
def eps_not_squared(X, eps=1e-12):
    return X / X.square().sum(1, keepdim=True).clamp(min=eps).sqrt()


@misconception(
    "You always use 1e-12, whatever eps says.",
    "Use the argument eps.",
)
def default_eps_only(X, eps=1e-12):
    return normalize_rows(X)


@misconception(
    "A zero row is replaced by a constant zero, which has gradient 0. Below eps the answer is X[i] / eps, and its "
    "gradient is not 0.",
    "Let the gradient flow through the division: divide a zero row by eps as well.",
    keeps="right but for the gradient at zero",
)
def zero_rows_cut_off(X, eps=1e-12):
    zero = (X == 0).all(1, keepdim=True)
    return torch.where(zero, torch.zeros_like(X), normalize_rows(X.masked_fill(zero, 1), eps))


@misconception(
    "The norm is detached. It depends on X as well, so the gradient lacks a term.",
    "Leave the norm in the graph: no detach(), no torch.no_grad().",
)
def norm_detached(X, eps=1e-12):
    return X / X.square().sum(1, keepdim=True).clamp(min=eps**2).sqrt().detach()


@misconception(
    "You divide by the square of the norm, so rows do not get length one.",
    "Take the root of the sum of squares before you divide.",
)
def root_missing(X, eps=1e-12):
    return X / X.square().sum(1, keepdim=True).clamp(min=eps**2)


@misconception(
    "You divide by the sum of magnitudes, so the rows get the 1-norm one. The task asks for Euclidean length one.",
    "Divide by the root of the sum of squares.",
)
def sum_of_magnitudes(X, eps=1e-12):
    return X / X.abs().sum(1, keepdim=True).clamp(min=eps)


@misconception(
    "You also subtract the mean of each row. That changes its direction.",
    "Divide by the norm, and do nothing else.",
)
def centred(X, eps=1e-12):
    return normalize_rows(X - X.mean(1, keepdim=True), eps)


@misconception(
    "/= writes into X, which is the caller's matrix, and autograd may need the numbers that are overwritten.",
    "Return a new tensor: X / norms.",
)
def in_place(X, eps=1e-12):
    X /= X.square().sum(1, keepdim=True).clamp(min=eps**2).sqrt()
    return X


@misconception(
    "The result is always float32, whatever the dtype of X is. This rounds float64 numbers.",
    "Leave the dtype to the division: no float(), and no new tensor without dtype=X.dtype.",
)
def forced_to_float32(X, eps=1e-12):
    return normalize_rows(X.float(), eps)


@misconception(
    "Python goes from row to row, so the number of operations grows with the number of rows. One sum along axis 1 "
    "and one division do all of them.",
    "Write X / X.square().sum(1, keepdim=True).clamp(min=eps**2).sqrt(), without a loop.",
    keeps="every number is right",
)
def one_row_at_a_time(X, eps=1e-12):
    return torch.cat([normalize_rows(x, eps) for x in X.split(1)])


@first_attempt("without_keepdim", "eps_ignored")
def rows_by_a_flat_norm(X, eps=1e-12):
    return X / (X**2).sum(1).sqrt()


@first_attempt("eps_added_to_the_norm", "root_of_zero")
def rows_by_root_and_eps(X, eps=1e-12):
    return X / ((X * X).sum(1, keepdim=True).sqrt() + eps)
