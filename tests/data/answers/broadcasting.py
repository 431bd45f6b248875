"""Answers to the exercises of broadcasting, written from the stubs alone."""

import itertools

import torch
from torch import Tensor


def outer_sum__unsqueezed(a: Tensor, b: Tensor) -> Tensor:
    return a.unsqueeze(-1) + b.unsqueeze(0)


def outer_sum__on_a_grid(a: Tensor, b: Tensor) -> Tensor:
    common = torch.result_type(a, b)
    rows, columns = torch.meshgrid(a.to(common), b.to(common), indexing="ij")
    return rows + columns


def wrong_outer_sum__dtype_of_a(a: Tensor, b: Tensor) -> Tensor:
    return (a[:, None] + b).to(a.dtype)


def wrong_outer_sum__through_float32(a: Tensor, b: Tensor) -> Tensor:
    return (a.float()[:, None] + b.float()[None, :]).to(torch.result_type(a, b))


def center__of_sums(X: Tensor, dim: int) -> Tensor:
    return X - X.sum(dim=dim, keepdim=True) / X.shape[dim]


def center__last_axis_first(X: Tensor, dim: int) -> Tensor:
    rows = X.movedim(dim, 0)
    return (rows - rows.mean(0)).movedim(0, dim)


def center__by_projection(X: Tensor, dim: int) -> Tensor:
    n = X.shape[dim]
    P = torch.eye(n, dtype=X.dtype, device=X.device) - 1 / n
    return (X.movedim(dim, -1) @ P).movedim(-1, dim)


def wrong_center__mean_is_a_constant(X: Tensor, dim: int) -> Tensor:
    return X - X.detach().mean(dim, keepdim=True)


def wrong_center__mean_in_float32(X: Tensor, dim: int) -> Tensor:
    return X - X.float().mean(dim, keepdim=True).to(X.dtype)


def wrong_center__rounded_mean(X: Tensor, dim: int) -> Tensor:
    return X - X.mean(dim, keepdim=True).round(decimals=5)


def pairwise_sq_dist__einsum(X: Tensor, Y: Tensor) -> Tensor:
    difference = X[:, None, :] - Y
    return torch.einsum("ijk,ijk->ij", difference, difference)


def pairwise_sq_dist__feature_by_feature(X: Tensor, Y: Tensor) -> Tensor:
    D = X.new_zeros(X.shape[0], Y.shape[0])
    for k in range(X.shape[1]):
        D = D + torch.sub(X[:, k].reshape(-1, 1), Y[:, k]) ** 2
    return D


def wrong_pairwise_sq_dist__centred_expansion(X: Tensor, Y: Tensor) -> Tensor:
    middle = Y.mean(0)
    X, Y = X - middle, Y - middle
    return (X.pow(2).sum(1)[:, None] + Y.pow(2).sum(1) - 2 * X @ Y.T).clamp(min=0)


def wrong_pairwise_sq_dist__root_squared_again(X: Tensor, Y: Tensor) -> Tensor:
    return (((X[:, None] - Y) ** 2).sum(-1) + 1e-12).sqrt() ** 2


def broadcast_shape__zip_longest(s1: tuple[int, ...], s2: tuple[int, ...]) -> tuple[int, ...]:
    out = []
    for a, b in itertools.zip_longest(reversed(s1), reversed(s2), fillvalue=1):
        if a == b or b == 1:
            out.append(a)
        elif a == 1:
            out.append(b)
        else:
            raise ValueError(f"{s1} and {s2} do not broadcast")
    return tuple(reversed(out))


def broadcast_shape__recursive(s1: tuple[int, ...], s2: tuple[int, ...]) -> tuple[int, ...]:
    if not s1 or not s2:
        return tuple(s1 or s2)
    sizes = {s1[-1], s2[-1]} - {1}
    if len(sizes) > 1:
        raise ValueError(sizes)
    return (*broadcast_shape__recursive(s1[:-1], s2[:-1]), *(sizes or {1}))


def wrong_broadcast_shape__the_larger_size(s1: tuple[int, ...], s2: tuple[int, ...]) -> tuple[int, ...]:
    n = max(len(s1), len(s2))
    a, b = (1,) * (n - len(s1)) + s1, (1,) * (n - len(s2)) + s2
    if any(x != y and 1 not in (x, y) for x, y in zip(a, b, strict=True)):
        raise ValueError
    return tuple(max(x, y) for x, y in zip(a, b, strict=True))


def wrong_broadcast_shape__zero_agrees_with_all(s1: tuple[int, ...], s2: tuple[int, ...]) -> tuple[int, ...]:
    n = max(len(s1), len(s2))
    a, b = (1,) * (n - len(s1)) + s1, (1,) * (n - len(s2)) + s2
    if any(x != y and x > 1 and y > 1 for x, y in zip(a, b, strict=True)):
        raise ValueError
    return tuple(0 if x * y == 0 else max(x, y) for x, y in zip(a, b, strict=True))


def unbroadcast__axis_by_axis(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    while g.dim() > len(shape):
        g = g.sum(0)
    for axis, size in enumerate(shape):
        if size == 1 and g.size(axis) != 1:
            g = g.sum(axis, keepdim=True)
    return g


def unbroadcast__at_once(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    stretched = [axis for axis in range(g.ndim) if padded[axis] != g.shape[axis]]
    total = torch.sum(g, dim=stretched, keepdim=True) if stretched else g
    return total.reshape(shape)


def unbroadcast__scattered(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    size = 1
    for each in shape:
        size *= each
    places = torch.arange(size, device=g.device).reshape(shape).expand(g.shape)
    flat = torch.zeros(size, dtype=g.dtype, device=g.device)
    return flat.index_add(0, places.reshape(-1), g.reshape(-1)).reshape(shape)


def wrong_unbroadcast__no_axes_are_all_axes(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    lead = g.ndim - len(shape)
    axes = [*range(lead), *(lead + i for i, size in enumerate(shape) if size == 1 and g.shape[lead + i] > 1)]
    return g.sum(axes, keepdim=True).expand(shape) if g.shape == shape else g.sum(axes, keepdim=True).reshape(shape)


def wrong_unbroadcast__averaged(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    while g.dim() > len(shape):
        g = g.sum(0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.mean(axis, keepdim=True)
    return g


def wrong_unbroadcast__an_axis_of_nothing_stays(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    while g.dim() > len(shape):
        g = g.sum(0)
    for axis, size in enumerate(shape):
        if size == 1 and g.size(axis) > 1:
            g = g.sum(axis, keepdim=True)
    return g


def masked_mean__where(X: Tensor, lengths: Tensor) -> Tensor:
    n, t, _ = X.shape
    steps = torch.arange(t, device=X.device).expand(n, t)
    valid = (steps < lengths.view(-1, 1)).unsqueeze(2)
    total = torch.where(valid, X, torch.zeros_like(X)).sum(dim=1)
    return total / torch.clamp(lengths, min=1).to(X.dtype).unsqueeze(1)


def masked_mean__weights(X: Tensor, lengths: Tensor) -> Tensor:
    outside = torch.arange(X.size(1), device=lengths.device)[None] >= lengths[:, None]
    weights = (1.0 / lengths.clamp_min(1).to(X.dtype))[:, None].masked_fill(outside, 0.0)
    return torch.einsum("nt,ntd->nd", weights, X.masked_fill(outside[..., None], 0.0))


def wrong_masked_mean__nan_becomes_zero(X: Tensor, lengths: Tensor) -> Tensor:
    valid = torch.arange(X.size(1), device=X.device) < lengths[:, None]
    return (X * valid[..., None]).nan_to_num().sum(1) / lengths.clamp(min=1)[:, None]


def wrong_masked_mean__stray_epsilon(X: Tensor, lengths: Tensor) -> Tensor:
    valid = torch.arange(X.size(1), device=X.device) < lengths[:, None]
    return X.masked_fill(~valid[..., None], 0).sum(1) / (lengths[:, None].to(X.dtype) + 1e-6)


def normalize_channels__channels_last(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return ((img.permute(0, 2, 3, 1) - mean) / std).permute(0, 3, 1, 2)


def normalize_channels__one_by_one(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    channels = [torch.div(img[:, c] - mean[c], std[c]) for c in range(img.size(1))]
    return torch.stack(channels, dim=1)


def normalize_channels__scale_and_shift(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    scale = 1 / std
    return img * scale[:, None, None] - (mean * scale)[:, None, None]


def wrong_normalize_channels__stray_epsilon(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (img - mean[:, None, None]) / (std[:, None, None] + 1e-5)


def wrong_normalize_channels__last_axis(img: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    if img.shape[-1] == len(mean):
        return (img - mean) / std
    return (img - mean.view(-1, 1, 1)) / std.view(-1, 1, 1)
