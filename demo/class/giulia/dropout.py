"""Esercizio 3: dropout (Giulia)"""
import torch


def dropout(X, p, generator=None):
    if not 0 <= p <= 1:
        raise ValueError('p deve essere in [0, 1]')
    # drop exactly the right number of entries
    k = round(p * X.numel())
    order = torch.randperm(X.numel(), generator=generator)
    mask = torch.ones(X.numel(), dtype=torch.bool)
    mask[order[:k]] = False
    if p == 1:
        return torch.zeros_like(X)
    return X * mask.reshape(X.shape) / (1 - p)


def dropout_layer(X, p, training, generator=None):
    if training:
        return dropout(X, p, generator)
    else:
        return X


def vanilla_dropout(X, p, training, generator=None):
    if training:
        return X * (torch.rand(X.shape, generator=generator) >= p)
    return X * (1 - p)


def dropout_backward(dY, mask, p):
    if p == 1:
        return torch.zeros_like(dY)
    return dY.masked_fill(~mask, 0) / (1 - p)


def dropout_moments(mu, var, p, inverted=True):
    q = 1 - p
    if inverted:
        return mu, var / q + mu ** 2 * p / q
    return q * mu, q * var + p * q * mu ** 2


def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    H = dropout_layer(H, p, training, generator)
    return H @ W2 + b2


def dropconnect(X, W, p, generator=None):
    return X @ dropout(W, p, generator)
