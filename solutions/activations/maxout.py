"""Neighbours form a group: an axis of length g * k becomes two, and the group is the inner one."""

import torch

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_mlp",
    forbid=("max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d"),
    forbid_reason="Pooling is this exercise under another name: give the groups an axis of their own.",
)


@reference
def maxout(Z, k):
    groups = Z.shape[1] // k
    return Z.reshape(len(Z), groups, k).amax(-1)


@alternative
def windows_that_do_not_overlap(Z, k):
    return Z.unfold(1, k, k).max(-1).values


@alternative
def every_kth_column(Z, k):
    largest = Z[:, ::k]
    for place in range(1, k):
        largest = torch.maximum(largest, Z[:, place::k])
    return largest.clone()


@alternative
def the_last_after_sorting(Z, k):
    return Z.unflatten(1, (Z.shape[1] // k, k)).sort(dim=2)[0][..., -1]


@alternative
def one_group_after_the_other(Z, k):
    return torch.stack([part.amax(1) for part in torch.split(Z, k, dim=1)], dim=1)


def mixed(draw, n, d):
    """Numbers of both signs; those of the first example are all negative."""
    Z = 3 * draw.normal(n, d)
    Z[0] = -Z[0].abs()
    return Z


@case
def three_groups_of_two(draw):
    return mixed(draw, 5, 6), 2


@case
def two_groups_of_three(draw):
    return mixed(draw, 5, 6), 3


@case
def as_many_groups_as_units_in_each(draw):
    """Groups along the wrong axis have the right shape."""
    return mixed(draw, 4, 9), 3


@case
def as_many_examples_as_columns(draw):
    return mixed(draw, 8, 8), 4


@case
def only_negative_units(draw):
    """A maximum with 0 would win everywhere."""
    return -draw.uniform(3, 8, low=0.5, high=3), 2


@case
def columns_of_a_transposed_matrix(draw):
    return mixed(draw, 3, 8).T.contiguous().T, 4


@case
def leaky_relu(draw):
    """The units z and 0.01 z side by side."""
    z = mixed(draw, 4, 3)
    return torch.stack([z, 0.01 * z], 2).flatten(1), 2


@case(aspect="edge")
def groups_of_one(draw):
    return mixed(draw, 3, 4), 1


@case(aspect="edge")
def one_group_of_all(draw):
    return mixed(draw, 3, 5), 5


@case(aspect="edge")
def no_examples(draw):
    return draw.normal(0, 6), 3


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return mixed(draw, 3, 6), 2


@domain
def any_groups(draw):
    k = draw.pick(1, 2, 2, 3, 4)
    groups = draw.size(least=1)
    return draw.any(draw.size(), groups * k), k


@batch
def more_examples(draw, n):
    return draw.normal(n, 6), 2


@misconception(
    "Your groups are made of columns that lie g apart: 0, g, 2g and so on. A group is k columns that stand side by "
    "side.",
    "Put the group into the inner axis, Z.reshape(n, g, k), and take the maximum along the last one.",
)
def far_neighbours(Z, k):
    return Z.reshape(len(Z), k, Z.shape[1] // k).amax(1)


@misconception(
    "The maximum is taken along the axis of the groups, not inside each of them, so k numbers come back instead of g.",
    "After Z.reshape(n, g, k) take the maximum along the last axis: .amax(-1).",
)
def across_the_groups(Z, k):
    return Z.reshape(len(Z), Z.shape[1] // k, k).amax(1)


@misconception(
    "Here k is taken for the number of groups. It is the size of a group; the number of groups is the width divided "
    "by k.",
    "Reshape to (n, Z.shape[1] // k, k), and take the maximum along the last axis.",
)
def as_many_groups_as_k(Z, k):
    return Z.reshape(len(Z), k, Z.shape[1] // k).amax(2)


@misconception(
    "That adds up the units of a group. In maxout they compete, and the largest alone goes on.",
    "Replace the sum by .amax(-1).",
)
def summed(Z, k):
    return Z.reshape(len(Z), Z.shape[1] // k, k).sum(-1)


@misconception(
    "You take the mean of each group. In maxout the units compete, and the largest alone goes on.",
    "Replace the mean by .amax(-1).",
)
def averaged(Z, k):
    return Z.reshape(len(Z), Z.shape[1] // k, k).mean(-1)


@misconception(
    "The winner is chosen by magnitude, so a large negative unit beats a small positive one. The sign counts.",
    "Take the maximum of the units themselves: .amax(-1), without abs().",
)
def largest_magnitude(Z, k):
    groups = Z.reshape(len(Z), Z.shape[1] // k, k)
    return groups.gather(-1, groups.abs().argmax(-1, keepdim=True)).squeeze(-1)


@misconception(
    "One maximum comes back for each example. There should be one for each group.",
    "Give the groups an axis of their own, (n, g, k), and take the maximum along the last one only.",
)
def one_for_each_example(Z, k):
    return Z.amax(1, keepdim=True)


@misconception(
    "Negative maxima have become 0, so there is a ReLU behind (or zeros in) your maximum. A group whose units are all"
    " negative answers with the largest of them.",
    "Leave the clamp out, and start the maximum from the first unit, not from 0.",
)
def never_below_zero(Z, k):
    return Z.reshape(len(Z), Z.shape[1] // k, k).amax(-1).clamp(min=0)


@misconception(
    "The groups overlap: each begins one column after the one before. They should begin k columns apart.",
    "Let the step of the windows be k: Z.unfold(1, k, k).",
)
def sliding_windows(Z, k):
    return Z.unfold(1, k, 1).amax(-1)


@misconception(
    "You return where the largest unit stands, not how large it is.",
    "Take .values instead of .indices, or amax instead of argmax.",
)
def places(Z, k):
    return Z.reshape(len(Z), Z.shape[1] // k, k).argmax(-1)


@misconception(
    "max along an axis gives a pair, values and indices, and you return both.",
    "Take the first of the two, max(-1).values, or call amax(-1), which has values alone.",
)
def values_and_indices(Z, k):
    return tuple(Z.reshape(len(Z), Z.shape[1] // k, k).max(-1))


@misconception(
    "The smallest unit of each group comes back; maxout asks for the largest.",
    "Replace amin by amax.",
)
def smallest(Z, k):
    return Z.reshape(len(Z), Z.shape[1] // k, k).amin(-1)


@misconception(
    "Without examples a size of -1 cannot be worked out: 0 entries fit any number of groups.",
    "Write the number of groups out: Z.shape[1] // k instead of -1.",
    keeps="right as long as there are examples",
)
def size_left_to_torch(Z, k):
    return Z.reshape(Z.shape[0], -1, k).amax(-1)


@misconception(
    "Python goes from example to example, so the work grows with n.",
    "Reshape the whole matrix to (n, g, k), and take one maximum along the last axis.",
    keeps="every number is right",
)
def one_example_at_a_time(Z, k):
    largest = Z.new_empty(len(Z), Z.shape[1] // k)
    for i in range(len(Z)):
        largest[i] = Z[i].reshape(Z.shape[1] // k, k).amax(-1)
    return largest


@first_attempt("far_neighbours", "never_below_zero")
def relu_of_strided_groups(Z, k):
    best = torch.zeros_like(Z[:, : Z.shape[1] // k])
    for part in Z.chunk(k, dim=1):
        best = torch.maximum(best, part)
    return best


@first_attempt("as_many_groups_as_k", "averaged")
def mean_of_k_parts(Z, k):
    return torch.stack([part.mean(1) for part in Z.chunk(k, dim=1)], 1)
