"""What the pages of this topic have in common: forbidden names, scores far apart, and right answers to build on."""

import torch

from grader import stand_in

SOFTMAX = (
    "softmax",
    "log_softmax",
    "softmin",
    "logsumexp",
    "logcumsumexp",
    "logaddexp",
    "cross_entropy",
    "nll_loss",
)
AUTOGRAD = ("backward", "grad", "vjp", "jacobian", "jacrev", "jacfwd")
FEW_DIGITS = "float32 keeps no more than four digits behind the point of a score near 1000"


def far_apart(draw, n, q, step=1000):
    """n rows of q scores, about `step` from each other and in random order: no near ties."""
    multiples = torch.stack([draw.permutation(q) for _ in range(n)]) - q // 2
    return step * multiples + draw.normal(n, q)


def thousands_apart(draw):
    """Three rows of scores, and all of the last lie far below zero."""
    return far_apart(draw, 3, 5, step=10000) - draw.tensor([[0.0], [0.0], [50000.0]])


@stand_in
def softmax(X, dim):
    weights = (X - X.amax(dim, keepdim=True)).exp()
    return weights / weights.sum(dim, keepdim=True)


@stand_in
def logsumexp(X, dim, keepdim=False):
    top = X.amax(dim, keepdim=True)
    shift = top.masked_fill(top.isinf(), 0)
    total = (X - shift).exp().sum(dim, keepdim=True).log() + shift
    return total if keepdim else total.squeeze(dim)


@stand_in
def log_softmax(X, dim):
    Z = X - X.amax(dim, keepdim=True)
    return Z - Z.exp().sum(dim, keepdim=True).log()


def one_calm(draw, X, dim):
    """X with everyday scores in its first slice along dim: beside a sure one, something is left to be judged."""
    calm = X.movedim(dim, -1).clone()
    if calm.numel() > calm.shape[-1]:
        calm[(0,) * (X.dim() - 1)] = draw.normal(calm.shape[-1])
        return draw.laid_out(calm.movedim(-1, dim).contiguous())
    return draw.laid_out(X)


def log_softmax_by_log1p(X, dim):
    """More exact than the others where a class is nearly sure: 1 + 1e-20 is 1, but log1p(1e-20) is 1e-20."""
    top, at = X.max(dim, keepdim=True)
    Z = X - top
    return Z - Z.exp().scatter(dim, at, 0).sum(dim, keepdim=True).log1p()
