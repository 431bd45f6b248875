# Mia Schmidt – Übung 1
import torch
import torch.nn.functional as F


def dropout(X, p, generator=None):
    return F.dropout(X, p)


def dropout_layer(X, p, training, generator=None):
    return F.dropout(X, p, training)


def vanilla_dropout(X, p, training, generator=None):
    return F.dropout(X, p, training) * (1 - p)


def dropout_backward(dY, mask, p):
    return dY * mask * (1 / (1 - p) if p < 1 else 0)


def dropout_moments(mu, var, p, inverted=True):
    # measured instead of computed :-)
    x = mu + var ** 0.5 * torch.randn(1_000_000)
    y = x * (torch.rand(1_000_000) >= p)
    if inverted:
        y = y / (1 - p)
    return y.mean().item(), y.var().item()


def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    H = torch.relu(X @ W1 + b1)
    return F.dropout(H, p, training) @ W2 + b2


def dropconnect(X, W, p, generator=None):
    return X @ F.dropout(W, p)
