# Dmitri K., group 2
import torch
from torch import Tensor


def dropout(X: Tensor, p: float, generator=None) -> Tensor:
    if not (0 <= p <= 1):
        raise ValueError(p)
    # keep an entry with probability p
    mask = torch.rand(X.shape, generator=generator) < p
    if p == 0:
        return X.clone()
    return X * mask / p


def dropout_layer(X, p, training, generator=None):
    if training:
        return dropout(X, p, generator)
    return X * (1 - p)


def vanilla_dropout(X, p, training, generator=None):
    mask = torch.rand(X.shape, generator=generator) >= p
    if training:
        return X * mask
    return X / (1 - p)


def dropout_backward(dY, mask, p):
    return dY * mask


def dropout_moments(mu, var, p, inverted=True):
    if inverted:
        ey2 = (var + mu ** 2) / (1 - p)
        return mu, ey2
    return (1 - p) * mu, (1 - p) * (var + mu ** 2)


def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    H = torch.relu(X @ W1 + b1)
    if training:
        mask = torch.rand(H.shape[1], generator=generator) >= p
        H = H * mask / (1 - p) if p < 1 else H * 0
    return H @ W2 + b2


def dropconnect(X, W, p, generator=None):
    mask = torch.rand(W.shape, generator=generator) >= p
    return X @ (W * mask)
