"""Answers to the exercises of norms, written from the stubs alone."""

import itertools
import math
from collections.abc import Callable

import torch
from torch import Tensor


def lp_norm__scaled(x: Tensor, p: float) -> Tensor:
    if x.numel() == 0:
        return x.new_zeros(())
    size = x.abs()
    largest = size.max()
    if p == float("inf") or largest == 0:
        return largest
    root = (size / largest).pow(p).sum() ** (0.5 / p)  # twice the half power: neither factor overflows alone
    return root * largest * root


def lp_norm__python_numbers(x: Tensor, p: float) -> Tensor:
    sizes = [abs(each) for each in x.detach().flatten().tolist()]
    largest = max(sizes, default=0.0)
    if largest > 0 and p != math.inf:
        root = math.fsum((each / largest) ** p for each in sizes) ** (0.5 / p)
        largest = root * largest * root
    return torch.tensor(largest, dtype=x.dtype, device=x.device)


def lp_norm__logarithms(x: Tensor, p: float) -> Tensor:
    logs = x[x != 0].abs().double().log()
    if logs.numel() == 0:
        return torch.zeros((), dtype=x.dtype, device=x.device)
    largest = logs.max()
    rest = 0.0 if p == float("inf") else (p * (logs - largest)).exp().sum().log() / p
    return (largest + rest).exp().to(x.dtype)


def wrong_lp_norm__powers_overflow(x: Tensor, p: float) -> Tensor:
    if x.numel() == 0:
        return x.new_zeros(())
    if p == float("inf"):
        return x.abs().max()
    return x.abs().pow(p).sum().pow(1 / p)


def wrong_lp_norm__only_float32_saved(x: Tensor, p: float) -> Tensor:
    if x.numel() == 0:
        return x.new_zeros(())
    if p == float("inf"):
        return x.abs().max()
    return x.double().abs().pow(p).sum().pow(1 / p).to(x.dtype)


def wrong_lp_norm__stray_epsilon(x: Tensor, p: float) -> Tensor:
    if x.numel() == 0:
        return x.new_zeros(())
    largest = x.abs().max()
    if p == float("inf"):
        return largest
    return (x.abs() / (largest + 1e-12)).pow(p).sum().pow(1 / p) * largest


def frobenius__trace(A: Tensor) -> Tensor:
    return (A.mT @ A).diagonal(dim1=-2, dim2=-1).sum(-1).sqrt()


def frobenius__einsum(A: Tensor) -> Tensor:
    return torch.einsum("...ij,...ij->...", A, A) ** 0.5


def wrong_frobenius__stray_epsilon(A: Tensor) -> Tensor:
    return (A.square().sum(dim=(-2, -1)) + 1e-12).sqrt()


def wrong_frobenius__first_two_axes(A: Tensor) -> Tensor:
    return A.square().sum(dim=(0, 1)).sqrt()


def axis_norm__einsum(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    last = X.movedim(dim, -1)
    lengths = torch.einsum("...k,...k->...", last, last).sqrt()
    return lengths.unsqueeze(dim % X.ndim) if keepdim else lengths


def axis_norm__powers(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    return torch.pow(torch.sum(torch.pow(X, 2), dim, keepdim=keepdim), 0.5)


def wrong_axis_norm__squeezes_all(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    lengths = X.square().sum(dim, keepdim=True).sqrt()
    return lengths if keepdim else lengths.squeeze()


def wrong_axis_norm__unsqueezes_at_dim(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    lengths = X.square().sum(dim).sqrt()
    return lengths.unsqueeze(abs(dim)) if keepdim else lengths


def wrong_axis_norm__stray_epsilon(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    return X.square().sum(dim, keepdim=keepdim).add(1e-24).sqrt()


def normalize_rows__clamped_square(X: Tensor, eps: float = 1e-12) -> Tensor:
    return X / (X * X).sum(dim=1, keepdim=True).clamp(min=eps**2).sqrt()


def normalize_rows__two_wheres(X: Tensor, eps: float = 1e-12) -> Tensor:
    squares = torch.einsum("nd,nd->n", X, X)
    short = squares < eps * eps
    lengths = torch.where(short, torch.ones_like(squares), squares).sqrt()
    return X / torch.where(short, torch.full_like(squares, eps), lengths)[:, None]


def wrong_normalize_rows__epsilon_added(X: Tensor, eps: float = 1e-12) -> Tensor:
    return X / (X.square().sum(1, keepdim=True).sqrt() + eps)


def wrong_normalize_rows__root_of_zero(X: Tensor, eps: float = 1e-12) -> Tensor:
    return X / X.square().sum(1, keepdim=True).sqrt().clamp(min=eps)


def wrong_normalize_rows__length_is_a_constant(X: Tensor, eps: float = 1e-12) -> Tensor:
    return X / X.detach().square().sum(1, keepdim=True).sqrt().clamp(min=eps)


def safe_norm__what_is_not_zero(x: Tensor) -> Tensor:
    return x[x != 0].square().sum().sqrt()


def safe_norm__branch(x: Tensor) -> Tensor:
    squares = torch.dot(x, x)
    return torch.sqrt(squares) if squares > 0 else x.sum() * 0


def safe_norm__two_wheres(x: Tensor) -> Tensor:
    squares = (x**2).sum()
    zero = squares == 0
    return torch.where(zero, torch.zeros_like(squares), torch.where(zero, torch.ones_like(squares), squares).sqrt())


class _Length(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        length = x.square().sum().sqrt()
        ctx.save_for_backward(x, length)
        return length

    @staticmethod
    def backward(ctx, upstream: Tensor) -> Tensor:
        x, length = ctx.saved_tensors
        return upstream * x / length if length > 0 else torch.zeros_like(x)


def safe_norm__own_backward(x: Tensor) -> Tensor:
    return _Length.apply(x)


def wrong_safe_norm__epsilon_taken_back(x: Tensor) -> Tensor:
    eps = 1e-12
    return (x.square().sum() + eps).sqrt() - eps**0.5


def wrong_safe_norm__one_where(x: Tensor) -> Tensor:
    squares = x.square().sum()
    return torch.where(squares == 0, torch.zeros_like(squares), squares.sqrt())


def wrong_safe_norm__clamped(x: Tensor) -> Tensor:
    return x.square().sum().clamp(min=torch.finfo(x.dtype).tiny).sqrt()


def is_norm__python_numbers(f: Callable[[Tensor], Tensor], xs: list[Tensor]) -> bool:
    def differ(a: float, b: float) -> bool:
        return not abs(a - b) <= 1e-4 * max(abs(a), abs(b))

    for x in xs:
        length = float(f(x))
        if not length >= 0 or (length == 0 and bool((x != 0).any())):
            return False
        if any(differ(float(f(a * x)), abs(a) * length) for a in (-1.0, 2.0, -3.0, 0.5, 0.0)):
            return False
    for x, y in itertools.combinations_with_replacement(xs, 2):
        if not float(f(x + y)) <= (float(f(x)) + float(f(y))) * (1 + 1e-4):
            return False
    return True


def is_norm__tables(f: Callable[[Tensor], Tensor], xs: list[Tensor]) -> bool:
    lengths = torch.stack([f(x) for x in xs]).double()
    nonzero = torch.stack([x.abs().amax() > 0 for x in xs])
    definite = torch.where(nonzero, lengths > 0, lengths == 0).all()
    factors = [-2.5, -1.0, 0.25, 7.0]
    scaled = torch.stack([torch.stack([f(x * a) for x in xs]) for a in factors]).double()
    wanted = torch.tensor(factors, dtype=torch.float64, device=lengths.device).abs()[:, None] * lengths
    homogeneous = torch.isclose(scaled, wanted, rtol=1e-4, atol=0.0).all()
    sums = torch.stack([torch.stack([f(x + y) for y in xs]) for x in xs]).double()
    triangle = (sums <= 1.0001 * (lengths[:, None] + lengths)).all()
    return bool(definite & homogeneous & triangle)


def _is_norm(
    f: Callable[[Tensor], Tensor], xs: list[Tensor], factors: list[float], slack: float, pairs: object
) -> bool:
    homogeneous = all(
        abs(float(f(a * x)) - abs(a) * float(f(x))) <= 1e-4 * abs(float(f(x))) + slack for a in factors for x in xs
    )
    triangle = all(float(f(x + y)) <= 1.0001 * (float(f(x)) + float(f(y))) + slack for x, y in pairs)
    definite = all(float(f(x)) > 0 or not x.any() for x in xs)
    return homogeneous and triangle and definite


def wrong_is_norm__absolute_tolerance(f: Callable[[Tensor], Tensor], xs: list[Tensor]) -> bool:
    close = all(abs(float(f(a * x)) - abs(a) * float(f(x))) <= 1e-4 for a in (-1.0, 2.0, 0.3) for x in xs)
    triangle = all(float(f(x + y)) <= float(f(x)) + float(f(y)) + 1e-4 for x in xs for y in xs)
    return close and triangle and _is_norm(f, xs, [], 0.0, [])


def wrong_is_norm__neighbours_only(f: Callable[[Tensor], Tensor], xs: list[Tensor]) -> bool:
    return _is_norm(f, xs, [-1.0, 2.0, 0.5], 0.0, list(itertools.pairwise(xs)))


def wrong_is_norm__only_minus_one(f: Callable[[Tensor], Tensor], xs: list[Tensor]) -> bool:
    return _is_norm(f, xs, [-1.0], 0.0, list(itertools.product(xs, xs)))


def wrong_is_norm__positive_factors(f: Callable[[Tensor], Tensor], xs: list[Tensor]) -> bool:
    return _is_norm(f, xs, [2.0, 0.5, 3.0], 0.0, list(itertools.product(xs, xs)))


def wrong_is_norm__some_slack(f: Callable[[Tensor], Tensor], xs: list[Tensor]) -> bool:
    return _is_norm(f, xs, [-1.0, 2.0, 0.5], 1e-2, list(itertools.product(xs, xs)))


def clip_by_global_norm__one_vector(ts: list[Tensor], c: float) -> tuple[list[Tensor], Tensor]:
    everything = torch.cat([t.reshape(-1) for t in ts])
    norm = torch.sqrt(everything @ everything)
    if norm > c:
        everything = everything * (c / norm)
    pieces = everything.split([t.numel() for t in ts])
    return [piece.reshape(t.shape) for piece, t in zip(pieces, ts, strict=True)], norm


def clip_by_global_norm__where(ts: list[Tensor], c: float) -> tuple[list[Tensor], Tensor]:
    norm = torch.stack([(t * t).sum() for t in ts]).sum().sqrt()
    long = norm > c
    scale = torch.where(long, c / torch.where(long, norm, torch.ones_like(norm)), torch.ones_like(norm))
    return [scale * t for t in ts], norm


def wrong_clip_by_global_norm__stray_epsilon(ts: list[Tensor], c: float) -> tuple[list[Tensor], Tensor]:
    norm = torch.stack([t.square().sum() for t in ts]).sum().sqrt()
    return [t * torch.clamp(c / (norm + 1e-6), max=1.0) for t in ts], norm


def wrong_clip_by_global_norm__zero_by_zero(ts: list[Tensor], c: float) -> tuple[list[Tensor], Tensor]:
    norm = torch.stack([t.square().sum() for t in ts]).sum().sqrt()
    return [t * torch.clamp(c / norm, max=1.0) for t in ts], norm


def wrong_clip_by_global_norm__always_to_c(ts: list[Tensor], c: float) -> tuple[list[Tensor], Tensor]:
    norm = torch.stack([t.square().sum() for t in ts]).sum().sqrt()
    return [t * (c / norm) if norm > 0 else t.clone() for t in ts], norm
