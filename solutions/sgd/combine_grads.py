"""A mean of means needs weights; and weights below one keep half precision from overflowing."""

import torch

from grader import Exercise, alternative, case, domain, misconception, reference

exercise = Exercise(
    points=2,
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
        mean += (g - mean) * (size / seen)
    return mean


@alternative
def in_double_precision(grads, sizes):
    total = sum(g.double() * size for g, size in zip(grads, sizes, strict=True))
    return (total / sum(sizes)).to(grads[0].dtype)


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
    "That is the mean of means, in which an example of a small minibatch counts more than one of a large minibatch. "
    "Weigh each gradient by its number of examples."
)
def mean_of_means(grads, sizes):
    return torch.stack(grads).mean(0)


@misconception("A sum of means grows with the number of minibatches. Weigh each gradient by its share of the examples.")
def sum_of_means(grads, sizes):
    return torch.stack(grads).sum(0)


@misconception("That is the sum over all examples. Divide by how many there are, sum(sizes).")
def not_divided(grads, sizes):
    return weighted_sum(grads, sizes)


@misconception("You divide by the number of minibatches. A mean over examples divides by the number of examples.")
def divided_by_the_number_of_batches(grads, sizes):
    return weighted_sum(grads, [size / len(sizes) for size in sizes])


@misconception("You count as if all minibatches were full. The number of examples is sum(sizes).")
def as_if_all_were_full(grads, sizes):
    return weighted_sum(grads, [size / (len(sizes) * max(sizes)) for size in sizes])


@misconception("Each gradient is a mean already, and not a sum. Multiply it by its number of examples first.")
def taken_for_sums(grads, sizes):
    return weighted_sum(grads, [1 / sum(sizes)] * len(sizes))


@misconception("Small minibatches get the large weights. Multiply each gradient by its number of examples.")
def weights_upside_down(grads, sizes):
    inverse = [1 / size for size in sizes]
    return weighted_sum(grads, [each / sum(inverse) for each in inverse])


@misconception(
    "The smaller minibatches are left out, but each of their examples counts as much as any other. Weigh them instead."
)
def only_full_batches(grads, sizes):
    return torch.stack([g for g, size in zip(grads, sizes, strict=True) if size == max(sizes)]).mean(0)


@misconception(
    "g * size may exceed 65504, the largest number of half precision, even if the mean is small. "
    "Multiply by size / sum(sizes), which is at most 1.",
    keeps="right in float32 and float64",
)
def overflowing_in_half_precision(grads, sizes):
    return weighted_sum(grads, sizes) / sum(sizes)


@misconception(
    "You add up in the caller's first gradient. Start from zeros, or write total = total + ….",
    keeps="the answer is right",
)
def first_gradient_overwritten(grads, sizes):
    total = grads[0].mul_(sizes[0] / sum(sizes))
    for g, size in zip(grads[1:], sizes[1:], strict=True):
        total += g * (size / sum(sizes))
    return total
