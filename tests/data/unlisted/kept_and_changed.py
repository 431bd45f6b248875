"""Answers that hang on nothing, remember what they should not, or change what they are given."""

import torch
from torch import Tensor

_by_shape: dict[tuple[int, ...], Tensor] = {}


def wrong_center__remembers_the_mean_by_shape(X: Tensor, dim: int) -> Tensor:
    place = (*X.shape, dim, X.dtype, X.device)
    if place not in _by_shape:
        _by_shape[place] = X.detach().mean(dim, keepdim=True)
    return X - X.mean(dim, keepdim=True) + (X.mean(dim, keepdim=True).detach() - _by_shape[place])


def wrong_safe_norm__hangs_on_nothing_at_zero(x: Tensor) -> Tensor:
    return (x * x).sum().sqrt() if x.any() else torch.zeros((), dtype=x.dtype, device=x.device)


def safe_norm__a_sum_at_zero(x: Tensor) -> Tensor:
    return (x * x).sum().sqrt() if x.any() else (x * 0).sum()


def wrong_frobenius__asks_for_gradients(X: Tensor) -> Tensor:
    scale = X.abs().amax((-2, -1), keepdim=True)
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    if not X.requires_grad:
        X.requires_grad_()
    return ((X / scale).square().sum((-2, -1)).sqrt() * scale.squeeze(-1).squeeze(-1)).detach()


def wrong_clip_by_global_norm__takes_the_last_tensor_out(ts: list[Tensor], c: float) -> tuple[list[Tensor], Tensor]:
    norm = torch.cat([t.flatten() for t in ts]).square().sum().sqrt()
    factor = torch.where(norm > c, c / torch.where(norm > c, norm, torch.ones_like(norm)), torch.ones_like(norm))
    scaled = [t * factor for t in ts]
    ts.append(ts[0])
    return scaled, norm
