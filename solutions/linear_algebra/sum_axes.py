"""Axes shift when one of them goes, and to torch's sum no axis means every axis."""

from functools import reduce

import torch

from grader import Exercise, alternative, arguments, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(points=2, book="sec_linear-algebra")


@reference
def sum_axes(X, axes, keepdim=False):
    return X.sum(counted_from_the_front(X, axes), keepdim=keepdim) if axes else X


def counted_from_the_front(X, axes):
    return [axis % X.dim() for axis in axes]


@alternative
def from_the_last_axis_to_the_first(X, axes, keepdim=False):
    for axis in sorted({a % X.dim() for a in axes}, reverse=True):
        X = X.sum(axis, keepdim=keepdim)
    return X


@alternative
def kept_first_and_dropped_then(X, axes, keepdim=False):
    Y = reduce(lambda Y, axis: Y.sum(axis, keepdim=True), axes, X)
    if keepdim:
        return Y
    gone = {axis % X.dim() for axis in axes}
    return Y.reshape([size for axis, size in enumerate(X.shape) if axis not in gone])


@alternative
def by_einsum(X, axes, keepdim=False):
    letters = "abcdefgh"[: X.dim()]
    gone = {letters[axis] for axis in axes}
    Y = torch.einsum(f"{letters}->{''.join(letter for letter in letters if letter not in gone)}", X)
    if keepdim:
        for axis in sorted(axis % X.dim() for axis in axes):
            Y = Y.unsqueeze(axis)
    return Y


@alternative
def moved_to_the_back_and_flattened(X, axes, keepdim=False):
    if len(axes) == 0:
        return X + 0
    gone = [axis % X.dim() for axis in axes]
    stay = [axis for axis in range(X.dim()) if axis not in gone]
    Y = X.permute(*stay, *gone).reshape(*[X.shape[axis] for axis in stay], torch.Size(X.shape[a] for a in gone).numel())
    Y = Y.sum(-1)
    return Y.reshape([1 if axis in gone else size for axis, size in enumerate(X.shape)]) if keepdim else Y


@case
def the_outer_two_of_three(draw):
    return draw.normal(2, 5, 4), (0, 2)


@case
def a_single_axis(draw):
    """The axis that is named goes."""
    return draw.normal(2, 5, 4), (1,)


@case
def from_the_back_and_not_in_order(draw):
    """What stays has an axis of size 1, and keeps it."""
    return draw.normal(2, 5, 1, 4), (-1, 0)


@case
def both_ways_of_counting(draw):
    return draw.normal(4, 2, 3), (1, -3)


@case
def all_axes_of_one_size(draw):
    """The wrong axes leave the right shape."""
    return draw.normal(3, 3, 3), (0, 1)


@case
def both_ways_of_counting_in_a_cube(draw):
    """Once axis 2 is gone, -2 is another axis."""
    return draw.normal(3, 3, 3), (2, -2)


@case
def axes_that_stay_with_size_one(draw):
    return draw.normal(2, 5, 4), (0, 2), True


@case
def a_permuted_tensor(draw):
    return arguments(draw.normal(4, 2, 3, 5).permute(2, 0, 3, 1), axes=(2, 0), keepdim=False)


@case
def one_axis_of_a_square_matrix_kept(draw):
    return draw.normal(3, 3), (-1,), True


@case(aspect="edge")
def no_axis(draw):
    return draw.normal(2, 3), ()


@case(aspect="edge")
def every_axis(draw):
    return draw.normal(2, 5, 4), (0, 1, 2)


@case(aspect="edge")
def every_axis_kept(draw):
    return draw.normal(2, 3), (1, 0), True


@case(aspect="edge")
def another_axis_of_size_one(draw):
    return draw.normal(3, 1, 4), (2,)


@case(aspect="edge")
def nothing_along_the_axis(draw):
    return draw.normal(2, 0, 3), (1,)


@case(aspect="edge")
def a_number(draw):
    return draw.normal(), ()


@domain(dtypes=("float64", "float32"), outside={"huge": "a sum of such numbers may overflow"})
def any_axes(draw):
    X = draw.any(axes=(0, 4), without="huge")
    order = list(range(X.dim()))
    named = [order.pop(draw.integer(0, len(order))) for _ in range(draw.integer(0, X.dim() + 1))]
    return X, tuple(axis - draw.pick(0, X.dim()) for axis in named), draw.flag()


@batch
def many_rows(draw, n):
    return draw.normal(n, 3, 2), (1, 2)


@batch
def many_terms(draw, n):
    return draw.normal(3, n, 2), (0, 1)


@misconception(
    "PyTorch's sum takes an empty tuple for all axes, so where no axis is named everything is added.",
    "Return X (or a copy) where axes is empty.",
    keeps="right for every tuple but the empty one",
)
def empty_means_all(X, axes, keepdim=False):
    return X.sum(axes, keepdim=keepdim)


@misconception(
    "A negative axis counts from the back: it names another axis, or none, once one behind it has gone. Sorted as "
    "they are, from the largest to the smallest, the axes behind it go first.",
    "Count all axes from the front before you sort: axis % X.dim().",
    keeps="right where axes are counted in one way only",
)
def negative_axes_sorted_as_they_are(X, axes, keepdim=False):
    for axis in sorted(axes, reverse=True):
        X = X.sum(axis, keepdim=keepdim)
    return X


@misconception(
    "When an axis goes, those behind it move up: after sum(0), what was axis 2 is axis 1.",
    "Sum from the last axis to the first, or with keepdim=True, or give sum all axes at once.",
)
def axes_move_up(X, axes, keepdim=False):
    for axis in axes:
        X = X.sum(axis, keepdim=keepdim)
    return X


@misconception(
    "You sum over all axes but those that were named. The axes named are the ones that go.",
    "Sum over axes, and leave the others.",
)
def the_named_axes_stay(X, axes, keepdim=False):
    named = counted_from_the_front(X, axes)
    return sum_axes(X, [axis for axis in range(X.dim()) if axis not in named], keepdim)


@misconception(
    "The axes are gone although keepdim=True asks for them.",
    "Pass keepdim on to the sum.",
    keeps="right without keepdim, which most calls are",
)
def never_kept(X, axes, keepdim=False):
    return sum_axes(X, axes)


@misconception(
    "Axes of size 1 are left where the sums were taken. Unless keepdim is true they must go.",
    "Pass keepdim on to the sum.",
)
def always_kept(X, axes, keepdim=False):
    return sum_axes(X, axes, True)


@misconception(
    "squeeze() removes every axis of size 1, also those that had size 1 before.",
    "Remove the axes that were summed over, and no others.",
    keeps="right unless another axis has size 1",
)
def squeezes_every_axis(X, axes, keepdim=False):
    Y = sum_axes(X, axes, True)
    return Y if keepdim else Y.squeeze()


@misconception(
    "Only the first of the axes is summed over.",
    "Go through all of them.",
)
def the_first_axis_only(X, axes, keepdim=False):
    return sum_axes(X, axes[:1], keepdim)


@misconception(
    "Axes are counted from 0: axis 1 of shape (2, 5, 4) is the 5, not the 2.",
    "Take axes as they are.",
)
def counted_from_one(X, axes, keepdim=False):
    return sum_axes(X, [axis - 1 if axis > 0 else axis for axis in counted_from_the_front(X, axes)][:1], keepdim)


@misconception(
    "The mean divides by the number of terms.",
    "Add, and divide by nothing: sum.",
)
def averaged(X, axes, keepdim=False):
    terms = torch.Size(X.shape[axis] for axis in axes).numel()
    return sum_axes(X, axes, keepdim) / max(terms, 1)


@misconception(
    "The whole tensor is added up, whatever the axes are.",
    "Sum along the axes that are named.",
)
def everything_added(X, axes, keepdim=False):
    return X.sum()


@misconception(
    "The kept axes of size 1 all end up in front, and not where the sums were taken.",
    "Pass keepdim=True to the sum, which leaves each in its place.",
    keeps="right without keepdim, and where only the first axes are summed over",
)
def kept_in_front(X, axes, keepdim=False):
    Y = sum_axes(X, axes)
    return Y.reshape(*[1] * len(axes), *Y.shape) if keepdim else Y


@misconception(
    "torch.zeros is float32 unless it is told otherwise, and so float64 is rounded.",
    "Leave the dtype to the sum.",
    keeps="only the dtype is wrong",
)
def forced_to_float32(X, axes, keepdim=False):
    return sum_axes(X.float(), axes, keepdim)


@misconception(
    "Python goes from entry to entry, so the work grows with their number.",
    "Let X.sum do it: one call for each axis, or one for all.",
    keeps="every number is right",
)
def one_slice_at_a_time(X, axes, keepdim=False):
    for axis in sorted(counted_from_the_front(X, axes), reverse=True):
        total = torch.zeros_like(X.sum(axis))
        for part in X.unbind(axis):
            total = total + part
        X = total.unsqueeze(axis) if keepdim else total
    if X.dim():
        rows = [row.clone() for row in X]
        X = torch.stack(rows) if rows else X
    return X


@first_attempt("axes_move_up", "never_kept")
def a_loop_over_the_axes(X, axes, keepdim=False):
    for axis in axes:
        X = X.sum(axis)
    return X


@first_attempt("empty_means_all", "never_kept")
def handed_to_torch(X, axes, keepdim=False):
    return torch.sum(X, axes)


@first_attempt("negative_axes_sorted_as_they_are", "never_kept")
def sorted_backwards(X, axes, keepdim=False):
    for axis in sorted(axes, reverse=True):
        X = torch.sum(X, dim=axis)
    return X
