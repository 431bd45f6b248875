import warnings

import torch

warnings.simplefilter("always")
print("softmax.py loaded!!!")


def softmax(X, dim):
    print("softmax of", X)
    e = (X - X.amax(dim, True)).exp()
    if e.isnan().any():
        warnings.warn("NAN!!!", RuntimeWarning)
    p = e / e.sum(dim, True)
    print("=", p, "sum", p.sum(dim))
    return p


def logsumexp(X, dim, keepdim=False):
    m = X.amax(dim, True)
    print("max", m)
    m = m.masked_fill(m == float("-inf"), 0)
    y = ((X - m).exp().sum(dim, True)).log() + m
    print("y", y)
    if not keepdim:
        y = y.squeeze(dim)
    return y


def log_softmax(X, dim):
    y = X - logsumexp(X, dim, True)
    print("should be 1:", y.exp().sum(dim))
    return y


def cross_entropy(logits, y):
    l = -log_softmax(logits, -1)[torch.arange(len(y), device=y.device), y]
    print("losses", l)
    return l.mean()


def cross_entropy_grad(logits, y):
    g = softmax(logits, 1)
    print("before", g)
    g[torch.arange(len(y), device=y.device), y] -= 1
    g = g / len(y)
    print("after", g, "rows sum to", g.sum(1))
    return g


def smooth_labels(y, q, eps, dtype=torch.float32):
    warnings.warn("not the same as label_smoothing in torch")
    P = torch.full((len(y), q), eps / (q - 1), dtype=dtype, device=y.device)
    for_true = torch.full((len(y), 1), 1 - eps, dtype=dtype, device=y.device)
    P.scatter_(1, y.reshape(-1, 1), for_true)
    print(P.sum(1))
    return P


def soft_cross_entropy(logits, P):
    lp = log_softmax(logits, 1)
    lp = lp.masked_fill(P == 0, 0)
    print("lp", lp)
    return -(P * lp).sum() / len(P)


def softmax_vjp(s, g, dim):
    dot = (s * g).sum(dim, True)
    print("dot", dot)
    return s * (g - dot)
