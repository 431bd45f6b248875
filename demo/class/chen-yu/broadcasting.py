import torch
from itertools import zip_longest


def outer_sum(a, b):
    return a.unsqueeze(1) + b.unsqueeze(0)


def center(X, dim):
    return X - torch.mean(X, dim=dim, keepdim=True)


def pairwise_sq_dist(X, Y):
    d = X[:, None] - Y  # (n, 1, d) - (m, d) -> (n, m, d)
    return torch.sum(d * d, dim=-1)


def broadcast_shape(s1, s2):
    out = []
    for p, q in zip_longest(s1[::-1], s2[::-1], fillvalue=1):
        if p == 1:
            out.append(q)
        elif q == 1 or p == q:
            out.append(p)
        else:
            raise ValueError(f"{s1} and {s2} do not broadcast")
    return tuple(out[::-1])


def unbroadcast(g, shape):
    while g.dim() > len(shape):
        g = g.sum(0)
    for k, size in enumerate(shape):
        if size == 1:
            g = g.sum(k, keepdim=True)
    return g


def masked_mean(X, lengths):
    steps = torch.arange(X.size(1), device=X.device)
    valid = steps < lengths.unsqueeze(1)  # (n, t)
    total = X.masked_fill(~valid.unsqueeze(2), 0).sum(1)
    return total / lengths.clamp(min=1).unsqueeze(1)  # 0/1 for empty ones


def normalize_channels(img, mean, std):
    return (img - mean[:, None, None]) / std[:, None, None]
