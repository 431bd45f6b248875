import torch
from torch import Tensor


def outer_sum(a: Tensor, b: Tensor) -> Tensor:
    """两个向量两两相加"""
    return torch.stack([b + x for x in a]) if len(a) else torch.empty(0, len(b))


def center(X: Tensor, dim: int) -> Tensor:
    """减去均值，注意 keepdim"""
    mu = X.mean(dim, True)
    return X - mu


def pairwise_sq_dist(X: Tensor, Y: Tensor) -> Tensor:
    """距离的平方"""
    d = X.unsqueeze(-2) - Y.unsqueeze(-3)
    return d.pow(2).sum(-1)


def broadcast_shape(s1, s2):
    """广播之后的形状"""
    if len(s1) != len(s2):
        n = max(len(s1), len(s2))
        s1 = (1,) * (n - len(s1)) + s1
        s2 = (1,) * (n - len(s2)) + s2
    ans = ()
    for x, y in zip(s1, s2):
        if x == y or y == 1:
            ans += (x,)
        elif x == 1:
            ans += (y,)
        else:
            return None
    return ans


def unbroadcast(g: Tensor, shape) -> Tensor:
    """把梯度加回去"""
    k = g.dim() - len(shape)
    g = g.sum(dim=tuple(range(k))) if k > 0 else g
    dims = tuple(i for i in range(g.dim()) if shape[i] == 1)
    if dims:
        g = g.sum(dim=dims, keepdim=True)
    return g


def masked_mean(X: Tensor, lengths: Tensor) -> Tensor:
    """有效步的平均"""
    mask = torch.arange(X.shape[1], device=X.device)[None, :] < lengths[:, None]
    X = X.masked_fill(mask.unsqueeze(-1) == 0, 0.)
    return X.sum(1) / lengths.unsqueeze(-1).clamp_min(1)


def normalize_channels(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """标准化每个通道"""
    return (img - mean.view(-1, 1, 1)) / std.view(-1, 1, 1)
