"""Wrong in entries that are small beside the largest one; and right answers that keep the digits of all of them."""

import torch
from torch import Tensor


def _shifted(X: Tensor, dim: int) -> Tensor:
    return X - X.amax(dim, keepdim=True)


def wrong_softmax__tails_cut_off(X: Tensor, dim: int) -> Tensor:
    E = _shifted(X, dim).clamp(min=-50).exp()
    return E / E.sum(dim, keepdim=True)


def wrong_softmax__never_quite_zero(X: Tensor, dim: int) -> Tensor:
    E = _shifted(X, dim).exp()
    return torch.maximum(E / E.sum(dim, keepdim=True), torch.tensor(1e-24, dtype=X.dtype, device=X.device))


def wrong_softmax__ruled_out_is_very_unlikely(X: Tensor, dim: int) -> Tensor:
    E = _shifted(X.nan_to_num(neginf=-200.0), dim).exp()
    return E / E.sum(dim, keepdim=True)


def softmax__by_halves(X: Tensor, dim: int) -> Tensor:
    E = (_shifted(X, dim) / 2).exp()
    return E * E / (E * E).sum(dim, keepdim=True)


def softmax__powers_of_two(X: Tensor, dim: int) -> Tensor:
    E = (_shifted(X, dim) * 1.4426950408889634).exp2()
    return E * E.sum(dim, keepdim=True).reciprocal()


def wrong_log_softmax__never_below_a_thousand(X: Tensor, dim: int) -> Tensor:
    Z = _shifted(X, dim)
    return (Z - Z.exp().sum(dim, keepdim=True).log()).clamp(min=-2e4)


def log_softmax__log1p_of_what_is_left(X: Tensor, dim: int) -> Tensor:
    """More exact than most where a class is nearly sure."""
    top, at = X.max(dim, keepdim=True)
    others = torch.ones_like(X, dtype=torch.bool).scatter(dim, at, False)
    Z = X - top
    return Z - torch.where(others, Z.exp(), torch.zeros_like(Z)).sum(dim, keepdim=True).log1p()


def wrong_sigmoid_backward__flat_beyond_fifty(dY: Tensor, Z: Tensor) -> Tensor:
    e = (-Z.abs()).exp()
    return torch.where(Z.abs() > 50, torch.zeros_like(Z), dY * e / (1 + e).square())


def wrong_sigmoid_backward__clamped(dY: Tensor, Z: Tensor) -> Tensor:
    e = (-Z.abs().clamp(max=70)).exp()
    return dY * e / (1 + e).square()


def sigmoid_backward__by_hyperbolic_cosine(dY: Tensor, Z: Tensor) -> Tensor:
    half = (Z.abs() / 2).neg().exp()
    return dY * (half / (1 + half * half)).square()


def wrong_cross_entropy_grad__flushed_to_zero(logits: Tensor, y: Tensor) -> Tensor:
    E = _shifted(logits, 1).exp()
    P = E / E.sum(1, keepdim=True)
    P[P < 1e-12] = 0
    P[torch.arange(len(y), device=y.device), y] -= 1
    return P / len(y)


def cross_entropy_grad__what_the_others_have(logits: Tensor, y: Tensor) -> Tensor:
    E = _shifted(logits, 1).exp()
    P = E / E.sum(1, keepdim=True)
    is_label = torch.arange(logits.shape[1], device=y.device) == y[:, None]
    others = P.masked_fill(is_label, 0)
    return torch.where(is_label, -others.sum(1, keepdim=True), others).div(len(y))
