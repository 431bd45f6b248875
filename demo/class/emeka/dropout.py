import torch


def dropout(X, p, generator=None):
    if p < 0 or p > 1:
        raise ValueError("probability")
    X[torch.rand(X.shape, generator=generator) < p] = 0
    if p < 1:
        X /= 1 - p
    return X


def dropout_layer(X, p, training, generator=None):
    if training:
        X = dropout(X.clone(), p, generator)
    return X


def vanilla_dropout(X, p, training, generator=None):
    if training:
        flat = X.flatten().clone()
        r = torch.rand(len(flat), generator=generator)
        flat[r < p] = 0
        return flat.reshape(X.shape)
    return X * (1 - p)


def dropout_backward(dY, mask, p):
    if p == 1:
        return torch.zeros(dY.shape)
    dY *= mask
    dY /= (1 - p)
    return dY


def dropout_moments(mu, var, p, inverted=True):
    second = (1 - p) * (var + mu ** 2)
    first = (1 - p) * mu
    v = second - first ** 2
    if inverted:
        return mu, v / (1 - p) ** 2
    return first, v


def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    out = []
    for x in X:
        h = torch.relu(x @ W1 + b1)
        if training:
            h = dropout(h, p, generator)
        out.append(h @ W2 + b2)
    return torch.stack(out)


def dropconnect(X, W, p, generator=None):
    W = dropout(W, p, generator)
    return X @ W
