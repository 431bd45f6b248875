import torch


def outer_sum(a, b):
    m = a.shape[0]
    n = b.shape[0]
    result = torch.zeros(m, n, dtype=(a[:0] + b[:0]).dtype) if m * n == 0 else None
    if result is not None:
        return result
    rows = []
    for i in range(m):
        row = []
        for j in range(n):
            row.append(a[i] + b[j])
        rows.append(torch.stack(row))
    return torch.stack(rows)


def center(X, dim):
    X -= X.mean(dim, keepdim=True)
    return X


def pairwise_sq_dist(X, Y):
    D = torch.zeros(X.shape[0], Y.shape[0], dtype=X.dtype)
    for i in range(X.shape[0]):
        for j in range(Y.shape[0]):
            D[i, j] = ((X[i] - Y[j]) ** 2).sum()
    return D


def broadcast_shape(s1, s2):
    if len(s1) < len(s2):
        return broadcast_shape(s2, s1)
    out = list(s1)
    for k in range(1, len(s2) + 1):
        if out[-k] == 1:
            out[-k] = s2[-k]
        elif s2[-k] != 1 and s2[-k] != out[-k]:
            raise ValueError("not broadcastable")
    return tuple(out)


def unbroadcast(g, shape):
    out = torch.zeros(shape, dtype=g.dtype)
    offset = g.dim() - len(shape)
    if g.numel() == 0:
        return out
    # add up where every entry came from
    for index in torch.cartesian_prod(*[torch.arange(k) for k in g.shape]).reshape(-1, g.dim()).tolist():
        source = tuple(0 if shape[k] == 1 else index[offset + k] for k in range(len(shape)))
        out[source] += g[tuple(index)]
    return out


def masked_mean(X, lengths):
    means = []
    for i in range(len(X)):
        k = int(lengths[i])
        if k == 0:
            means.append(torch.zeros(X.shape[2], dtype=X.dtype))
        else:
            means.append(X[i, :k].mean(0))
    if not means:
        return torch.zeros(0, X.shape[2], dtype=X.dtype)
    return torch.stack(means)


def normalize_channels(img, mean, std):
    for c in range(img.shape[1]):
        img[:, c] -= mean[c]
        img[:, c] /= std[c]
    return img
