"""Dropout (暂退法)

A network that leans on a few favourite units falls over when the data shift a little. Dropout makes leaning impossible:
in every training step a fresh set of units is switched off at random, so the others learn to do without them. You write
the layer itself, in the form used today, and send a gradient back through it; then you write its original form, find
out how much noise dropout adds, put it into a network, and end with its sibling, which drops weights instead of units.
Your answers are random here, so they are judged by what must be true of them: how many entries vanish, what becomes of
the others, and that every coin is tossed on its own.

In this module p is the probability of *dropping*; 1 - p is the probability of keeping. All randomness comes from the
argument `generator` (None stands for torch's global generator, as in `torch.rand(2, generator=None)`): the same seed
gives the same answer again, and a call draws on from where the last one stopped. The global generators of torch, NumPy
and Python belong to the caller: do not seed them, and do not draw from them unless `generator` is None.

Dropout itself is the exercise, so the ready-made dropouts of torch, and `Sequential`, are off limits. A mask is drawn
and multiplied for all entries at once: no function needs, or may use, a Python loop over entries. Arguments stay as
they are.

The book's `dropout_layer(X, dropout)` is our `dropout(X, p, generator)`, and our `dropout_layer` has a flag for
training. The book has no `generator`, and meets a bad p with an assert; here that is a ValueError.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

import torch
from torch import Tensor


def dropout(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    """Drop entries at random and scale up the survivors, as in training.

        y[i] = 0             with probability p
        y[i] = x[i] / (1-p)  with probability 1 - p

    Every entry has a coin of its own, so the number of zeros varies from call to call. Scaling up the survivors keeps
    the expectation where it was. At p = 1 all is zero (and nothing is NaN), at p = 0 nothing changes.

    Args:
        X: any shape (also empty) and floating dtype, on any device; stays as it is.
        p: the probability of dropping an entry, 0 <= p <= 1; may be an int. (A coin in half precision has steps of
            0.004 or less; that is fine enough.)
        generator: the only source of randomness, on the device of X.
    Returns:
        A tensor of the shape, dtype and device of X: half precision stays half precision.
    Raises:
        ValueError: if p lies outside [0, 1].

    >>> dropout(torch.tensor([1.0, 2.0, 3.0]), 0.0)
    tensor([1., 2., 3.])
    >>> dropout(torch.ones(1000), 0.75, torch.Generator().manual_seed(1)).unique()
    tensor([0., 4.])
    """
    raise NotImplementedError


def dropout_layer(X: Tensor, p: float, training: bool, generator: torch.Generator | None = None) -> Tensor:
    """Apply dropout in training, and nothing at all in evaluation.

        training:    y[i] = 0 with probability p, else x[i] / (1-p)
        evaluation:  y = x

    This flag is what `model.train()` and `model.eval()` set. It has nothing to do with gradients: switching their
    recording off is the business of `torch.no_grad()`.

    Args:
        X: any shape and floating dtype, on any device; stays as it is.
        p: the probability of dropping an entry, 0 <= p <= 1. In evaluation even p = 1 changes nothing.
        training: True in training, False in evaluation.
        generator: the only source of randomness, on the device of X.
    Returns:
        A tensor of the shape, dtype and device of X.

    >>> dropout_layer(torch.tensor([1.0, 2.0, 3.0]), 0.5, training=False)
    tensor([1., 2., 3.])
    >>> dropout_layer(torch.tensor([1.0, 2.0, 3.0]), 1.0, training=True)
    tensor([0., 0., 0.])
    """
    raise NotImplementedError


def dropout_backward(dY: Tensor, mask: Tensor, p: float) -> Tensor:
    """Send a gradient back through inverted dropout.

    The forward pass was y = x * mask / (1-p), and zero everywhere at p = 1. Given the gradient of a loss with respect
    to y, return the one with respect to x, by the chain rule and without autograd. At p = 1 it is zero, not NaN.

    Args:
        dY: gradient with respect to the output, any shape and floating dtype; stays as it is.
        mask: the mask of the forward pass, bool, same shape as dY; True where an entry was kept.
        p: the probability of dropping with which the mask was drawn, 0 <= p <= 1.
    Returns:
        Gradient with respect to the input: shape, dtype and device of dY.

    >>> dropout_backward(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([True, False, True]), 0.75)
    tensor([ 4.,  0., 12.])
    """
    raise NotImplementedError


def vanilla_dropout(X: Tensor, p: float, training: bool, generator: torch.Generator | None = None) -> Tensor:
    """Apply dropout in its original form, which rescales when testing.

        training:  y[i] = 0 with probability p, else x[i]
        testing:   y = (1-p) x

    Here training only masks. When testing all units are on, so each is turned down to what it was worth on average.
    (Some texts multiply the weights of the next layer by 1 - p instead; what that layer computes is the same. And some
    write "p%": here too p is a probability.)

    Args:
        X: any shape and floating dtype, on any device; stays as it is.
        p: the probability of dropping an entry, 0 <= p <= 1.
        training: True in training, False when testing.
        generator: the only source of randomness, on the device of X.
    Returns:
        A tensor of the shape, dtype and device of X.

    >>> vanilla_dropout(torch.tensor([1.0, 2.0, 4.0]), 0.75, training=False)
    tensor([0.2500, 0.5000, 1.0000])
    >>> vanilla_dropout(torch.ones(1000), 0.75, True, torch.Generator().manual_seed(1)).unique()
    tensor([0., 1.])
    """
    raise NotImplementedError


def dropout_moments(mu: float, var: float, p: float, inverted: bool = True) -> tuple[float, float]:
    """Find the mean and the variance of one unit after dropout.

    Before, the unit is a random number x with mean mu and variance var. A coin m, independent of x, is 1 with
    probability 1 - p and 0 otherwise. What are mean and variance of

        y = m x / (1-p)   (inverted dropout)
        y = m x           (vanilla dropout, in training)

    over x and m together? Use E[y] and E[y^2] - E[y]^2, and bring the result into a form that stays accurate where mu^2
    is far larger than var: subtracting two nearly equal numbers loses the small difference.

    Args:
        mu: the mean before.
        var: the variance before, >= 0.
        p: the probability of dropping, 0 <= p < 1.
        inverted: whether survivors are divided by 1 - p.
    Returns:
        Mean and variance after, two numbers.

    >>> dropout_moments(1.0, 0.0, 0.5)
    (1.0, 1.0)
    >>> dropout_moments(1.0, 0.0, 0.5, inverted=False)
    (0.5, 0.25)
    """
    raise NotImplementedError


def mlp_dropout(
    X: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    p: float,
    training: bool,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Run a network with one hidden layer that is subject to dropout.

        H = relu(X W1 + b1)
        Y = dropout(H) W2 + b2   in training (inverted dropout)
        Y = H W2 + b2            in evaluation

    Only hidden units are dropped, neither inputs nor outputs nor weights, and each example has a mask of its own. At
    p = 1 in training nothing of the input is left: every row is b2.

    Args:
        X: examples, shape (n, d).
        W1: first weights, shape (d, h).
        b1: first bias, shape (h,).
        W2: second weights, shape (h, q).
        b2: second bias, shape (q,).
        p: the probability of dropping a hidden unit, 0 <= p <= 1.
        training: True in training, False in evaluation.
        generator: the only source of randomness, on the device of X.
    Returns:
        Outputs, shape (n, q), dtype of X.

    >>> X, W1, W2 = torch.tensor([[1.0, -1.0]]), torch.eye(2), torch.ones(2, 1)
    >>> mlp_dropout(X, W1, torch.zeros(2), W2, torch.tensor([5.0]), 0.5, training=False)
    tensor([[6.]])
    >>> mlp_dropout(X, W1, torch.zeros(2), W2, torch.tensor([5.0]), 1.0, training=True)
    tensor([[5.]])
    """
    raise NotImplementedError


def dropconnect(X: Tensor, W: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    """Multiply by a weight matrix of which single weights are dropped (DropConnect).

        V[i, j] = 0                with probability p
        V[i, j] = W[i, j] / (1-p)  with probability 1 - p
        Y = X V

    Every weight has a coin of its own. One mask is drawn per call and serves the whole batch. (The paper on DropConnect
    draws a mask for each example, and rescales when testing. Here it is one mask, and training rescales.)

    Args:
        X: examples, shape (n, d), floating, on any device.
        W: weights, shape (d, q), dtype and device of X; they stay as they are.
        p: the probability of dropping a weight, 0 <= p < 1.
        generator: the only source of randomness, on the device of W.
    Returns:
        Outputs, shape (n, q), dtype and device of X.

    >>> dropconnect(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]), 0.0)
    tensor([[11.]])
    >>> dropconnect(torch.eye(50), torch.ones(50, 20), 0.75, torch.Generator().manual_seed(1)).unique()
    tensor([0., 4.])
    """
    raise NotImplementedError
