"""Python loops along an axis that is not the first."""

import torch
from torch import Tensor


def wrong_outer_sum__column_by_column(x: Tensor, y: Tensor) -> Tensor:
    return torch.stack([x + each for each in y], dim=1) if len(y) else x[:, None] + y


def outer_sum__expanded(x: Tensor, y: Tensor) -> Tensor:
    return x.unsqueeze(1).expand(len(x), len(y)) + y


def wrong_relu_backward__column_by_column(dY: Tensor, Z: Tensor) -> Tensor:
    if dY.dim() < 2 or dY.shape[1] == 0:
        return dY * (Z > 0)
    return torch.stack([dY[:, j] * (Z[:, j] > 0) for j in range(dY.shape[1])], dim=1)


def wrong_pairwise_sq_dist__one_point_at_a_time(X: Tensor, Y: Tensor) -> Tensor:
    if len(Y) == 0:
        return X.new_zeros(len(X), 0)
    return torch.stack([((X - y) ** 2).sum(1) for y in Y], dim=1)


def wrong_dropconnect__row_by_row(X: Tensor, W: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    mask = torch.rand(W.shape, generator=generator, device=W.device) >= p
    V = W * mask / (1 - p)
    return torch.stack([x @ V for x in X]) if len(X) else X @ V


def wrong_axis_norm__column_by_column(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    if X.dim() != 2 or X.shape[1] == 0 or dim % 2:
        return (X * X).sum(dim, keepdim=keepdim).sqrt()
    length = torch.stack([(X[:, j] ** 2).sum().sqrt() for j in range(X.shape[1])])
    return length[None] if keepdim else length


def axis_norm__dot_products(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    Y = X.movedim(dim, -1)
    length = (Y.unsqueeze(-2) @ Y.unsqueeze(-1)).squeeze(-1).squeeze(-1).sqrt()
    return length.unsqueeze(dim) if keepdim else length
