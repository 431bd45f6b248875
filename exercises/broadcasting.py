"""Broadcasting (广播机制)

Two tensors of different shapes meet in one operation, and PyTorch stretches both to a common shape without copying a
single number. Three rules do all of it: shapes are aligned from the right, a missing axis counts as 1, and an axis of
size 1 is repeated as often as its partner needs. Whoever can see shapes line up writes in one line what others write
in three nested loops, and knows why a forgotten `keepdim` raises an error on Monday (a 3 × 5 matrix) and gives wrong
numbers in silence on Tuesday (a 4 × 4 one).

You will use the rules, state them, turn them around (what flows back through a broadcast?), and meet them where they
matter: images, distances, padded sequences. Mind what `*` does: it multiplies entry by entry, with broadcasting (the
Hadamard product), where `@` multiplies matrices.

Some rules hold for all functions here. None changes its arguments, and none draws random numbers: global generators
are the caller's. Every answer lies on the device of its inputs. None may loop in Python over rows, points, sequences or
images, because that is the work that broadcasting takes off you, and thousands of small operations are slow. Where a
docstring excludes ready-made functions, it is because they are the exercise. Some answers are differentiated
afterwards; you need no autograd for that yet (it is a later topic), only to stay with torch's operations: .item(),
.tolist() and NumPy lead out of the graph.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

import torch
from torch import Tensor


def outer_sum(a: Tensor, b: Tensor) -> Tensor:
    """Add every entry of one vector to every entry of another.

        S[i, j] = a[i] + b[j]

    Let broadcasting pair the entries: no Python loop, no torch.cartesian_prod, no torch.vmap, which pair them for you.

    Args:
        a: a vector of shape (m,), of integers or floats; m may be 0.
        b: a vector of shape (n,), not necessarily of the same dtype.
    Returns:
        S of shape (m, n), in the dtype that `+` gives to these two: two integer vectors give integers, an integer and
        a float32 vector give float32.

    >>> outer_sum(torch.arange(3), torch.arange(2))
    tensor([[0, 1],
            [1, 2],
            [2, 3]])
    """
    raise NotImplementedError


def center(X: Tensor, dim: int) -> Tensor:
    """Subtract from X its mean along one axis.

        Y = X - mean of X along dim

    Afterwards every slice of Y along `dim` has mean zero. The mean depends on X as well, so gradients flow through
    both terms. Do it without the normalisation layers of torch.nn and without torch.cov: they centre by themselves.

    Args:
        X: a tensor of any shape with at least one axis and one entry, of floating dtype. Its sums along
            dim do not overflow.
        dim: the axis along which the mean is taken; may be negative.
    Returns:
        The centred tensor, same shape and dtype as X. A slice with a single entry becomes 0.

    >>> center(torch.tensor([[1.0, 3.0], [2.0, 8.0]]), dim=1)
    tensor([[-1.,  1.],
            [-3.,  3.]])
    >>> center(torch.tensor([[1.0, 3.0], [2.0, 8.0]]), dim=0)
    tensor([[-0.5000, -2.5000],
            [ 0.5000,  2.5000]])
    """
    raise NotImplementedError


def normalize_channels(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Shift and scale each channel of a batch of images.

        out[i, c, y, x] = (img[i, c, y, x] - mean[c]) / std[c]

    The statistics are given (those of the training set, say), not computed from the batch. A loop over the few channels
    is fine, one over the images is not. Normalisation layers and torchvision are off limits, for they do just this.

    Args:
        img: a batch of images of shape (n, c, h, w) and floating dtype; n may be 0.
        mean: one number per channel, of shape (c,), same dtype.
        std: one positive number per channel, of shape (c,), same dtype, not thousands of times smaller than mean.
    Returns:
        The normalised images, same shape and dtype as img.

    >>> img = torch.tensor([[[[1.0, 2.0]], [[30.0, 50.0]]]])
    >>> normalize_channels(img, mean=torch.tensor([1.0, 40.0]), std=torch.tensor([0.5, 10.0]))
    tensor([[[[ 0.,  2.]],
    <BLANKLINE>
             [[-1.,  1.]]]])
    """
    raise NotImplementedError


def pairwise_sq_dist(X: Tensor, Y: Tensor) -> Tensor:
    """Measure the squared Euclidean distance from every point of X to every point of Y.

        D[i, j] = sum_k (X[i, k] - Y[j, k])^2

    Points may lie far from the origin and close to each other: D must be accurate there too, it is never negative, and
    it is exactly 0 between equal points. Build it from elementary operations: no torch.cdist, no norm (they are the
    exercise), no Python loop over points.

    Args:
        X: n points, one a row, of shape (n, d) and floating dtype; n may be 0.
        Y: m points of shape (m, d), same dtype.
    Returns:
        D of shape (n, m), dtype of X: row i belongs to the point X[i].

    >>> pairwise_sq_dist(torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([[3.0, 4.0]]))
    tensor([[25.],
            [13.]])
    """
    raise NotImplementedError


def broadcast_shape(s1: tuple[int, ...], s2: tuple[int, ...]) -> tuple[int, ...]:
    """Work out the shape to which two shapes broadcast.

    Align the shapes from the right; an axis that one of them lacks counts as 1. Two sizes agree if they are equal or
    if one of them is 1, and then the result takes the other one. Size 0 is a size like any other: it agrees with 0
    and with 1, and with nothing else.

    Write it in plain Python: ask neither torch nor NumPy, and create no tensors, which would apply the rules for you.

    Args:
        s1: a shape, a tuple of non-negative ints; () is the shape of a scalar.
        s2: another.
    Returns:
        The common shape, a tuple of ints.
    Raises:
        ValueError: if the shapes do not agree on some axis.

    >>> broadcast_shape((3, 1), (2,))
    (3, 2)
    >>> broadcast_shape((), (4, 5))
    (4, 5)
    """
    raise NotImplementedError


def unbroadcast(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Carry a gradient back through a broadcast.

    In the forward pass a tensor x of the given shape was broadcast to the shape of g, so each of its entries was used
    several times. By the chain rule its gradient is the sum over all these uses:

        gradient of x[i] = sum of g over all positions that x[i] was copied to

    This is what autograd does for the bias of a linear layer. Do it by hand: without autograd and without
    Tensor.sum_to_size, which know how.

    Args:
        g: the gradient with respect to the broadcast result, of floating dtype (bfloat16 apart).
        shape: the shape of x, which broadcasts to that of g: g may have more axes, and where g has size k, x may have
            size 1. () is the shape of a scalar, and sizes may be 0.
    Returns:
        The gradient with respect to x: exactly of this shape, same dtype as g. If nothing was broadcast it equals g.

    >>> unbroadcast(torch.ones(2, 3), (3,))
    tensor([2., 2., 2.])
    >>> unbroadcast(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), (2, 1))
    tensor([[3.],
            [7.]])
    """
    raise NotImplementedError


def masked_mean(X: Tensor, lengths: Tensor) -> Tensor:
    """Average each sequence of a padded batch over its valid steps.

        out[i] = (X[i, 0] + … + X[i, lengths[i] - 1]) / lengths[i]

    Sequences of different lengths are stacked into one tensor by padding the end of the short ones. What stands in the
    padding must not matter, be it zeros, NaN or inf, and its gradient is 0. NaN or inf in a valid step does matter: it
    shows in the mean of its feature. An empty sequence has mean 0. Let broadcasting make the mask: no Python loop over
    samples, no nested tensors, nothing from torch.nn.utils.rnn.

    Args:
        X: n sequences of t steps with d features, of shape (n, t, d) and floating dtype.
        lengths: int64 tensor of shape (n,): how many steps of each sequence are valid, between 0 and t.
    Returns:
        The means, of shape (n, d), same dtype as X.

    >>> masked_mean(torch.tensor([[[1.0, 10.0], [3.0, 20.0], [7.0, 90.0]]]), torch.tensor([2]))
    tensor([[ 2., 15.]])
    """
    raise NotImplementedError
