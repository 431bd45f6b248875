"""Esercizio 1: broadcasting (Giulia)"""
import torch


def outer_sum(a, b):
    return a[:, None] + b[None, :]


def center(X, dim):
    return torch.sub(X, X.mean(dim, keepdim=True))


def pairwise_sq_dist(X, Y):
    diff = X[:, None, :] - Y[None, :, :]
    return torch.einsum('ijk,ijk->ij', diff, diff)


def broadcast_shape(s1, s2):
    a = list(s1)
    b = list(s2)
    res = []
    while a or b:
        x = a.pop() if a else 1
        y = b.pop() if b else 1
        if x != 1 and y != 1 and x != y:
            raise ValueError(str(s1) + ' / ' + str(s2))
        res.append(y if x == 1 else x)
    res.reverse()
    return tuple(res)


def unbroadcast(g, shape):
    # remove the leading axes
    while g.ndim != len(shape):
        g = g.sum(dim=0, keepdim=True)
    for i, s in enumerate(shape):
        if s == 1:
            g = g.sum(dim=i, keepdim=True)
    return g


def masked_mean(X, lengths):
    t = torch.arange(X.shape[1], device=X.device)
    m = (t[None, :] < lengths[:, None])[:, :, None]
    s = torch.where(m, X, torch.zeros_like(X)).sum(1)
    return s / lengths.clamp(min=1)[:, None]


def normalize_channels(img, mean, std):
    mean = mean.reshape(-1, 1, 1)
    std = std.reshape(-1, 1, 1)
    return (img - mean) / std
