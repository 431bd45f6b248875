"""Devoir 1 - Amélie Dubois"""

import torch
from torch import Tensor


def outer_sum(a: Tensor, b: Tensor) -> Tensor:
    # a becomes a column, b stays a row: (m, 1) + (n,) -> (m, n)
    column = a.reshape(-1, 1)
    return torch.add(column, b)


def center(X: Tensor, dim: int) -> Tensor:
    count = X.shape[dim]
    average = X.sum(dim=dim, keepdim=True) / count
    return X - average


def pairwise_sq_dist(X: Tensor, Y: Tensor) -> Tensor:
    """I first tried ||x||^2 - 2xy + ||y||^2 but it gives garbage far from 0, so: differences."""
    differences = X.unsqueeze(1) - Y.unsqueeze(0)
    return differences.square().sum(dim=2)


def broadcast_shape(s1: tuple[int, ...], s2: tuple[int, ...]) -> tuple[int, ...]:
    rank = max(len(s1), len(s2))
    left = (1,) * (rank - len(s1)) + tuple(s1)
    right = (1,) * (rank - len(s2)) + tuple(s2)
    result = []
    for i in range(rank):
        l, r = left[i], right[i]
        if l == r:
            result.append(l)
        elif l == 1:
            result.append(r)
        elif r == 1:
            result.append(l)
        else:
            raise ValueError("axis %d: %d against %d" % (i, l, r))
    return tuple(result)


def unbroadcast(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    missing = g.ndim - len(shape)
    padded = (1,) * missing + tuple(shape)
    axes = [i for i in range(g.ndim) if padded[i] == 1]
    if axes:  # sum(dim=[]) would sum over everything!
        g = g.sum(dim=axes, keepdim=True)
    return g.reshape(shape)


def masked_mean(X: Tensor, lengths: Tensor) -> Tensor:
    n, t, d = X.shape
    time = torch.arange(t, device=X.device)[None, :, None]
    inside = time < lengths[:, None, None]
    # where and not "* mask", because nan * 0 is still nan
    clean = torch.where(inside, X, torch.zeros((), dtype=X.dtype, device=X.device))
    how_many = torch.maximum(lengths, torch.ones_like(lengths))
    return clean.sum(dim=1) / how_many[:, None].to(X.dtype)


def normalize_channels(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    # channels are axis 1, so the statistics need shape (1, c, 1, 1)
    shape = (1, -1, 1, 1)
    return (img - mean.reshape(shape)).div(std.reshape(shape))
