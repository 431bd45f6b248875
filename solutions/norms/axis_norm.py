"""One axis goes, all others stay, and keepdim says whether a 1 marks its place."""

import torch
from _shared import NORMS

from grader import Exercise, alternative, arguments, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_linear-algebra",
    forbid=NORMS,
    forbid_reason="A norm is the exercise: build it from abs, powers, sums and roots.",
)


@reference
def axis_norm(X, dim, keepdim=False):
    return (X * X).sum(dim, keepdim=keepdim).sqrt()


@alternative
def axis_put_back_after_einsum(X, dim, keepdim=False):
    Y = X.movedim(dim, -1)
    norms = torch.einsum("...i,...i->...", Y, Y).sqrt()
    return norms.unsqueeze(dim) if keepdim else norms


@alternative
def axis_dropped_at_the_end(X, dim, keepdim=False):
    norms = X.square().sum(dim, keepdim=True) ** 0.5
    return norms if keepdim else norms.squeeze(dim)


@alternative
def a_row_times_a_column(X, dim, keepdim=False):
    Y = X.movedim(dim, -1).unsqueeze(-1)
    norms = (Y.mT @ Y).sqrt()[..., 0, 0]
    return norms.unsqueeze(dim) if keepdim else norms


@alternative
def axis_moved_to_the_front(X, dim, keepdim=False):
    norms = X.transpose(0, dim).pow(2).sum(0, keepdim=True).sqrt().transpose(0, dim)
    return norms if keepdim else norms.squeeze(dim)


@case
def columns_of_a_wide_matrix(draw):
    return draw.normal(3, 4), 0


@case
def rows_of_a_wide_matrix_kept(draw):
    return draw.normal(3, 4), 1, True


@case
def columns_of_a_square_matrix_kept(draw):
    return arguments(draw.normal(3, 3), dim=0, keepdim=True)


@case
def rows_of_a_square_matrix(draw):
    return draw.normal(4, 4), -1, False


@case
def the_middle_of_three_axes(draw):
    return draw.normal(3, 3, 3), -2


@case
def the_first_of_three_permuted_axes_kept(draw):
    return draw.normal(4, 3, 2).permute(2, 1, 0), -3, True


@case
def a_single_vector(draw):
    return draw.every_second(draw.normal(5)), 0


@case(aspect="edge")
def axes_of_size_one(draw):
    """Along one of them the norm is the magnitude; the other one stays."""
    return -draw.uniform(3, 1, 1, low=2, high=3), 1


@case(aspect="edge")
def nothing_along_the_axis(draw):
    return draw.normal(3, 0), 1


@case(aspect="edge")
def no_rows(draw):
    return draw.normal(0, 3), 1, True


@case(aspect="edge", dtypes=("float16", "bfloat16"))
def half_precision(draw):
    return draw.normal(3, 4), 0


@domain(outside={"huge, tiny, inf": "squares neither overflow nor underflow"})
def any_axis(draw):
    X = draw.any(axes=(1, 4), without="inf tiny huge")
    return X, draw.axis(X), draw.flag()


@batch
def many_rows(draw, n):
    return draw.normal(n, 3), 1


@batch
def many_columns(draw, n):
    return draw.normal(3, n), 0


@misconception(
    "The axis is gone even where keepdim=True asks for it to stay, with size 1.",
    "Pass keepdim on: X.square().sum(dim, keepdim=keepdim).sqrt().",
)
def never_keeps_the_axis(X, dim, keepdim=False):
    return axis_norm(X, dim)


@misconception(
    "The axis of size 1 is still there, although it must go unless keepdim is true.",
    "Pass keepdim on: X.square().sum(dim, keepdim=keepdim).sqrt().",
)
def always_keeps_the_axis(X, dim, keepdim=False):
    return axis_norm(X, dim, keepdim=True)


@misconception(
    "You always sum along the last axis, whatever dim says.",
    "Pass dim on to the sum: .sum(dim, keepdim=keepdim).",
)
def always_the_last_axis(X, dim, keepdim=False):
    return axis_norm(X, -1, keepdim)


@misconception(
    "dim names the axis that goes, and you have summed over all the others instead.",
    "Sum along dim, and along no other axis: .sum(dim, keepdim=keepdim).",
)
def summed_over_the_other_axes(X, dim, keepdim=False):
    others = [axis for axis in range(X.dim()) if axis != dim % X.dim()]
    return X.square().sum(others, keepdim=keepdim).sqrt()


@misconception(
    "You take the whole tensor together. Each slice along dim has a norm of its own.",
    "Sum along dim only: .sum(dim, keepdim=keepdim).",
)
def whole_tensor(X, dim, keepdim=False):
    return X.square().sum().sqrt()


@misconception(
    "You add magnitudes, which is the 1-norm. The Euclidean norm adds squares.",
    "Square the entries, add, and take the root: X.square().sum(dim, keepdim=keepdim).sqrt().",
)
def magnitudes_added(X, dim, keepdim=False):
    return X.abs().sum(dim, keepdim=keepdim)


@misconception(
    "The entries are added first, so those of opposite sign cancel. Squaring the sum and taking the root leaves "
    "only its magnitude.",
    "Square each entry before the sum: (X * X).sum(dim, keepdim=keepdim).sqrt().",
)
def squared_after_the_sum(X, dim, keepdim=False):
    return X.sum(dim, keepdim=keepdim).square().sqrt()


@misconception(
    "The square root is missing: the norm is the root of the sum of the squares.",
    "Take the root after the sum: .sqrt().",
)
def root_missing(X, dim, keepdim=False):
    return X.square().sum(dim, keepdim=keepdim)


@misconception(
    "The mean divides by the length of the axis. A norm sums the squares.",
    "Replace mean by sum.",
)
def averaged(X, dim, keepdim=False):
    return axis_norm(X, dim, keepdim) / max(X.shape[dim], 1) ** 0.5


@misconception(
    "The kept axis always ends up in second place, wherever it stood before.",
    "Put it back where it was, .unsqueeze(dim), or let the sum keep it: .sum(dim, keepdim=keepdim).",
    keeps="right without keepdim, and along axis 1",
)
def kept_in_second_place(X, dim, keepdim=False):
    norms = axis_norm(X, dim)
    return norms[:, None] if keepdim else norms


@misconception(
    "squeeze() without an axis removes every axis of size 1, not only the one that was summed over.",
    "Say which axis goes: .squeeze(dim).",
    keeps="right unless another axis has size 1",
)
def squeezes_every_axis(X, dim, keepdim=False):
    norms = axis_norm(X, dim, keepdim=True)
    return norms if keepdim else norms.squeeze()


@misconception(
    "*= squares the entries of X, which is the caller's tensor: after your function the original numbers are lost.",
    "Compute a new tensor: X * X.",
    keeps="every returned number is right",
)
def in_place(X, dim, keepdim=False):
    X *= X
    return X.sum(dim, keepdim=keepdim).sqrt()


@misconception(
    "The result is always float32, whatever the dtype of X is. This rounds float64 numbers.",
    "Leave the dtype to the operations: no float(), and no new tensor without dtype=X.dtype.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(X, dim, keepdim=False):
    return axis_norm(X.float(), dim, keepdim)


@misconception(
    "Python goes from slice to slice, so the number of operations grows with their number. One sum along dim does "
    "all of them.",
    "Write X.square().sum(dim, keepdim=keepdim).sqrt(), without a loop.",
    keeps="every number is right",
)
def one_slice_at_a_time(X, dim, keepdim=False):
    Y = X.movedim(dim, -1)
    squares = [(y * y).sum() for y in Y.reshape(Y.shape[:-1].numel(), Y.shape[-1])]
    norms = torch.stack(squares).sqrt() if squares else X.new_zeros(0)
    norms = norms.reshape(Y.shape[:-1])
    return norms.unsqueeze(dim) if keepdim else norms


@first_attempt("magnitudes_added", "never_keeps_the_axis")
def magnitudes_without_keepdim(X, dim, keepdim=False):
    return X.abs().sum(dim)


@first_attempt("root_missing", "never_keeps_the_axis")
def squares_without_keepdim(X, dim, keepdim=False):
    return (X**2).sum(dim)
