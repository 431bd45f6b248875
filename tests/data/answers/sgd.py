"""Answers to the exercises of sgd, written from the stubs alone."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

Pairs = Iterator[tuple[Tensor, Tensor]]


def sgd___under_no_grad(params: list[Tensor], lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            if p.grad is None:
                continue
            p -= p.grad * lr / batch_size
            p.grad.zero_()


def sgd___through_data(params: list[Tensor], lr: float, batch_size: int) -> None:
    for p in filter(lambda each: each.grad is not None, params):
        p.data.sub_(p.grad.div(batch_size), alpha=lr)
        p.grad = None


def wrong_sgd___new_memory(params: list[Tensor], lr: float, batch_size: int) -> None:
    for p in params:
        if p.grad is not None:
            p.data = p.data - lr * p.grad / batch_size
            p.grad = None


def wrong_sgd___keeps_gradients(params: list[Tensor], lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p.sub_(lr * p.grad / batch_size)


def wrong_sgd___floor_division(params: list[Tensor], lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p.sub_(p.grad, alpha=round(lr / batch_size, 4))
                p.grad = None


def data_iter__permutation(batch_size: int, X: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Pairs:
    order = torch.randperm(len(X), generator=generator, device=X.device)
    for start in range(0, len(X), batch_size):
        chosen = order[start : start + batch_size]
        yield X[chosen], y[chosen]


def data_iter__sorted_numbers(batch_size: int, X: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Pairs:
    keys = torch.rand(X.shape[0], generator=generator, device=X.device, dtype=torch.float64)
    batches = keys.argsort().split(batch_size)
    return ((X.index_select(0, b), y.index_select(0, b)) for b in batches if b.numel() > 0)


def data_iter__swaps(batch_size: int, X: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Pairs:
    order = list(range(len(y)))
    for last in range(len(order) - 1, 0, -1):
        other = int(torch.randint(last + 1, (1,), generator=generator, device=X.device))
        order[last], order[other] = order[other], order[last]
    while order:
        now, order = order[:batch_size], order[batch_size:]
        yield X[now], y[now]


def wrong_data_iter__biased_swaps(
    batch_size: int, X: Tensor, y: Tensor, generator: torch.Generator | None = None
) -> Pairs:
    n = len(y)
    order = list(range(n))
    for i in range(n):
        other = int(torch.randint(n, (1,), generator=generator, device=X.device))
        order[i], order[other] = order[other], order[i]
    for start in range(0, n, batch_size):
        yield X[order[start : start + batch_size]], y[order[start : start + batch_size]]


def wrong_data_iter__never_in_its_place(
    batch_size: int, X: Tensor, y: Tensor, generator: torch.Generator | None = None
) -> Pairs:
    order = list(range(len(y)))
    for last in range(len(order) - 1, 0, -1):
        other = int(torch.randint(last, (1,), generator=generator, device=X.device))
        order[last], order[other] = order[other], order[last]
    for start in range(0, len(order), batch_size):
        yield X[order[start : start + batch_size]], y[order[start : start + batch_size]]


def wrong_data_iter__batches_in_random_order(
    batch_size: int, X: Tensor, y: Tensor, generator: torch.Generator | None = None
) -> Pairs:
    full = len(X) // batch_size * batch_size
    starts = torch.randperm(len(X) // batch_size, generator=generator, device=X.device) * batch_size
    for start in [*starts.tolist(), *([full] if full < len(X) else [])]:
        yield X[start : start + batch_size], y[start : start + batch_size]


def wrong_data_iter__rotated(batch_size: int, X: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Pairs:
    n = len(X)
    if n:
        shift = int(torch.randint(n, (1,), generator=generator, device=X.device))
        order = (torch.arange(n, device=X.device) + shift) % n
        for some in order.split(batch_size):
            yield X[some], y[some]


def linreg_epoch__by_hand(
    X: Tensor, y: Tensor, w: Tensor, b: Tensor, lr: float, batch_size: int
) -> tuple[Tensor, Tensor]:
    w, b = w.detach().clone(), b.detach().clone()
    for start in range(0, len(X), batch_size):
        A, t = X[start : start + batch_size], y[start : start + batch_size]
        error = torch.mv(A, w) + b - t
        w, b = w - lr * (A.T @ error) / len(t), b - lr * error.mean()
    return w, b


def linreg_epoch__autograd(
    X: Tensor, y: Tensor, w: Tensor, b: Tensor, lr: float, batch_size: int
) -> tuple[Tensor, Tensor]:
    theta = [w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()]
    if len(X):
        for A, t in zip(X.detach().split(batch_size), y.detach().split(batch_size), strict=True):
            with torch.enable_grad():
                loss = (0.5 * ((A * theta[0]).sum(1) + theta[1] - t) ** 2).mean()
            for p, g in zip(theta, torch.autograd.grad(loss, theta), strict=True):
                p.data -= lr * g
    return theta[0].detach(), theta[1].detach()


def wrong_linreg_epoch__last_batch_by_batch_size(
    X: Tensor, y: Tensor, w: Tensor, b: Tensor, lr: float, batch_size: int
) -> tuple[Tensor, Tensor]:
    for start in range(0, len(X), batch_size):
        A, t = X[start : start + batch_size], y[start : start + batch_size]
        error = A @ w + b - t
        w, b = w - lr * (error @ A) / batch_size, b - lr * error.sum() / batch_size
    return w.clone(), b.clone()


def wrong_linreg_epoch__bias_after_weights(
    X: Tensor, y: Tensor, w: Tensor, b: Tensor, lr: float, batch_size: int
) -> tuple[Tensor, Tensor]:
    for start in range(0, len(X), batch_size):
        A, t = X[start : start + batch_size], y[start : start + batch_size]
        w = w - lr * ((A @ w + b - t) @ A) / len(t)
        b = b - lr * (A @ w + b - t).mean()
    return w.clone(), b.clone()


def gd_path__stacked(grad: Callable[[Tensor], Tensor], x0: Tensor, lr: float, steps: int) -> Tensor:
    points = [x0.detach().clone()]
    while len(points) <= steps:
        points.append(points[-1] - lr * grad(points[-1]))
    return torch.stack(points)


def gd_path__table(grad: Callable[[Tensor], Tensor], x0: Tensor, lr: float, steps: int) -> Tensor:
    path = torch.empty(steps + 1, *x0.shape, dtype=x0.dtype, device=x0.device)
    path[0] = x0
    for k in range(steps):
        path[k + 1] = torch.sub(path[k], grad(path[k].clone()), alpha=lr)
    return path


def wrong_gd_path__rows_share_memory(grad: Callable[[Tensor], Tensor], x0: Tensor, lr: float, steps: int) -> Tensor:
    x, points = x0.clone(), []
    for _ in range(steps):
        points.append(x)
        x -= lr * grad(x)
    return torch.stack([*points, x])


def wrong_gd_path__clamped(grad: Callable[[Tensor], Tensor], x0: Tensor, lr: float, steps: int) -> Tensor:
    points = [x0.clone()]
    for _ in range(steps):
        points.append((points[-1] - lr * grad(points[-1])).clamp(-1e6, 1e6))
    return torch.stack(points)


def wrong_gd_path__gradient_once(grad: Callable[[Tensor], Tensor], x0: Tensor, lr: float, steps: int) -> Tensor:
    k = torch.arange(steps + 1, dtype=x0.dtype, device=x0.device)[:, None]
    return x0 - lr * k * grad(x0)


def max_stable_lr__eigenvalues(A: Tensor) -> float:
    return 2 / float(torch.linalg.eigvalsh(A).max())


def max_stable_lr__singular_values(A: Tensor) -> float:
    return (2.0 / torch.linalg.svdvals(A)[0]).item()


def max_stable_lr__squared_again_and_again(A: Tensor) -> float:
    power = A.double() / A.double().diagonal().sum()
    for _ in range(60):  # the largest eigenvalue outgrows all others
        power = power @ power
        power = power / power.diagonal().sum()
    return 2 / float((A.double() * power.T).sum())


def wrong_max_stable_lr__ten_powers(A: Tensor) -> float:
    x = torch.ones(len(A), dtype=A.dtype, device=A.device)
    for _ in range(10):
        x = A @ x
        x = x / x.square().sum().sqrt()
    return 2 / float(x @ A @ x)


def wrong_max_stable_lr__largest_row(A: Tensor) -> float:
    return 2 / float(A.abs().sum(1).max())


def wrong_max_stable_lr__diagonal(A: Tensor) -> float:
    return 2 / float(A.diagonal().max())


def combine_grads__shares(grads: list[Tensor], sizes: list[int]) -> Tensor:
    n = sum(sizes)
    return torch.stack([g * (k / n) for g, k in zip(grads, sizes, strict=True)]).sum(0)


def combine_grads__running_mean(grads: list[Tensor], sizes: list[int]) -> Tensor:
    mean, seen = torch.zeros_like(grads[0], dtype=torch.float64), 0
    for g, k in zip(grads, sizes, strict=True):
        seen += k
        mean = mean + (g.double() - mean) * (k / seen)
    return mean.to(grads[0].dtype)


def combine_grads__tensordot(grads: list[Tensor], sizes: list[int]) -> Tensor:
    G = torch.stack(grads)
    share = torch.tensor([k / sum(sizes) for k in sizes], dtype=G.dtype, device=G.device)
    return torch.tensordot(share, G, dims=1)


def wrong_combine_grads__sums_overflow(grads: list[Tensor], sizes: list[int]) -> Tensor:
    return sum(k * g for g, k in zip(grads, sizes, strict=True)) / sum(sizes)


def wrong_combine_grads__shares_rounded(grads: list[Tensor], sizes: list[int]) -> Tensor:
    return sum(round(k / sum(sizes), 3) * g for g, k in zip(grads, sizes, strict=True))


def wrong_combine_grads__two_at_a_time(grads: list[Tensor], sizes: list[int]) -> Tensor:
    mean = grads[0].clone()
    for g, before, k in zip(grads[1:], sizes, sizes[1:], strict=False):
        mean = (mean * before + g * k) / (before + k)
    return mean


def _mean_loss(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return ((X @ w + b - y) ** 2).mean() / 2


def train_linreg__by_hand(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    g = torch.Generator(device=X.device)
    g.manual_seed(seed)
    w = 0.01 * torch.randn(X.shape[1], generator=g, dtype=X.dtype, device=X.device)
    b, history = torch.zeros((), dtype=X.dtype, device=X.device), []
    for _ in range(epochs):
        for some in torch.randperm(len(y), generator=g, device=X.device).split(batch_size):
            error = X[some] @ w + b - y[some]
            w, b = w - lr * (X[some] * error[:, None]).mean(0), b - lr * error.mean()
        history.append(_mean_loss(X, y, w, b).item())
    return w, b, history


def train_linreg__autograd(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    g = torch.Generator(device=X.device).manual_seed(seed)
    w = torch.empty(X.size(1), dtype=X.dtype, device=X.device).normal_(0, 0.01, generator=g).requires_grad_()
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    history: list[float] = []
    for _ in range(epochs):
        for A, t in data_iter__permutation(batch_size, X, y, g):
            (0.5 * (A @ w + b - t) ** 2).sum().backward()
            sgd___under_no_grad([w, b], lr, len(t))
        with torch.no_grad():
            history.append(float(_mean_loss(X, y, w, b)))
    return w.detach(), b.detach(), history


def _trained(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int, mistake: str
) -> tuple[Tensor, Tensor, list[float]]:
    g = torch.Generator(device=X.device).manual_seed(seed)
    std = 0.1 if mistake == "std" else 0.01
    w = std * torch.randn(X.shape[1], generator=g, dtype=X.dtype, device=X.device)
    b, history = torch.zeros((), dtype=X.dtype, device=X.device), []
    order = torch.randperm(len(y), generator=g, device=X.device)
    for _ in range(epochs):
        if mistake != "once":
            order = torch.randperm(len(y), generator=g, device=X.device)
        seen = 0.0
        for some in order.split(batch_size):
            error = X[some] @ w + b - y[some]
            seen += float(error.square().sum()) / 2
            k = batch_size if mistake == "size" else len(some)
            w, b = w - lr * (error @ X[some]) / k, b - lr * error.sum() / k
        loss = seen / len(y) if mistake == "running" else float(_mean_loss(X, y, w, b))
        history.append(2 * loss if mistake == "half" else loss)
    return w, b, history


def train_linreg__generator_on_the_cpu(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    g = torch.Generator()
    g.manual_seed(seed)
    w = torch.normal(0.0, 0.01, (X.shape[1],), generator=g).to(X)
    b, history = X.new_zeros(()), []
    for _ in range(epochs):
        order = torch.randperm(len(X), generator=g).to(X.device)
        for k in range(0, len(X), batch_size):
            A, t = X[order[k : k + batch_size]], y[order[k : k + batch_size]]
            slope = (A @ w + b - t) / len(t)
            w, b = w - lr * (slope @ A), b - lr * slope.sum()
        history.append(float(((X @ w + b - y) ** 2).sum() / (2 * len(y))))
    return w, b, history


def wrong_train_linreg__shuffled_once(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    return _trained(X, y, lr, batch_size, epochs, seed, "once")


def wrong_train_linreg__running_loss(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    return _trained(X, y, lr, batch_size, epochs, seed, "running")


def wrong_train_linreg__half_forgotten(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    return _trained(X, y, lr, batch_size, epochs, seed, "half")


def wrong_train_linreg__wide_start(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    return _trained(X, y, lr, batch_size, epochs, seed, "std")


def wrong_train_linreg__last_batch_by_batch_size(
    X: Tensor, y: Tensor, lr: float, batch_size: int, epochs: int, seed: int
) -> tuple[Tensor, Tensor, list[float]]:
    return _trained(X, y, lr, batch_size, epochs, seed, "size")
