"""Stochastic gradient descent (随机梯度下降)

Somewhere in a fog-bound valley lies the best set of parameters, and all you can feel is the slope under your feet. So
you take a step downhill, feel again, and take another. That is gradient descent. To feel the true slope you would have
to ask every example in the data set; to ask a random handful of them is a hundred times cheaper and points, on average,
the same way. That is *stochastic* gradient descent, and most networks are trained with it or with one of its relatives.

The walk ends in a valley, which need not be the deepest one: a local minimum looks like any other from inside. Where
it begins matters, too; weights start small and random (the book draws them from N(0, 0.01²)), or all units of a layer
would stay alike. Large handfuls keep the hardware busy, small ones are noisy, and some noise helps: it shakes the walk
out of narrow pits. (In practice a DataLoader draws them, with workers that read ahead.) To print a loss in between
needs no gradient: where nothing goes backward, there is nothing to clear.

You write the walk, the step and the handful of examples; you find out what to do with handfuls of different sizes, and
how long a step may be before the walk leaves the valley; and at the end all of it trains a model from scratch.

Some rules hold for all functions here. Every function works on any device. None uses torch.optim or ready-made losses,
because the steps and the losses are the exercise. Only sgd_ changes its arguments. Global generators are the caller's:
draw from the generator that you are given, or from one of your own. F.linear and torch.nn.Linear are welcome, but
nn.Linear draws its first weights from the global generator: create it under `with torch.random.fork_rng():`.

Two conventions differ from the book's. Here w has shape (d,), b has shape (), and y has shape (n,), where the book has
(d, 1), (1,) and (n, 1). And a loss is the mean over a minibatch, unless a docstring says that it is the sum.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor


def gd_path(grad: Callable[[Tensor], Tensor], x0: Tensor, lr: float, steps: int) -> Tensor:
    """Follow gradient descent and keep every point on the way.

        x[k+1] = x[k] - lr * grad(x[k])        x[0] = x0

    With a good learning rate the path walks into a valley, with one that is a little too large it zigzags there, and
    with one that is much too large it diverges. Record every point in any case.

    Args:
        grad: takes a point of shape (d,) and returns the gradient there: shape (d,), same dtype.
        x0: the start, shape (d,), any floating dtype; stays as it is.
        lr: the learning rate.
        steps: how many steps to take, at least 0.
    Returns:
        The points x[0], x[1], …, x[steps] as the rows of one tensor, shape (steps + 1, d), dtype of x0.

    >>> gd_path(lambda x: 2 * x, torch.tensor([8.0, -4.0]), lr=0.25, steps=3)
    tensor([[ 8.0000, -4.0000],
            [ 4.0000, -2.0000],
            [ 2.0000, -1.0000],
            [ 1.0000, -0.5000]])
    """
    raise NotImplementedError


def combine_grads(grads: list[Tensor], sizes: list[int]) -> Tensor:
    """Combine the mean gradients of several minibatches into the mean gradient of all their examples.

    Four machines have worked on four minibatches, and the last one had fewer examples than the others. Each reports the
    mean over its own. What would one machine have found that had seen them all?

    Args:
        grads: one gradient for each minibatch, at least one, all of the same shape (any) and floating dtype.
            grads[k] is the mean over the examples of minibatch k. They stay as they are.
        sizes: how many examples each minibatch has, as many numbers as there are gradients, each at least 1.
    Returns:
        The mean gradient over all examples; shape and dtype of the gradients, and as exact as that dtype allows. It
        lies between them, so it is finite if they are: in float16, too, where numbers end at 65504.

    >>> combine_grads([torch.tensor([1.0, 10.0]), torch.tensor([4.0, 40.0])], [2, 1])
    tensor([ 2., 20.])
    """
    raise NotImplementedError


def sgd_(params: list[Tensor], lr: float, batch_size: int) -> None:
    """Take one step of minibatch SGD, in place, and clear the gradients.

        p <- p - lr * p.grad / batch_size        for each parameter p

    The gradients are those of a *sum* over the minibatch, so they are divided by its size here, as in the older edition
    of the book; the newer one takes the gradients of a mean and does not divide. As the underscore
    promises, the parameters themselves change: each stays the same tensor in the same memory (what shares its memory
    sees the new numbers), a leaf that requires a gradient. Afterwards each p.grad is None or zero, for the next
    backward() adds to what it finds. A parameter whose grad is None had no part in the loss and stays as it is.

    Args:
        params: the parameters, leaves that require a gradient, of any shapes and floating dtype.
        lr: the learning rate, at least 0.
        batch_size: how many examples the loss was summed over, at least 1.
    Returns:
        Nothing: the result is in params.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (10 * w).sum().backward()
    >>> sgd_([w], lr=0.1, batch_size=2)
    >>> w
    tensor([0.5000, 1.5000], requires_grad=True)
    """
    raise NotImplementedError


def data_iter(
    batch_size: int, X: Tensor, y: Tensor, generator: torch.Generator | None = None
) -> Iterator[tuple[Tensor, Tensor]]:
    """Go through a data set once, in random order, one minibatch at a time.

    Each call is an epoch: every example comes exactly once, together with its own label, and all orders of the examples
    are equally likely. All minibatches have batch_size examples but the last, which takes what is left; if nothing is
    left there is no such batch, and from an empty data set comes none at all.

    Minibatches are made when they are asked for: the answer is an iterator, something that next() accepts. A function
    with `yield` gives one; a list is none, nor is an object that only has `__iter__` (iter(...) of it is). All
    randomness comes from `generator` (None stands for torch's global one, as in `torch.rand(2, generator=None)`): with
    the same seed the order is the same, and the next epoch draws on from where the last one stopped, so its order is
    another one. (The book shuffles with Python's random.) The tools of torch.utils.data are off limits, for they are
    the exercise.

    Args:
        batch_size: at least 1; may be larger than n.
        X: n examples along the first axis, shape (n, ...), any dtype; n may be 0.
        y: their labels, shape (n,), any dtype.
        generator: the only source of randomness, on the device of X.
    Returns:
        An iterator over pairs (examples, labels), of shapes (k, ...) and (k,), dtypes and device those of X and y. X
        and y themselves stay as they are.

    >>> X, y = torch.rand(10, 2), torch.arange(10)
    >>> [tuple(examples.shape) for examples, labels in data_iter(4, X, y)]
    [(4, 2), (4, 2), (2, 2)]
    >>> sorted(int(label) for examples, labels in data_iter(4, X, y) for label in labels)
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    raise NotImplementedError


def linreg_epoch(X: Tensor, y: Tensor, w: Tensor, b: Tensor, lr: float, batch_size: int) -> tuple[Tensor, Tensor]:
    """Train linear regression for one epoch of minibatch SGD, without shuffling.

        loss = 1/k sum_i 1/2 (X[i] . w + b - y[i])^2        i runs over the k examples of a minibatch

    Go through the data in the given order. Each minibatch has batch_size examples but the last, which may have fewer: k
    is the number of examples that it really has. After each one move w and b against the gradient of its loss:

        w <- w - lr * dloss/dw        b <- b - lr * dloss/db

    Both derivatives are taken at the parameters as they were before the step. The next minibatch starts from the new
    ones. By hand or with autograd, but without ready-made losses and optimisers. You may use your sgd_.

    Args:
        X: n examples with d features, shape (n, d), any floating dtype; n may be 0.
        y: the targets, shape (n,), dtype of X.
        w: the weights, shape (d,), dtype of X.
        b: the bias, shape (), dtype of X.
        lr: the learning rate.
        batch_size: at least 1; may be larger than n.
    Returns:
        The new (w, b), of shapes (d,) and (), dtype of X. The arguments stay as they are.

    >>> X, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([2.0, 4.0, 6.0])
    >>> linreg_epoch(X, y, torch.zeros(1), torch.tensor(0.0), lr=0.1, batch_size=2)
    (tensor([1.7600]), tensor(0.7200))
    """
    raise NotImplementedError


def max_stable_lr(A: Tensor) -> float:
    """Find the learning rate at which gradient descent on a quadratic bowl stops converging.

        f(x) = 1/2 x^T A x

    Below it gradient descent converges to the minimum from every start; above it, from nearly every start, it
    oscillates with growing amplitude. Return the bound itself: the supremum of the learning rates that converge from
    every start. Any way to it will do, eigenvalues from torch.linalg included.

    Args:
        A: a symmetric positive definite matrix, shape (d, d), float32 or float64.
    Returns:
        The bound, a float.

    >>> round(max_stable_lr(torch.tensor([[0.2, 0.0], [0.0, 4.0]])), 4)
    0.5
    """
    raise NotImplementedError


def train_linreg(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    """Train linear regression from scratch with minibatch SGD.

        loss of k examples = 1/k sum_i 1/2 (X[i] . w + b - y[i])^2

    Start from w drawn from the normal distribution with mean 0 and standard deviation 0.01, and b = 0. In each epoch
    shuffle the examples anew and go through them in minibatches of batch_size (the last one may be smaller); after each
    minibatch move w and b by -lr times the gradient of its loss, whose k is the number of examples that it really has.
    At the end of each epoch write down the loss of *all* examples at the parameters reached.

    All randomness comes from a generator of your own, seeded with `seed`: the same seed gives the same result, another
    seed another one, and the global generator stays untouched. The closed-form solution (lstsq, solve, inverses) and
    ready-made losses and optimisers are off limits: training is the exercise. You may use your functions from above.

    Args:
        X: n examples with d features, shape (n, d), any floating dtype; n is at least 1.
        y: the targets, shape (n,), dtype of X.
        lr: the learning rate.
        batch_size: at least 1; may be larger than n.
        epochs: at least 0; without an epoch the answer is what training starts from.
        seed: a non-negative int.
    Returns:
        (w, b, history): the weights, shape (d,), and the bias, shape (), dtype of X and detached from any graph; and a
        list with the loss after each epoch, Python floats. X and y stay as they are.

    >>> X = torch.tensor([[-1.0], [0.0], [1.0], [2.0]])
    >>> w, b, history = train_linreg(X, 2 * X[:, 0] + 1, lr=0.1, batch_size=2, epochs=100, seed=0)
    >>> w.round(decimals=2), b.round(decimals=2), len(history)
    (tensor([2.]), tensor(1.), 100)
    """
    raise NotImplementedError
