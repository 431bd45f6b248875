# Dmitri K., group 2
import torch
from torch import Tensor


def outer_sum(a: Tensor, b: Tensor) -> Tensor:
    return a[:, None].float() + b[None, :].float()


def center(X: Tensor, dim: int) -> Tensor:
    return X - X.mean()


def pairwise_sq_dist(X: Tensor, Y: Tensor) -> Tensor:
    return ((X[:, None] - Y[None]) ** 2).sum(-1).sqrt()


def broadcast_shape(s1, s2):
    # пример: (3, 1) и (2,) -> (3, 2)
    n = max(len(s1), len(s2))
    s1 = s1 + (1,) * (n - len(s1))
    s2 = s2 + (1,) * (n - len(s2))
    out = []
    for a, b in zip(s1, s2):
        if a != b and a != 1 and b != 1:
            raise ValueError("bad shapes")
        out.append(max(a, b) if a and b else 0)
    return tuple(out)


def unbroadcast(g: Tensor, shape) -> Tensor:
    while g.dim() > len(shape):
        g = g.mean(0)
    for i in range(len(shape)):
        if shape[i] == 1:
            g = g.mean(i, keepdim=True)
    return g


def masked_mean(X: Tensor, lengths: Tensor) -> Tensor:
    mask = torch.arange(X.shape[1])[None] <= lengths[:, None]
    Z = X.masked_fill(~mask[..., None], 0)
    return Z.sum(1) / lengths.clamp(min=1)[:, None]


def normalize_channels(img, mean, std):
    return img - mean.view(1, -1, 1, 1) / std.view(1, -1, 1, 1)
