"""Devoir 1 - Amélie Dubois"""

import torch
from torch import Tensor


def survivors(like: Tensor, p: float, generator) -> Tensor:
    """True with probability 1 - p, one coin for each entry."""
    chances = torch.full(like.shape, 1.0 - p, device=like.device)
    return torch.bernoulli(chances, generator=generator).bool()


def scale(p: float) -> float:
    return 0.0 if p == 1 else 1.0 / (1.0 - p)


def dropout(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    if not 0 <= p <= 1:
        raise ValueError(f"{p} is not a probability")
    mask = survivors(X, p, generator)
    return X * mask * scale(p)


def dropout_layer(X: Tensor, p: float, training: bool, generator: torch.Generator | None = None) -> Tensor:
    if not training:
        return X
    return dropout(X, p, generator)


def vanilla_dropout(X: Tensor, p: float, training: bool, generator: torch.Generator | None = None) -> Tensor:
    if training:
        return X * survivors(X, p, generator)
    else:
        return X * (1.0 - p)


def dropout_backward(dY: Tensor, mask: Tensor, p: float) -> Tensor:
    return dY * mask * scale(p)


def dropout_moments(mu: float, var: float, p: float, inverted: bool = True) -> tuple[float, float]:
    # law of total variance: Var y = E[Var(y|m)] + Var(E[y|m])
    #                             = (1-p) var      + p (1-p) mu^2
    keep = 1.0 - p
    if inverted:
        return mu, var / keep + p * mu * mu / keep
    return keep * mu, keep * var + p * keep * mu * mu


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
    hidden = (X @ W1 + b1).clamp(min=0)
    if training:
        hidden = dropout(hidden, p, generator)
    return hidden @ W2 + b2


def dropconnect(X: Tensor, W: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    mask = survivors(W, p, generator)
    thinned = W * mask * scale(p)
    return torch.matmul(X, thinned)
