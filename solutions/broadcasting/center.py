"""keepdim: an averaged axis that stays as size 1 lines up by itself; one that is gone lines up by accident."""

import torch
from _shared import NORMALISATIONS

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_ndarray",
    gradients=True,
    forbid=("cov", *NORMALISATIONS),
    forbid_reason="The centring is the exercise: subtract a mean that broadcasts.",
)


@reference
def center(X, dim):
    return X - X.mean(dim, keepdim=True)


@alternative
def axis_put_back(X, dim):
    return X - X.mean(dim).unsqueeze(dim)


@alternative
def axis_moved_to_the_end(X, dim):
    Y = X.transpose(dim, -1)
    return (Y - Y.mean(-1, keepdim=True)).transpose(dim, -1)


@alternative
def axis_moved_to_the_front(X, dim):
    Y = X.movedim(dim, 0)
    return (Y - Y.sum(0) / len(Y)).movedim(0, dim)


@alternative
def centring_matrix(X, dim):
    n = X.shape[dim]
    C = torch.eye(n, dtype=X.dtype, device=X.device) - 1 / n
    return (X.movedim(dim, -1) @ C).movedim(-1, dim)


@case
def columns_of_a_wide_matrix(draw):
    return draw.normal(3, 5), 0


@case
def rows_of_a_wide_matrix(draw):
    return draw.normal(3, 5), 1


@case
def rows_of_a_square_matrix(draw):
    """A mean that lost its axis has as many entries as there are columns: no error, wrong numbers."""
    return draw.normal(4, 4), 1


@case
def columns_of_a_square_matrix(draw):
    return draw.normal(4, 4), 0


@case
def the_middle_of_three_axes(draw):
    return draw.normal(2, 3, 4), -2


@case
def a_single_vector(draw):
    return draw.normal(5), 0


@case(aspect="edge")
def one_entry_along_the_axis(draw):
    return draw.normal(4, 1), 1


@case
def rows_at_different_heights(draw):
    return draw.normal(3, 6) + draw.tensor([[-50.0], [0.0], [50.0]]), -1


@case
def a_transposed_matrix(draw):
    return draw.normal(5, 3).T, 1


@domain(outside={"size 0": "the mean of nothing is not a number", "huge, inf": "sums overflow"})
def any_axis(draw):
    X = draw.any(axes=(1, 4), least=1, without="inf huge")
    return X, draw.axis(X)


@batch
def many_rows(draw, n):
    return draw.normal(n, 3), 1


@batch
def many_columns(draw, n):
    return draw.normal(3, n), 0


@misconception(
    "The mean has lost the axis dim, and what is left of it is aligned with X from the right. Unless dim is the first "
    "axis that is an error, or, where sizes agree as in a square matrix, a wrong mean is subtracted in silence.",
    "Keep the axis as size 1: X - X.mean(dim, keepdim=True).",
)
def missing_keepdim(X, dim):
    return X - X.mean(dim)


@misconception(
    "The mean's lost axis is put back at the end, which is its place only if it was the last one.",
    "Put it back where it was, .unsqueeze(dim), or keep it from the start with keepdim=True.",
)
def axis_put_back_at_the_end(X, dim):
    return X - X.mean(dim).unsqueeze(-1)


@misconception(
    "One mean of all entries is subtracted everywhere. Each slice along dim has a mean of its own.",
    "Average along dim only: X.mean(dim, keepdim=True).",
)
def grand_mean(X, dim):
    return X - X.mean()


@misconception(
    "dim names the axis that is averaged away, and you have averaged over all the others instead.",
    "Reduce over dim and over no other axis: X.mean(dim, keepdim=True).",
)
def averaged_over_the_other_axes(X, dim):
    others = [axis for axis in range(X.dim()) if axis != dim % X.dim()]
    return X - (X.mean(others, keepdim=True) if others else X)


@misconception(
    "You divide the sum along dim by X.shape[0]. The sum has as many terms as the axis dim has entries, and these "
    "are two different numbers unless dim is 0 or the sizes agree by chance.",
    "Divide by X.shape[dim], or let mean(dim, keepdim=True) count.",
)
def divided_by_the_first_size(X, dim):
    return X - X.sum(dim, keepdim=True) / X.shape[0]


@misconception(
    "Centring only shifts. Here the result is also divided by its standard deviation, which changes the scale, and "
    "which is NaN for a single entry.",
    "Leave the scale as it is: subtract the mean, and do nothing else.",
)
def standardised(X, dim):
    return (X - X.mean(dim, keepdim=True)) / X.std(dim, keepdim=True)


@misconception(
    "-= writes into X, which is the caller's tensor: after your function the original numbers are lost.",
    "Return a new tensor: X - X.mean(dim, keepdim=True).",
    keeps="every returned number is right",
)
def in_place(X, dim):
    X -= X.mean(dim, keepdim=True)
    return X


@misconception(
    "The mean is cut out of the graph. It depends on X too, so the gradient lacks a term.",
    "Do not detach the mean, and do not compute it under torch.no_grad().",
)
def mean_detached(X, dim):
    return X - X.mean(dim, keepdim=True).detach()


@misconception(
    "Python goes from slice to slice, so the number of operations grows with the number of slices. One mean along "
    "dim serves all slices at once.",
    "Write X - X.mean(dim, keepdim=True), without a loop.",
    keeps="every number is right",
)
def one_slice_at_a_time(X, dim):
    Y = X.movedim(dim, -1)
    rows = [row - row.mean() for row in Y.reshape(-1, Y.shape[-1])]
    return torch.stack(rows).reshape(Y.shape).movedim(-1, dim)


@first_attempt("missing_keepdim", "in_place")
def a_lost_axis_subtracted_in_place(X, dim):
    X -= X.mean(dim)
    return X


@first_attempt("grand_mean", "in_place")
def grand_mean_subtracted_in_place(X, dim):
    X -= X.mean()
    return X
