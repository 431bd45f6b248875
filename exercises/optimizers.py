"""Optimisers and schedules (优化算法与学习率)

Plain gradient descent has one learning rate for everything, and no memory. In a long valley it zigzags between the
walls; where a feature is rare, its weight hardly moves; and where the rate is right at the beginning, it is too large
near the end. Momentum remembers the direction, and lets what goes to and fro cancel. AdaGrad remembers how large the
gradients of each weight were, and takes smaller steps where they were large; as *steps* accumulate its rates go to
zero, which RMSProp mends by forgetting. Adam does both, and corrects for having started from nothing. Many more have
followed (AdamW, AMSGrad, RAdam, Nadam, Lookahead); momentum with a good schedule often generalises as well as any.

Each function here takes one step. It has no memory of its own: the state comes in, and the new state goes out, so that
one step after the other makes an optimiser. Numbers are finite and of ordinary size: no square and no product overflows
or vanishes. Arguments stay as they are. Squares, roots and quotients are taken entry by
entry; there is no Python loop over entries. In all of them g is the gradient at w. Everything in torch.optim, its
schedulers included, is off limits: you are building it.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def momentum_step(w: Tensor, v: Tensor, g: Tensor, lr: float, beta: float) -> tuple[Tensor, Tensor]:
    """Take one step of gradient descent with momentum.

        v <- beta v - lr g
        w <- w + v             with the new v

    The velocity v is a step here: the learning rate and the minus are in it. (The book and torch.optim keep
    v <- beta v + g, and subtract lr v. For a constant learning rate that is the same path in another scale; an average,
    with (1 - beta) g, is a third one. Only the form above is asked for.)

    Args:
        w: the parameters, any shape and floating dtype.
        v: the velocity, shape and dtype of w; zero before the first step.
        g: the gradient, shape and dtype of w.
        lr: the learning rate, at least 0.
        beta: how much of the velocity is kept, 0 <= beta <= 1.
    Returns:
        The new (w, v), of shape and dtype of w.

    >>> w, v = momentum_step(torch.tensor([1.0]), torch.tensor([0.5]), torch.tensor([2.0]), lr=0.25, beta=0.5)
    >>> w, v
    (tensor([0.7500]), tensor([-0.2500]))
    """
    raise NotImplementedError


def nag_step(w: Tensor, v: Tensor, grad: Callable[[Tensor], Tensor], lr: float, beta: float) -> tuple[Tensor, Tensor]:
    """Take one step with Nesterov's momentum: look ahead first, and ask for the gradient there.

        v <- beta v - lr grad(w + beta v)
        w <- w + v                           with the new v

    The velocity alone would carry w to w + beta v. The gradient at that place knows already what lies ahead, such as a
    wall of the valley, and brakes before momentum does.

    Args:
        w: the parameters, any shape and floating dtype.
        v: the velocity, shape and dtype of w; zero before the first step.
        grad: takes a tensor of the shape of w, and returns the gradient there: same shape, same dtype.
        lr: the learning rate, at least 0.
        beta: how much of the velocity is kept, 0 <= beta <= 1.
    Returns:
        The new (w, v), of shape and dtype of w.

    >>> w, v = nag_step(torch.tensor([1.0]), torch.tensor([2.0]), lambda x: x**2, lr=0.25, beta=0.5)
    >>> w, v
    (tensor([1.]), tensor([0.]))
    """
    raise NotImplementedError


def adagrad_step(w: Tensor, s: Tensor, g: Tensor, lr: float, eps: float = 1e-8) -> tuple[Tensor, Tensor]:
    """Take one step of AdaGrad: each parameter has a learning rate of its own, which falls as its gradients add up.

        s <- s + g^2
        w <- w - lr g / (sqrt(s) + eps)      with the new s

    Notes that divide a rate of lr / sqrt(t + 1) by the root of the *mean* square over all t + 1 steps say the same: the
    t + 1 cancels. Here eps stands outside the root (the book has 1e-6 inside), and keeps a gradient that has been zero
    all along from becoming 0/0.

    Args:
        w: the parameters, any shape, float32 or float64.
        s: the sum of all squared gradients so far, shape and dtype of w; zero before the first step.
        g: the gradient, shape and dtype of w.
        lr: the learning rate, at least 0.
        eps: a small positive number.
    Returns:
        The new (w, s), of shape and dtype of w.

    >>> w, s = adagrad_step(torch.tensor([1.0, 1.0]), torch.tensor([9.0, 0.0]), torch.tensor([4.0, 0.0]), lr=0.5)
    >>> w, s
    (tensor([0.6000, 1.0000]), tensor([25.,  0.]))
    """
    raise NotImplementedError


def rmsprop_step(
    w: Tensor, s: Tensor, g: Tensor, lr: float, alpha: float = 0.9, eps: float = 1e-8
) -> tuple[Tensor, Tensor]:
    """Take one step of RMSProp: AdaGrad that forgets.

        s <- alpha s + (1 - alpha) g^2
        w <- w - lr g / (sqrt(s) + eps)      with the new s

    The state s is an average of *squares*, whose root comes only in the second line; eps stands outside that root.
    Notes that start from sigma = |g| of the first step start from s = g^2 here.

    Args:
        w: the parameters, any shape, float32 or float64.
        s: the running average of squared gradients, shape and dtype of w.
        g: the gradient, shape and dtype of w.
        lr: the learning rate, at least 0.
        alpha: how much of the average is kept, 0 <= alpha <= 1.
        eps: a small positive number.
    Returns:
        The new (w, s), of shape and dtype of w.

    >>> w, s = rmsprop_step(torch.tensor([1.0]), torch.tensor([1.0]), torch.tensor([7.0]), lr=0.5, alpha=0.5)
    >>> w, s
    (tensor([0.3000]), tensor([25.]))
    """
    raise NotImplementedError


def adam_step(
    w: Tensor,
    m: Tensor,
    v: Tensor,
    g: Tensor,
    t_: int,
    lr: float = 1e-3,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[Tensor, Tensor, Tensor]:
    """Take one step of Adam: momentum, RMSProp, and a correction for having started from nothing.

        m <- b1 m + (1 - b1) g                    m' = m / (1 - b1^t)
        v <- b2 v + (1 - b2) g^2                  v' = v / (1 - b2^t)
        w <- w - lr m' / (sqrt(v') + eps)

    Both averages start at zero and are too small at first; m' and v' make up for it. They serve for this step only:
    what is kept, and returned, are m and v. Note that eps is added to the root of the *corrected* average.

    Args:
        w: the parameters, any shape, float32 or float64.
        m: the average of gradients, shape and dtype of w; zero before the first step.
        v: the average of squared gradients, shape and dtype of w; zero before the first step.
        g: the gradient, shape and dtype of w.
        t_: the number t of this step; the first step is number 1.
        lr: the learning rate, at least 0.
        b1: how much of m is kept, 0 <= b1 < 1.
        b2: how much of v is kept, 0 <= b2 < 1.
        eps: a small positive number.
    Returns:
        The new (w, m, v), of shape and dtype of w.

    >>> zero = torch.zeros(2)
    >>> w, m, v = adam_step(zero, zero, zero, torch.tensor([4.0, -0.5]), 1, lr=0.5, b1=0.75, b2=0.5)
    >>> w, m, v
    (tensor([-0.5000,  0.5000]), tensor([ 1.0000, -0.1250]), tensor([8.0000, 0.1250]))
    """
    raise NotImplementedError


def lr_at(t_: int, eta0: float, kind: str, gamma: float = 0.9, every: int = 10) -> float:
    """Compute the learning rate of a step according to a schedule.

        "const"       eta0
        "inv_sqrt"    eta0 / sqrt(t + 1)
        "exp"         eta0 gamma^t
        "step"        eta0 gamma^k         k counts how often `every` steps have been completed

    All schedules begin with eta0, at t = 0.

    Args:
        t_: the number t of the step, at least 0; may be large, up to 10^15.
        eta0: the learning rate of the first step, at least 0.
        kind: the name of the schedule.
        gamma: by what the rate is multiplied, 0 to 1.
        every: after how many steps "step" multiplies it, at least 1.
    Returns:
        The learning rate, a float.

    >>> lr_at(3, 0.5, "inv_sqrt")
    0.25
    >>> lr_at(2, 0.5, "exp", gamma=0.5)
    0.125
    >>> [lr_at(t, 0.5, "step", gamma=0.5, every=2) for t in range(5)]
    [0.5, 0.5, 0.25, 0.25, 0.125]
    """
    raise NotImplementedError
