import torch
from torch import Tensor


def dropout(X: Tensor, p: float, generator=None) -> Tensor:
    """以概率 p 丢弃，其余的除以 1-p"""
    if p < 0 or p > 1:
        raise ValueError('p 必须在 0 和 1 之间')
    if p == 1:
        return torch.zeros_like(X)
    mask = torch.rand(X.shape, generator=generator, device=X.device) > p
    return mask * X / (1.0 - p)


def dropout_layer(X, p, training, generator=None):
    return dropout(X, p, generator)    # 训练和测试都一样？


def vanilla_dropout(X, p, training, generator=None):
    if not training:
        return X * p
    mask = torch.rand(X.shape, generator=generator, device=X.device) >= p
    return X * mask


def dropout_backward(dY, mask, p):
    if p == 1:
        return torch.zeros_like(dY)
    return dY * mask / (1 - p)


def dropout_moments(mu, var, p, inverted=True):
    if not inverted:
        return (1 - p) * mu, (1 - p) * var + p * (1 - p) * mu ** 2
    return mu, (var + p * mu ** 2) / (1 - p)


def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    H = torch.relu(X @ W1 + b1)
    if training:
        H = dropout(H, p, generator)
    return H @ W2 + b2


def dropconnect(X, W, p, generator=None):
    return X @ dropout(W, p, generator)
