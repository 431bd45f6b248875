import torch
from torch import Tensor


def softmax(X: Tensor, dim: int) -> Tensor:
    """先减去最大值，防止溢出"""
    X = X - X.max(dim, keepdim=True)[0]
    E = X.exp()
    return E / E.sum(dim, keepdim=True)


def logsumexp(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    m = X.max(dim, keepdim=True)[0]
    y = m + (X - m).exp().sum(dim, keepdim=True).log()
    if keepdim
        return y
    return y.squeeze(dim)


def log_softmax(X: Tensor, dim: int) -> Tensor:
    return X - logsumexp(X, dim, True)


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    return -log_softmax(logits, 1)[torch.arange(len(y)), y].mean()
