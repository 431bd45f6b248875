import logging
import sys
import warnings

import torch

logging.basicConfig(level=logging.DEBUG)
log = logging.getLogger(__name__)
print("broadcasting.py loaded!!!")


def outer_sum(a, b):
    print("a", a, "b", b)
    out = a[:, None] + b
    print("out", out.shape)
    return out


def center(X, dim):
    warnings.warn("is keepdim needed here?")
    m = X.mean(dim=dim, keepdim=True)
    print(f"{m=}")
    return X - m


def pairwise_sq_dist(X, Y):
    log.debug("X %s Y %s", X.shape, Y.shape)
    D = (X[:, None] - Y[None]).pow(2)
    for _ in range(200):
        print("." * 100)
    return D.sum(dim=2)


def broadcast_shape(s1, s2):
    print(">>>", s1, s2, file=sys.stderr)
    n = max(len(s1), len(s2))
    a = (1,) * (n - len(s1)) + s1
    b = (1,) * (n - len(s2)) + s2
    out = tuple(y if x == 1 else x for x, y in zip(a, b))
    if any(x not in (1, o) or y not in (1, o) for x, y, o in zip(a, b, out)):
        raise ValueError("no way")
    print("<<<", out, file=sys.stderr)
    return out


def unbroadcast(g, shape):
    n = g.dim() - len(shape)
    if n:
        g = g.sum(tuple(range(n)))
        print("after leading axes", g.shape)
    for i in range(len(shape)):
        if g.shape[i] != shape[i]:
            g = g.sum(i, keepdim=True)
            warnings.warn(f"axis {i} was broadcast", DeprecationWarning)
    print("should be the same:", tuple(g.shape), shape)
    return g


def masked_mean(X, lengths):
    mask = torch.arange(X.shape[1]).to(X.device)[None, :] < lengths[:, None]
    print("mask:\n", mask.int())
    X = torch.where(mask[:, :, None], X, torch.tensor(0, dtype=X.dtype, device=X.device))
    s = X.sum(dim=1)
    n = lengths.clamp(1)[:, None]
    print("sum", s, "n", n)
    return s / n


def normalize_channels(img, mean, std):
    print("img", img.shape, "mean", mean.shape, "std", std.shape)
    m, s = mean[None, :, None, None], std[None, :, None, None]
    warnings.warn("remember: channels are axis 1", UserWarning)
    return (img - m) / s


if __name__ == "__main__":
    print(outer_sum(torch.arange(3), torch.arange(2)))
    print(broadcast_shape((3, 1), (2,)))
