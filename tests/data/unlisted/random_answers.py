"""Random answers: masks that hang together, gradients that do not follow them, sources of randomness that are not asked."""

from collections.abc import Iterator

import torch
from torch import Tensor

Generator = torch.Generator | None


def _refuse(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, not {p}")


def _kept(X: Tensor, p: float, generator: Generator) -> Tensor:
    return torch.rand(X.shape, generator=generator, device=X.device) >= p


def _scaled(X: Tensor, mask: Tensor, p: float) -> Tensor:
    return X * mask / (1 - p) if p < 1 else X * 0


def wrong_dropout__second_half_mirrors_the_first(X: Tensor, p: float, generator: Generator = None) -> Tensor:
    _refuse(p)
    mask = _kept(X, p, generator).flatten()
    half = len(mask) // 2
    mask[len(mask) - half :] = mask[:half].flip(0)
    return _scaled(X, mask.reshape(X.shape), p)


def wrong_dropout__the_mask_of_another_draw_for_the_gradient(
    X: Tensor, p: float, generator: Generator = None
) -> Tensor:
    _refuse(p)
    value, slope = _scaled(X, _kept(X, p, generator), p), _scaled(X, _kept(X, p, generator), p)
    return value.detach() + slope - slope.detach()


def wrong_dropout__unscaled_gradient(X: Tensor, p: float, generator: Generator = None) -> Tensor:
    _refuse(p)
    mask = _kept(X, p, generator)
    return _scaled(X.detach(), mask, p) + (X - X.detach()) * mask


def wrong_dropout__a_little_too_seldom(X: Tensor, p: float, generator: Generator = None) -> Tensor:
    _refuse(p)
    mask = _kept(X, p - 0.02 if 0.02 < p < 1 else p, generator)
    return _scaled(X, mask, p)


def wrong_dropout__one_mask_where_none_is_given(X: Tensor, p: float, generator: Generator = None) -> Tensor:
    _refuse(p)
    if generator is None:
        generator = torch.Generator(X.device).manual_seed(42)
    return _scaled(X, _kept(X, p, generator), p)


def wrong_dropout__clock_where_none_is_given(X: Tensor, p: float, generator: Generator = None) -> Tensor:
    _refuse(p)
    if generator is None:
        generator = torch.Generator(X.device)
        generator.seed()
    return _scaled(X, _kept(X, p, generator), p)


def wrong_dropout__ignores_its_generator(X: Tensor, p: float, generator: Generator = None) -> Tensor:
    _refuse(p)
    return _scaled(X, _kept(X, p, None), p)


def dropout__picked_by_index(X: Tensor, p: float, generator: Generator = None) -> Tensor:
    _refuse(p)
    Y = X.flatten().clone()
    dropped = torch.nonzero(torch.rand(Y.shape, generator=generator, device=X.device) < p).flatten()
    Y = Y.index_fill(0, dropped, 0.0)
    return (Y / (1 - p) if p < 1 else Y).reshape(X.shape)


def dropout__two_numbers_for_each_coin(X: Tensor, p: float, generator: Generator = None) -> Tensor:
    _refuse(p)
    draws = torch.rand((2, *X.shape), generator=generator, device=X.device, dtype=torch.float64)
    mask = (draws.sum(0) % 1 >= p).to(X.dtype)
    return mask * X * (1 / (1 - p)) if p < 1 else mask * X


def wrong_vanilla_dropout__straight_through(X: Tensor, p: float, training: bool, generator: Generator = None) -> Tensor:
    if not training:
        return X * (1 - p)
    return X + (X * _kept(X, p, generator) - X).detach()


def wrong_dropout_layer__detached_in_training(
    X: Tensor, p: float, training: bool, generator: Generator = None
) -> Tensor:
    return _scaled(X.detach(), _kept(X, p, generator), p) if training else X


def wrong_mlp_dropout__examples_in_pairs(
    X: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor, p: float, training: bool, generator: Generator = None
) -> Tensor:
    H = (X @ W1 + b1).relu()
    if training:
        mask = _kept(H, p, generator)
        mask[1::2] = mask[::2][: len(mask[1::2])]
        H = _scaled(H, mask, p)
    return H @ W2 + b2


def mlp_dropout__masked_weights_for_each_example(
    X: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor, p: float, training: bool, generator: Generator = None
) -> Tensor:
    H = torch.clamp(torch.addmm(b1, X, W1), min=0)
    if not training:
        return torch.addmm(b2, H, W2)
    mask = _kept(H, p, generator).to(X.dtype) / (1 - p if p < 1 else 1)
    return torch.einsum("nh,nh,hq->nq", H, mask, W2) + b2


def wrong_data_iter__sorted_numbers_with_ties(
    batch_size: int, X: Tensor, y: Tensor, generator: Generator = None
) -> Iterator[tuple[Tensor, Tensor]]:
    n = len(X)
    order = torch.randint(max(n, 1) * 4, (n,), generator=generator, device=X.device).argsort(stable=True)
    for at in range(0, n, batch_size):
        chosen = order[at : at + batch_size]
        yield X[chosen], y[chosen]


def wrong_data_iter__same_order_where_none_is_given(
    batch_size: int, X: Tensor, y: Tensor, generator: Generator = None
) -> Iterator[tuple[Tensor, Tensor]]:
    generator = generator or torch.Generator(X.device)
    order = torch.randperm(len(X), generator=generator, device=X.device)
    for at in range(0, len(X), batch_size):
        yield X[order[at : at + batch_size]], y[order[at : at + batch_size]]


def data_iter__one_example_after_another(
    batch_size: int, X: Tensor, y: Tensor, generator: Generator = None
) -> Iterator[tuple[Tensor, Tensor]]:
    left = torch.randperm(len(X), generator=generator, device=X.device).tolist()
    while left:
        now, left = left[:batch_size], left[batch_size:]
        yield torch.stack([X[i] for i in now]), torch.stack([y[i] for i in now])


def _trained(w: Tensor, b: Tensor, X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, generator: Generator):
    history = []
    for _ in range(epochs):
        for at in torch.randperm(len(X), generator=generator, device=X.device).split(batch_size):
            rest = X[at] @ w + b - y[at]
            w, b = w - lr * X[at].T @ rest / len(at), b - lr * rest.mean()
        history.append(((X @ w + b - y) ** 2).mean().item() / 2)
    return w, b, history


def wrong_train_linreg__uniform_start(X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int):
    generator = torch.Generator(X.device).manual_seed(seed)
    w = (torch.rand(X.shape[1], generator=generator, dtype=X.dtype, device=X.device) - 0.5) * 0.02 * 3**0.5
    return _trained(w, torch.zeros_like(y[0]), X, y, lr, batch_size, epochs, generator)


def train_linreg__a_sum_of_two_normals(X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int):
    generator = torch.Generator(X.device).manual_seed(seed)
    w = torch.randn((2, X.shape[1]), generator=generator, dtype=X.dtype, device=X.device).sum(0) * (0.01 / 2**0.5)
    return _trained(w, torch.zeros_like(y[0]), X, y, lr, batch_size, epochs, generator)
