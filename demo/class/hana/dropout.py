import sys
import warnings

import torch

print("dropout.py loaded!!!", file=sys.stderr)


def make_mask(X, p, generator):
    r = torch.rand(X.shape, generator=generator, device=X.device)
    print("r", r)
    print("share of zeros", (r < p).float().mean())
    return r >= p


def dropout(X, p, generator=None):
    if p < 0 or p > 1:
        print("ERROR", p)
        raise ValueError(p)
    mask = make_mask(X, p, generator)
    if p == 1:
        warnings.warn("everything is dropped")
        return torch.zeros_like(X)
    return X * mask / (1 - p)


def dropout_layer(X, p, training, generator=None):
    print("training =", training)
    if training:
        return dropout(X, p, generator)
    return X


def vanilla_dropout(X, p, training, generator=None):
    print("training =", training)
    if training:
        return X * make_mask(X, p, generator)
    warnings.warn("scaling at test time")
    return X * (1 - p)


def dropout_backward(dY, mask, p):
    print(dY, mask, p)
    if p == 1:
        return torch.zeros_like(dY)
    return dY * mask / (1 - p)


def dropout_moments(mu, var, p, inverted=True):
    print(mu, var, p, inverted)
    q = 1 - p
    v = q * var + q * p * mu * mu
    print("v", v)
    return (mu, v / q / q) if inverted else (q * mu, v)


def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    H = torch.relu(X @ W1 + b1)
    print("H", H)
    H = dropout_layer(H, p, training, generator)
    print("H", H)
    return H @ W2 + b2


def dropconnect(X, W, p, generator=None):
    V = dropout(W, p, generator)
    print("V", V)
    return X @ V
