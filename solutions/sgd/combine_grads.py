"""A mean of means needs weights; and weights below one keep half precision from overflowing."""

import torch

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_minibatch_sgd",
    equivalent={
        "strict=False": "there are as many sizes as gradients",
        "in zip(sizes, grads": "a product does not mind the order",
    },
)


@reference
def combine_grads(grads, sizes):
    n = sum(sizes)
    return sum(g * (size / n) for g, size in zip(grads, sizes, strict=True))


@alternative
def weights_in_a_tensor(grads, sizes):
    counts = torch.tensor(sizes, dtype=torch.float64, device=grads[0].device)
    weights = (counts / counts.sum()).to(grads[0].dtype)
    return torch.tensordot(weights, torch.stack(grads), dims=1)


@alternative
def running_mean(grads, sizes):
    seen, mean = 0, torch.zeros_like(grads[0])
    for g, size in zip(grads, sizes, strict=True):
        seen += size
        mean = mean * (1 - size / seen) + g * (size / seen)
    return mean


@alternative
def in_double_precision(grads, sizes):
    n = sum(sizes)
    return sum(g.double() * (size / n) for g, size in zip(grads, sizes, strict=True)).to(grads[0].dtype)


@alternative
def along_a_new_last_axis(grads, sizes):
    weights = torch.tensor([size / sum(sizes) for size in sizes], dtype=grads[0].dtype, device=grads[0].device)
    return (torch.stack(grads, dim=-1) * weights).sum(-1)


def gradients(draw, k, *shape):
    return [draw.normal(*shape) for _ in range(k)]


@case
def a_last_batch_that_is_smaller(draw):
    return gradients(draw, 3, 3), [4, 4, 2]


@case
def each_ten_times_as_large_as_the_one_before(draw):
    return gradients(draw, 3, 2), [1, 10, 100]


@case
def matrices(draw):
    return gradients(draw, 4, 2, 3), [5, 1, 7, 3]


@case
def as_many_batches_as_coordinates(draw):
    """Weights along the wrong axis have the right shape."""
    return gradients(draw, 3, 3, 3), [2, 5, 3]


@case
def batches_of_equal_size(draw):
    return gradients(draw, 2, 2, 2), [3, 3]


@case
def gradients_of_a_transposed_parameter(draw):
    return [g.T for g in gradients(draw, 3, 2, 4)], [6, 6, 1]


@case(aspect="edge")
def a_single_batch(draw):
    return gradients(draw, 1, 3), [5]


@case(aspect="edge")
def gradients_of_a_bias(draw):
    return gradients(draw, 3), [8, 8, 3]


@case(aspect="stability", dtypes=("float16",))
def large_gradients_in_half_precision(draw):
    return [100 * k + 10 * draw.normal(4) for k in (3, 2, 1)], [512, 512, 100]


@case(aspect="stability", dtypes=("float16",))
def a_difference_that_overflows_in_half_precision(draw):
    """60000 and -40000 are numbers of float16, and their mean is one."""
    return [sign * 10000 * draw.uniform(3, low=5, high=6.5) for sign in (1, -1, 1)], [8, 2, 6]


@case(aspect="stability", dtypes=("float16",))
def more_examples_than_half_precision_can_count(draw):
    """Their number is none of float16, their shares are."""
    return [draw.uniform(3, low=2, high=4) for _ in range(2)], [60000, 30000]


@case(aspect="stability", dtypes=("float64",))
def gradients_near_the_largest_number(draw):
    return [draw.uniform(3, low=1, high=1.7) * 1e308 for _ in range(3)], [5, 4, 3]


def weighted_sum(grads, sizes):
    return sum(g * size for g, size in zip(grads, sizes, strict=True))


@domain(outside={"inf": "inf - inf is not a number"})
def any_gradients(draw):
    first = draw.any(axes=(0, 3), without="inf")
    grads = [first, *(draw.like(first, without="inf") for _ in range(draw.integer(0, 4)))]
    sizes = draw.pick(
        [1] * len(grads), draw.integers(len(grads), low=1, high=9).tolist(), [10**k for k in range(len(grads))]
    )
    return grads, sizes


@misconception(
    "You take the mean of means, in which an example of a small minibatch counts more than one of a large minibatch.",
    "Weight each gradient by its share of the examples: g * (size / sum(sizes)).",
)
def mean_of_means(grads, sizes):
    return torch.stack(grads).mean(0)


@misconception(
    "A sum of means grows with the number of minibatches. A mean over all examples lies between the means.",
    "Weight each gradient by its share of the examples: g * (size / sum(sizes)).",
)
def sum_of_means(grads, sizes):
    return torch.stack(grads).sum(0)


@misconception(
    "You add over all examples and do not divide, and the mean is asked for.",
    "Divide by how many there are: weight each gradient by size / sum(sizes).",
)
def not_divided(grads, sizes):
    return weighted_sum(grads, sizes)


@misconception(
    "You divide by the number of minibatches. A mean over examples divides by the number of examples.",
    "Divide by sum(sizes), not by len(sizes).",
)
def divided_by_the_number_of_batches(grads, sizes):
    return weighted_sum(grads, [size / len(sizes) for size in sizes])


@misconception(
    "You count as if all minibatches were as large as the largest.",
    "The number of examples is sum(sizes).",
)
def as_if_all_were_full(grads, sizes):
    return weighted_sum(grads, [size / (len(sizes) * max(sizes)) for size in sizes])


@misconception(
    "You add the gradients up and divide by the number of examples. But each is a mean already, and not a sum.",
    "Multiply each gradient by its number of examples first.",
)
def taken_for_sums(grads, sizes):
    return weighted_sum(grads, [1 / sum(sizes)] * len(sizes))


@misconception(
    "Small minibatches get the large weights.",
    "Multiply each gradient by its number of examples, and divide by sum(sizes).",
)
def weights_upside_down(grads, sizes):
    inverse = [1 / size for size in sizes]
    return weighted_sum(grads, [each / sum(inverse) for each in inverse])


@misconception(
    "The stacked gradients have the minibatches on axis 0, and weights of shape (k,) are aligned with the last "
    "axis, the coordinates. That is an error, or wrong where the sizes agree by chance.",
    "Use torch.tensordot(weights, stacked, dims=1), or add up g * (size / n) in a loop.",
)
def weights_along_the_last_axis(grads, sizes):
    weights = torch.tensor([size / sum(sizes) for size in sizes], dtype=grads[0].dtype, device=grads[0].device)
    return (torch.stack(grads) * weights).sum(0)


@misconception(
    "The smaller minibatches are left out, but each of their examples counts as much as any other.",
    "Take all gradients, each weighted by its share: g * (size / sum(sizes)).",
)
def only_full_batches(grads, sizes):
    return torch.stack([g for g, size in zip(grads, sizes, strict=True) if size == max(sizes)]).mean(0)


@misconception(
    "g * size may exceed the largest number of the dtype (65504 in float16), even if the mean is a number.",
    "Multiply by size / sum(sizes), which is at most 1: g * (size / n).",
    keeps="right unless gradients are huge",
)
def overflowing_in_half_precision(grads, sizes):
    return weighted_sum(grads, sizes) / sum(sizes)


@misconception(
    "The gradients went through float32, which has seven digits. In float64 the other nine are lost.",
    "Use Python numbers for weights, g * (size / n), or compute in float64: g.double().",
)
def through_float32(grads, sizes):
    return combine_grads([g.float() for g in grads], sizes).to(grads[0].dtype)


@misconception(
    "The weights are float32, because torch.tensor(sizes) / … is. They have seven digits, and so has the answer, "
    "even in float64.",
    "Use Python numbers, size / sum(sizes), or a tensor of weights with dtype=torch.float64.",
)
def weights_in_float32(grads, sizes):
    weights = torch.tensor(sizes, device=grads[0].device) / sum(sizes)
    return weighted_sum(grads, weights.unbind()).to(grads[0].dtype)


@misconception(
    "The sum begins with the first gradient as it is. It counts as if its minibatch had one example only.",
    "Begin with 0, or with grads[0] * sizes[0].",
)
def first_gradient_not_weighted(grads, sizes):
    return combine_grads([grads[0] / sizes[0], *grads[1:]], sizes)


@misconception(
    "You add up in the caller's first gradient: total = grads[0] is no copy, and operators such as += write into it.",
    "Start from 0 or torch.zeros_like(grads[0]), or write total = total + ….",
    keeps="the answer is right",
)
def first_gradient_overwritten(grads, sizes):
    total = grads[0].mul_(sizes[0] / sum(sizes))
    for g, size in zip(grads[1:], sizes[1:], strict=True):
        total += g * (size / sum(sizes))
    return total


@first_attempt("first_gradient_not_weighted", "first_gradient_overwritten", "overflowing_in_half_precision")
def added_to_the_first_gradient(grads, sizes):
    total = grads[0]
    for g, size in zip(grads[1:], sizes[1:], strict=True):
        total += g * size
    total /= sum(sizes)
    return total


@first_attempt("mean_of_means", "first_gradient_overwritten")
def mean_in_the_first_gradient(grads, sizes):
    total = grads[0]
    for g in grads[1:]:
        total += g
    return total / len(grads)
