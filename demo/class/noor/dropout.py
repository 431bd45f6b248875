import torch
from torch import nn


def dropout_layer(X, dropout):
    assert 0 <= dropout <= 1
    if dropout == 1: return torch.zeros_like(X)
    mask = (torch.rand(X.shape) > dropout).float()
    return mask * X / (1.0 - dropout)


def dropout(X, p, generator):
    torch.manual_seed(0)
    return dropout_layer(X, p)


def dropout_moments(mu, var, p, inverted=True):
    return mu, (var + p * mu ** 2) / (1 - p)
