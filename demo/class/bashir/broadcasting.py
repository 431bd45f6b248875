# Bashir - week 3. TODO: masked_mean, normalize_channels

import torch
from torch import Tensor


def outer_sum(a: Tensor, b: Tensor) -> Tensor:
    m, n = len(a), len(b)
    return a.view(m, 1).expand(m, n) + b.view(1, n).expand(m, n)


def center(X: Tensor, dim: int) -> Tensor:
    mu = X.mean(dim).unsqueeze(dim)
    return X - mu


def pairwise_sq_dist(X: Tensor, Y: Tensor) -> Tensor:
    return ((X[:, None, :] - Y[None, :, :]) ** 2).sum(2)


def broadcast_shape(s1: tuple[int, ...], s2: tuple[int, ...]) -> tuple[int, ...]:
    # works for everything I tried
    result = []
    for a, b in zip(reversed(s1), reversed(s2)):
        result.insert(0, max(a, b))
    longer = s1 if len(s1) > len(s2) else s2
    return tuple(longer[: len(longer) - len(result)]) + tuple(result)


def unbroadcast(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    extra = len(g.shape) - len(shape)
    for i in range(extra):
        g = g.sum(0)
    # TODO what about the axes of size 1?
    return g


def masked_mean(X: Tensor, lengths: Tensor) -> Tensor:
    raise NotImplementedError


def normalize_channels(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    raise NotImplementedError
