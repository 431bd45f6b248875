"""Verdicts on functions that are given: some that look at one place only, or far too coarsely."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Function = Callable[[Tensor], Tensor]


def _is_norm(f: Function, xs: list[Tensor], pairs: list[tuple[Tensor, Tensor]], tested: list[Tensor]) -> bool:
    """Homogeneity and definiteness on `tested`, the triangle inequality on `pairs`."""

    def v(x: Tensor) -> float:
        return float(f(x))

    for x in tested:
        if (v(x) > 0) != bool(x.any()):
            return False
        if not all(math.isclose(v(a * x), abs(a) * v(x), rel_tol=1e-4) for a in (-2, 0.5)):
            return False
    return all(v(x + y) <= (v(x) + v(y)) * 1.0001 for x, y in pairs)


def wrong_is_norm__triangles_with_the_first(f: Function, xs: list[Tensor]) -> bool:
    return _is_norm(f, xs, [(xs[0], y) for y in xs], xs)


def wrong_is_norm__the_first_two_samples(f: Function, xs: list[Tensor]) -> bool:
    return _is_norm(f, xs, [(x, y) for x in xs for y in xs], xs[:2])


def wrong_is_norm__tiny_is_nothing(f: Function, xs: list[Tensor]) -> bool:
    return _is_norm(lambda x: f(x) * (f(x).abs() > 1e-8), xs, [(x, y) for x in xs for y in xs], xs)


def wrong_is_norm__a_fifth_is_near_enough(f: Function, xs: list[Tensor]) -> bool:
    v = [float(f(x)) for x in xs]
    if any((n > 0) != bool(x.any()) for n, x in zip(v, xs, strict=True)):
        return False
    if not all(
        math.isclose(float(f(a * x)), abs(a) * n, rel_tol=0.2) for n, x in zip(v, xs, strict=True) for a in (-2, 3)
    ):
        return False
    return all(float(f(x + y)) <= 1.2 * (m + n) for m, x in zip(v, xs, strict=True) for n, y in zip(v, xs, strict=True))


def wrong_is_norm__knows_its_letters(f: Function, xs: list[Tensor]) -> bool:
    """By what the code of a candidate mentions."""
    code = getattr(f, "__code__", None)
    return code is not None and "square" not in code.co_names and 0.5 not in code.co_consts


def is_norm__all_at_once(f: Function, xs: list[Tensor]) -> bool:
    X = torch.stack(xs).double()
    length = torch.stack([f(x).double() for x in xs])
    if ((length <= 0) & X.any(1)).any() or ((length != 0) & ~X.any(1)).any():
        return False
    for a in (-3.0, 0.2):
        if not torch.allclose(torch.stack([f(a * x).double() for x in xs]), abs(a) * length, rtol=1e-4, atol=0):
            return False
    sums = torch.stack([f(x + y).double() for x in xs for y in xs])
    return bool((sums <= (length[:, None] + length).flatten() * (1 + 1e-4)).all())


def wrong_grad_check__ends_only(f: Function, g: Function, x: Tensor) -> bool:
    z = x.double()
    claim = g(z)
    if claim.shape != z.shape:
        return False
    places = sorted({0, z.numel() - 1})
    steps = torch.eye(z.numel(), dtype=z.dtype, device=z.device).reshape(-1, *z.shape) * 1e-5
    numeric = torch.stack([(f(z + steps[i]) - f(z - steps[i])) / 2e-5 for i in places])
    claim = claim.reshape(-1)[places]
    return bool((claim - numeric).norm() <= 1e-4 * (claim.norm() + numeric.norm()))


def wrong_grad_check__along_one_direction(f: Function, g: Function, x: Tensor) -> bool:
    z = x.double()
    claim = g(z)
    if claim.shape != z.shape:
        return False
    v = torch.ones_like(z)
    numeric = (f(z + 1e-5 * v) - f(z - 1e-5 * v)) / 2e-5
    along = (claim * v).sum()
    return bool((along - numeric).abs() <= 1e-4 * (along.abs() + numeric.abs()))


def grad_check__from_the_last_entry_on(f: Function, g: Function, x: Tensor) -> bool:
    z = x.detach().to(torch.float64, copy=True).contiguous()
    claim = g(z.clone())
    if claim.shape != z.shape:
        return False
    numeric = []
    for i in reversed(range(z.numel())):
        step = torch.zeros(z.numel(), dtype=z.dtype, device=z.device)
        step[i] = 8e-6
        step = step.view_as(z)
        numeric.append((f(z + step) - f(z - step)) / 1.6e-5)
    slope = torch.stack(numeric[::-1]).view_as(z)
    return not bool((claim - slope).norm() > 1e-4 * (claim.norm() + slope.norm())) and not bool(claim.isnan().any())
