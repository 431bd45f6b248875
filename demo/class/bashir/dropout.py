import torch


def dropout(X, p, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if p == 1:
        return X * 0
    mask = (torch.rand(X.shape, generator=generator) > p).to(X.dtype)
    return mask * X / (1 - p)


def dropout_layer(X, p, training, generator=None):
    return dropout(X, p, generator) if training else X


def vanilla_dropout(X, p, training, generator=None):
    raise NotImplementedError


def dropout_backward(dY, mask, p):
    raise NotImplementedError("not yet")


def dropout_moments(mu, var, p, inverted=True):
    ...
