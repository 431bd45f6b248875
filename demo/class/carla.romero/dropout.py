import torch as t


def dropout(X, p, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p should be between 0 and 1")
    mask = (t.rand(X.shape) > p).float()
    return mask * X / (1 - p)


def dropout_layer(X, p, training, generator=None):
    if training:
        return dropout(X, p, generator)
    return X


def vanilla_dropout(X, p, training, generator=None):
    if training:
        return dropout(X, p, generator) * (1 - p)
    return X


def dropout_backward(dY, mask, p):
    return dY * mask / (1 - p)


def dropout_moments(mu, var, p, inverted=True):
    # E[y] does not change
    return mu, var


def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    H = t.relu(X @ W1 + b1)
    H = dropout_layer(H, p, training, generator)
    return H @ W2 + b2


def dropconnect(X, W, p, generator=None):
    return dropout(X, p, generator) @ W
