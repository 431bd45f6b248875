"""A / A.sum(1): without keepdim the sum meets the wrong axis, loudly or in silence."""

import torch

from grader import EPSILONS, Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(points=1, book="sec_linear-algebra")


@reference
def shares(A, dim):
    return divided(A, A.sum(dim, keepdim=True))


def divided(A, total):
    """Where the total is 0 there is nothing to share out."""
    return A / torch.where(total == 0, 1, total)


@alternative
def nan_replaced(A, dim):
    return (A / A.sum(dim).unsqueeze(dim)).nan_to_num(0.0)


@alternative
def axis_moved_to_the_front(A, dim):
    B = A.movedim(dim, 0)
    total = B.sum(0)
    return B.div(total + (total == 0).to(A.dtype)).movedim(0, dim)


@alternative
def only_where_there_is_something(A, dim):
    total = A.sum(dim=dim, keepdim=True).expand_as(A)
    P = torch.zeros_like(A)
    P[total > 0] = A[total > 0] / total[total > 0]
    return P


def some(draw, *shape):
    return draw.uniform(*shape, low=0.5, high=1.5)


@case
def rows_of_a_wide_matrix(draw):
    return some(draw, 3, 4), 1


@case
def rows_of_a_square_matrix(draw):
    """Without keepdim the wrong sums fit."""
    return some(draw, 4, 4), 1


@case
def columns_of_a_square_matrix(draw):
    return some(draw, 3, 3), 0


@case
def columns_of_a_tall_matrix(draw):
    return draw.uniform(5, 2, low=1, high=9), -2


@case
def the_middle_of_three_axes(draw):
    return some(draw, 2, 3, 4), 1


@case
def the_first_of_three_axes_of_one_size(draw):
    return some(draw, 3, 3, 3), -3


@case
def a_single_vector(draw):
    return draw.every_second(some(draw, 5)), 0


@case
def a_transposed_matrix(draw):
    return some(draw, 2, 4).T, -1


@case
def parts_of_less_than_one(draw):
    return draw.uniform(3, 3, low=0.05, high=0.2), 0


@case(aspect="stability")
def small_numbers(draw):
    """An epsilon beside such sums shows."""
    return draw.uniform(3, 2, low=1e-7, high=2e-7), 1


@case(aspect="edge")
def a_row_of_zeros(draw):
    A = some(draw, 3, 4)
    A[1] = 0
    return A, 1


@case(aspect="edge")
def one_entry_for_each_slice(draw):
    return draw.uniform(3, 1, low=2, high=3), 1


@case(aspect="edge")
def no_columns(draw):
    return some(draw, 2, 0), 1


@domain(
    dtypes=("float64", "float32"),
    outside={"0 axes": "there is no dim", "inf, huge": "sums do not overflow", "negative": "a share is none then"},
)
def any_shares(draw):
    A = draw.any(axes=(1, 4), without="inf huge negative").abs()
    return A, draw.axis(A)


@batch
def many_rows(draw, n):
    return some(draw, n, 3), 1


@batch
def many_columns(draw, n):
    return some(draw, 3, n), 0


@misconception(
    "The sum has lost its axis, so broadcasting lines it up with the last axis of A: an error, or wrong numbers in "
    "silence where the sizes fit.",
    "Keep the axis: A.sum(dim, keepdim=True).",
)
def sum_without_keepdim(A, dim):
    return divided(A, A.sum(dim))


@misconception(
    "You always sum along the last axis, whatever dim says.",
    "Pass dim on to the sum.",
)
def always_the_last_axis(A, dim):
    return shares(A, -1)


@misconception(
    "The axis of the sums is put back as the second one, wherever it was before.",
    "Put it back where it was: keepdim=True, or unsqueeze(dim).",
)
def put_back_in_second_place(A, dim):
    total = A.sum(dim)
    return divided(A, total[:, None] if total.dim() else total)


@misconception(
    "You divide by the sum of the whole tensor. Each slice along dim has a sum of its own.",
    "Sum along dim only, with keepdim=True.",
)
def shares_of_the_whole(A, dim):
    return divided(A, A.sum())


@misconception(
    "A slice of nothing but zeros gives 0 / 0, which is NaN.",
    "Divide by 1 where the sum is 0: torch.where(total == 0, 1, total).",
    keeps="right for all slices with something in them",
)
def zero_over_zero(A, dim):
    return A / A.sum(dim, keepdim=True)


@misconception(
    "The epsilon in the denominator makes every share a little too small, and shares of small numbers much too small.",
    "Replace the sum only where it is 0.",
    also=EPSILONS,
)
def epsilon_in_the_denominator(A, dim, *, eps=1e-8):
    return A / (A.sum(dim, keepdim=True) + eps)


@misconception(
    "clamp(min=1) also changes sums between 0 and 1, so their shares do not add up to 1.",
    "Replace the sum only where it is exactly 0.",
    keeps="right for sums of 1 and more",
)
def sums_below_one_raised(A, dim):
    return A / A.sum(dim, keepdim=True).clamp(min=1)


@misconception(
    "That is the softmax, which takes exponentials first.",
    "Divide A itself by its sum.",
)
def softmax(A, dim):
    return torch.softmax(A, dim)


@misconception(
    "You divide by the largest entry. Then the largest is 1, and the slice does not add up to 1.",
    "Divide by the sum.",
)
def divided_by_the_largest(A, dim):
    return divided(A, A.amax(dim, keepdim=True)) if A.shape[dim] else A.clone()


@misconception(
    "You divide by the mean, so each slice adds up to its length.",
    "Divide by the sum.",
)
def divided_by_the_mean(A, dim):
    return shares(A, dim) * A.shape[dim]


@misconception(
    "You divide by the Euclidean length. Then the squares add up to 1.",
    "Divide by the sum.",
)
def divided_by_the_length(A, dim):
    return divided(A, A.square().sum(dim, keepdim=True).sqrt())


@misconception(
    "/= writes the shares into the caller's A.",
    "Compute a new tensor: A / total.",
    keeps="every returned number is right",
)
def in_place(A, dim):
    total = A.sum(dim, keepdim=True)
    A /= torch.where(total == 0, 1, total)
    return A


@misconception(
    "The answer is float32, whatever A is, and float64 is rounded.",
    "Leave the dtype to the operations.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(A, dim):
    return shares(A.float(), dim)


@misconception(
    "Python goes from slice to slice, so the work grows with their number.",
    "One sum along dim, with keepdim=True, does all of them.",
    keeps="every number is right",
)
def one_slice_at_a_time(A, dim):
    B = A.movedim(dim, -1)
    slices = [divided(row, row.sum()) for row in B.reshape(B.shape[:-1].numel(), B.shape[-1])]
    return (torch.stack(slices) if slices else B).reshape(B.shape).movedim(-1, dim)


@first_attempt("sum_without_keepdim", "zero_over_zero")
def as_the_book_asks(A, dim):
    return A / A.sum(dim)


@first_attempt("always_the_last_axis", "epsilon_in_the_denominator")
def rows_with_an_epsilon(A, dim):
    return A / (A.sum(-1, keepdim=True) + 1e-8)
