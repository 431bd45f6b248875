import torch as t


def outer_sum(a, b):
    return a + b[:, None]


def center(X, dim):
    return X - X.mean(dim)


def pairwise_sq_dist(X, Y):
    # (x-y)^2 = x^2 - 2xy + y^2, no big (n, m, d) tensor needed
    return (X ** 2).sum(1)[:, None] - 2 * X @ Y.T + (Y ** 2).sum(1)


def broadcast_shape(s1, s2):
    s1, s2 = list(s1), list(s2)
    while len(s1) < len(s2):
        s1 = [1] + s1
    while len(s2) < len(s1):
        s2 = [1] + s2
    assert all(a == b or a == 1 or b == 1 for a, b in zip(s1, s2)), "shapes do not match"
    return tuple(b if a == 1 else a for a, b in zip(s1, s2))


def unbroadcast(g, shape):
    dims = tuple(range(g.dim() - len(shape)))
    g = g.sum(dims)
    for i, s in enumerate(shape):
        if s == 1:
            g = g.sum(i, keepdim=True)
    return g


def masked_mean(X, lengths):
    mask = t.arange(X.shape[1]) < lengths[:, None]
    return (X * mask[:, :, None]).sum(1) / lengths[:, None]


def normalize_channels(img, mean, std):
    return (img - mean) / std
