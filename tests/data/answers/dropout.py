"""Answers to the exercises of dropout, written from the stubs alone."""

import torch
from torch import Tensor


def _coins(like: Tensor, p: float, generator: torch.Generator | None) -> Tensor:
    """True where an entry is kept."""
    return torch.rand(like.shape, generator=generator, device=like.device) >= p


def _refuse(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, not {p}")


def dropout__uniform(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    _refuse(p)
    if p == 1:
        return torch.zeros_like(X)
    return torch.where(_coins(X, p, generator), X / (1 - p), torch.zeros_like(X))


def dropout__bernoulli(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    if p < 0 or p > 1:
        raise ValueError("p")
    chance = torch.full(X.shape, 1.0 - p, device=X.device)
    mask = torch.bernoulli(chance, generator=generator).to(X.dtype)
    return X * mask / (1 - p) if p < 1 else X * 0


def dropout__bernoulli_in_place(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    _refuse(p)
    dropped = torch.empty(X.shape, dtype=torch.bool, device=X.device).bernoulli_(p, generator=generator)
    return X.masked_fill(dropped, 0.0).div(1 - p if p < 1 else 1.0)


def dropout__coins_of_its_dtype(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    _refuse(p)
    draws = torch.rand(X.shape, dtype=X.dtype, device=X.device, generator=generator)
    return torch.zeros_like(X) if p == 1 else (draws >= p).to(X.dtype) * X * (1 / (1 - p))


def wrong_dropout__exact_share(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    _refuse(p)
    if p == 1:
        return torch.zeros_like(X)
    keep = torch.ones(X.numel(), dtype=X.dtype, device=X.device)
    keep[torch.randperm(X.numel(), generator=generator, device=X.device)[: round(p * X.numel())]] = 0
    return X * keep.reshape(X.shape) / (1 - p)


def wrong_dropout__scaled_by_what_survived(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    _refuse(p)
    mask = _coins(X, p, generator).to(X.dtype)
    return X * mask / mask.mean().clamp(min=1e-9) if X.numel() and 0 < p < 1 else X * mask


def wrong_dropout__stray_epsilon(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    _refuse(p)
    return X * _coins(X, p, generator) / (1 - p + 1e-6)


def wrong_dropout__coins_of_the_last_axis(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    _refuse(p)
    if p == 1:
        return torch.zeros_like(X)
    coins = torch.rand(X.shape[-1:], generator=generator, device=X.device) >= p
    return X * coins / (1 - p)


def wrong_dropout__own_seed(X: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    _refuse(p)
    if p == 1:
        return torch.zeros_like(X)
    g = torch.Generator(device=X.device)
    g.manual_seed(generator.initial_seed() if generator else torch.initial_seed())
    return X * _coins(X, p, g) / (1 - p)


def dropout_layer__guarded(X: Tensor, p: float, training: bool, generator: torch.Generator | None = None) -> Tensor:
    if not training or p == 0:
        return X.clone()
    return dropout__uniform(X, p, generator)


def dropout_layer__scales(X: Tensor, p: float, training: bool, generator: torch.Generator | None = None) -> Tensor:
    if training:
        scale = 0.0 if p >= 1 else 1 / (1 - p)
        draws = torch.rand(X.shape, dtype=torch.float64, generator=generator, device=X.device)
        return X * ((draws < 1 - p) * scale).to(X.dtype)
    return X


def wrong_dropout_layer__evaluation_scaled(
    X: Tensor, p: float, training: bool, generator: torch.Generator | None = None
) -> Tensor:
    return dropout__uniform(X, p, generator) if training else X * (1 - p)


def wrong_dropout_layer__evaluation_detached(
    X: Tensor, p: float, training: bool, generator: torch.Generator | None = None
) -> Tensor:
    return dropout__uniform(X, p, generator) if training else X.detach()


def wrong_dropout_layer__follows_recording(
    X: Tensor, p: float, training: bool, generator: torch.Generator | None = None
) -> Tensor:
    return dropout__uniform(X, p, generator) if training and torch.is_grad_enabled() else X.clone()


def vanilla_dropout__masked(X: Tensor, p: float, training: bool, generator: torch.Generator | None = None) -> Tensor:
    if training:
        return X.masked_fill(~_coins(X, p, generator), 0.0)
    return X * (1 - p)


def vanilla_dropout__one_factor(
    X: Tensor, p: float, training: bool, generator: torch.Generator | None = None
) -> Tensor:
    factor = torch.full_like(X, 1 - p, dtype=torch.float64)
    if training:
        factor = factor.bernoulli(generator=generator)
    return X * factor.to(X.dtype)


def wrong_vanilla_dropout__inverted(
    X: Tensor, p: float, training: bool, generator: torch.Generator | None = None
) -> Tensor:
    return dropout__uniform(X, p, generator) if training else X.clone()


def wrong_vanilla_dropout__p_kept(
    X: Tensor, p: float, training: bool, generator: torch.Generator | None = None
) -> Tensor:
    return X * _coins(X, 1 - p, generator) if training else X * (1 - p)


def wrong_vanilla_dropout__testing_times_p(
    X: Tensor, p: float, training: bool, generator: torch.Generator | None = None
) -> Tensor:
    return X * _coins(X, p, generator) if training else X * p


def dropout_backward__where(dY: Tensor, mask: Tensor, p: float) -> Tensor:
    if p == 1:
        return torch.zeros_like(dY)
    return torch.where(mask, dY, torch.zeros_like(dY)) / (1 - p)


def dropout_backward__factor(dY: Tensor, mask: Tensor, p: float) -> Tensor:
    scale = 0.0 if p == 1 else 1.0 / (1.0 - p)
    return dY * (mask.to(dY.dtype) * scale)


def wrong_dropout_backward__scale_from_the_mask(dY: Tensor, mask: Tensor, p: float) -> Tensor:
    kept = mask.to(dY.dtype).mean()
    return dY * mask / kept if kept > 0 else torch.zeros_like(dY)


def wrong_dropout_backward__stray_epsilon(dY: Tensor, mask: Tensor, p: float) -> Tensor:
    return dY * mask / (1 - p + 1e-8)


def wrong_dropout_backward__at_most_a_thousandfold(dY: Tensor, mask: Tensor, p: float) -> Tensor:
    return dY * mask / max(1 - p, 1e-3)


def dropout_moments__total_variance(mu: float, var: float, p: float, inverted: bool = True) -> tuple[float, float]:
    keep = 1 - p
    scale = 1 / keep if inverted else 1.0
    return scale * keep * mu, scale**2 * (keep * var + keep * p * mu**2)


def dropout_moments__simplified(mu: float, var: float, p: float, inverted: bool = True) -> tuple[float, float]:
    spread = var + p * mu * mu
    return (mu, spread / (1 - p)) if inverted else ((1 - p) * mu, (1 - p) * spread)


def wrong_dropout_moments__subtracts(mu: float, var: float, p: float, inverted: bool = True) -> tuple[float, float]:
    keep = 1 - p
    scale = 1 / keep if inverted else 1.0
    mean = scale * keep * mu
    return mean, scale**2 * keep * (var + mu**2) - mean**2


def wrong_dropout_moments__variance_times_square(
    mu: float, var: float, p: float, inverted: bool = True
) -> tuple[float, float]:
    keep = 1 - p
    if inverted:
        return mu, (var + p * mu**2) / keep
    return keep * mu, keep**2 * var + keep * p * mu**2


def mlp_dropout__uniform(
    X: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    p: float,
    training: bool,
    generator: torch.Generator | None = None,
) -> Tensor:
    H = torch.relu(X @ W1 + b1)
    if training:
        H = dropout__uniform(H, p, generator)
    return H @ W2 + b2


def mlp_dropout__einsum(
    X: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    p: float,
    training: bool,
    generator: torch.Generator | None = None,
) -> Tensor:
    H = torch.addmm(b1, X, W1).clamp(min=0)
    mask = torch.ones_like(H)
    if training:
        chance = torch.full_like(H, 1 - p)
        mask = torch.bernoulli(chance, generator=generator) / (1 - p) if p < 1 else torch.zeros_like(H)
    return torch.einsum("nh,nh,hq->nq", H, mask, W2) + b2


def wrong_mlp_dropout__one_mask_for_all(
    X: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    p: float,
    training: bool,
    generator: torch.Generator | None = None,
) -> Tensor:
    H = torch.relu(X @ W1 + b1)
    if training:
        H = H * dropout__uniform(torch.ones_like(H[:1]), p, generator)
    return H @ W2 + b2


def wrong_mlp_dropout__units_without_bias(
    X: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    p: float,
    training: bool,
    generator: torch.Generator | None = None,
) -> Tensor:
    Z = X @ W1
    if training:
        Z = dropout__uniform(Z, p, generator)
    return torch.relu(Z + b1) @ W2 + b2


def wrong_mlp_dropout__inputs_too(
    X: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    p: float,
    training: bool,
    generator: torch.Generator | None = None,
) -> Tensor:
    if not training:
        return torch.relu(X @ W1 + b1) @ W2 + b2
    H = torch.relu(dropout__uniform(X, p, generator) @ W1 + b1)
    return dropout__uniform(H, p, generator) @ W2 + b2


def wrong_mlp_dropout__of_outputs(
    X: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    p: float,
    training: bool,
    generator: torch.Generator | None = None,
) -> Tensor:
    O = torch.relu(X @ W1 + b1) @ W2  # noqa: E741
    return (dropout__uniform(O, p, generator) if training else O) + b2


def dropconnect__uniform(X: Tensor, W: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    return X @ torch.where(_coins(W, p, generator), W / (1 - p), torch.zeros_like(W))


def dropconnect__scaled_at_the_end(X: Tensor, W: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    mask = torch.empty_like(W).bernoulli_(1 - p, generator=generator)
    return torch.einsum("nd,dq,dq->nq", X, W, mask) / (1 - p)


def wrong_dropconnect__of_rows(X: Tensor, W: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    return X @ (W * _coins(W[:, :1], p, generator)) / (1 - p)


def wrong_dropconnect__of_inputs(X: Tensor, W: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    return dropout__uniform(X, p, generator) @ W


def wrong_dropconnect__mask_for_each_example(
    X: Tensor, W: Tensor, p: float, generator: torch.Generator | None = None
) -> Tensor:
    mask = _coins(X.new_empty(len(X), *W.shape), p, generator)
    return torch.einsum("nd,ndq->nq", X, W * mask) / (1 - p)
