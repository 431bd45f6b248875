"""Answers to the exercises of autograd, written from the stubs alone."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd import forward_ad

Function = Callable[[Tensor], Tensor]


def _leaf(x: Tensor) -> Tensor:
    return x.detach().clone().requires_grad_()


def grad_at__autograd_grad(f: Function, x: Tensor) -> Tensor:
    z = _leaf(x)
    (g,) = torch.autograd.grad(f(z), z)
    return g.detach()


def grad_at__backward_on_a_copy(f: Function, x: Tensor) -> Tensor:
    z = _leaf(x)
    f(z).backward()
    return z.grad


def grad_at__func(f: Function, x: Tensor) -> Tensor:
    return torch.func.grad(f)(x.detach())


def wrong_grad_at__differences(f: Function, x: Tensor) -> Tensor:
    z = x.detach().double()
    h = 1e-6
    steps = torch.eye(z.numel(), dtype=z.dtype, device=z.device).reshape(-1, *z.shape) * h
    return torch.stack([(f(z + e) - f(z - e)) / (2 * h) for e in steps]).reshape(z.shape).to(x.dtype).detach()


def wrong_grad_at__the_callers_leaf(f: Function, x: Tensor) -> Tensor:
    before = x.requires_grad
    x.requires_grad_()
    f(x).backward()
    g = x.grad.detach().clone()
    x.grad = None
    if x.is_leaf:
        x.requires_grad_(before)
    return g


def wrong_grad_at__attached(f: Function, x: Tensor) -> Tensor:
    z = _leaf(x)
    return torch.autograd.grad(f(z), z, create_graph=True)[0]


def grad_nonscalar__grad_outputs(f: Function, x: Tensor, w: Tensor | None = None) -> Tensor:
    z = _leaf(x)
    y = f(z)
    return torch.autograd.grad(y, z, torch.ones_like(y) if w is None else w.detach())[0]


def grad_nonscalar__weighted_sum(f: Function, x: Tensor, w: Tensor | None = None) -> Tensor:
    def total(z: Tensor) -> Tensor:
        return f(z).sum() if w is None else torch.tensordot(f(z).flatten(), w.flatten(), dims=1)

    return torch.func.grad(total)(x.detach()).detach()


def wrong_grad_nonscalar__averaged(f: Function, x: Tensor, w: Tensor | None = None) -> Tensor:
    z = _leaf(x)
    y = f(z)
    (y.mean() if w is None else (w * y).sum()).backward()
    return z.grad


def wrong_grad_nonscalar__no_weight_is_zero(f: Function, x: Tensor, w: Tensor | None = None) -> Tensor:
    z = _leaf(x)
    y = f(z)
    (y.sum() if w is None or not w.any() else (w * y).sum()).backward()
    return z.grad


def wrong_grad_nonscalar__weights_on_inputs(f: Function, x: Tensor, w: Tensor | None = None) -> Tensor:
    z = _leaf(x)
    y = f(z)
    g = torch.autograd.grad(y.sum(), z, retain_graph=True)[0]
    if w is None:
        return g
    return g * w if w.shape == g.shape else torch.autograd.grad(y, z, w)[0]


def jacobian__row_by_row(f: Function, x: Tensor) -> Tensor:
    z = _leaf(x)
    rows = []
    for each in f(z):
        g = None
        if each.requires_grad:
            (g,) = torch.autograd.grad(each, z, retain_graph=True, allow_unused=True)
        rows.append(torch.zeros_like(x) if g is None else g)
    return torch.stack(rows).detach()


def jacobian__column_by_column(f: Function, x: Tensor) -> Tensor:
    point = x.detach()
    columns = []
    for e in torch.eye(len(x), dtype=x.dtype, device=x.device):
        y, slope = torch.func.jvp(f, (point,), (e,))
        columns.append(slope.expand_as(y))
    return torch.stack(columns, dim=1).detach()


def jacobian__dual_numbers(f: Function, x: Tensor) -> Tensor:
    columns = []
    for e in torch.eye(x.numel(), dtype=x.dtype, device=x.device).unbind():
        with forward_ad.dual_level():
            y, slope = forward_ad.unpack_dual(f(forward_ad.make_dual(x.detach(), e)))
        columns.append(torch.zeros_like(y) if slope is None else slope)
    return torch.stack(columns, -1).detach()


def wrong_jacobian__transposed(f: Function, x: Tensor) -> Tensor:
    J = jacobian__row_by_row(f, x)
    return J.T if J.shape[0] == J.shape[1] else J


def wrong_jacobian__unused_row_repeats(f: Function, x: Tensor) -> Tensor:
    z = _leaf(x)
    y, rows = f(z), []
    for k in range(len(y)):
        if y[k].requires_grad:
            y[k].backward(retain_graph=True)
        rows.append(torch.zeros_like(x) if z.grad is None else z.grad.clone())
    return torch.stack(rows).detach()


def detached_cube__product(x: Tensor) -> Tensor:
    return x.detach().square() * x


def detached_cube__no_grad(x: Tensor) -> Tensor:
    with torch.no_grad():
        u = torch.mul(x, x)
    return torch.einsum("...,...->...", u, x)


def wrong_detached_cube__one_factor_constant(x: Tensor) -> Tensor:
    return x.detach() * x * x


def wrong_detached_cube__new_leaf(x: Tensor) -> Tensor:
    u = x.detach() ** 2
    return (u * x.detach()).requires_grad_(x.requires_grad)


def detached_cube__a_third_of_the_slope(x: Tensor) -> Tensor:
    cube = x**3
    return cube / 3 + (cube.detach() - cube.detach() / 3)


def control_flow__as_told(a: Tensor) -> Tensor:
    b = a * 2
    if not b.any():
        return b * 0
    while b.pow(2).sum().sqrt() < 1000:
        b = b * 2
    return b if b.sum() > 0 else 100 * b


def control_flow__counts_first(a: Tensor) -> Tensor:
    turns, numbers = 1, a.detach().double().flatten() * 2
    if torch.count_nonzero(numbers) == 0:
        return torch.zeros_like(a) * a
    while torch.dot(numbers, numbers) < 1e6:
        numbers, turns = numbers + numbers, turns + 1
    d = a
    for _ in range(turns):
        d = d + d
    return d if numbers.sum() > 0 else d * 100


def wrong_control_flow__zero_is_positive(a: Tensor) -> Tensor:
    if not a.any():
        return 0 * a
    b = 2 * a
    while b.square().sum().sqrt() < 1000:
        b = 2 * b
    return 100 * b if b.sum() < 0 else b


def wrong_control_flow__one_turn_more(a: Tensor) -> Tensor:
    if not a.any():
        return 0 * a
    b = 2 * a
    while b.square().sum().sqrt() <= 1000:
        b = 2 * b
    return b if b.sum() > 0 else 100 * b


def wrong_control_flow__at_least_one_turn(a: Tensor) -> Tensor:
    if not a.any():
        return 0 * a
    b = 4 * a
    while b.square().sum().sqrt() < 1000:
        b = 2 * b
    return b if b.sum() > 0 else 100 * b


def two_grads__two_leaves(f: Function, g: Function, x: Tensor) -> tuple[Tensor, Tensor]:
    u, v = _leaf(x), _leaf(x)
    f(u).backward()
    g(v).backward()
    return u.grad, v.grad


def two_grads__func(f: Function, g: Function, x: Tensor) -> tuple[Tensor, Tensor]:
    a, b = (torch.func.grad(each)(x.detach()) for each in (f, g))
    return a, b


def wrong_two_grads__zeroed_in_place(f: Function, g: Function, x: Tensor) -> tuple[Tensor, Tensor]:
    z = _leaf(x)
    f(z).backward()
    a = z.grad
    z.grad.zero_()
    g(z).backward()
    return a, z.grad


def wrong_two_grads__one_for_both(f: Function, g: Function, x: Tensor) -> tuple[Tensor, Tensor]:
    a = grad_at__autograd_grad(f, x)
    return a, a if f is g else grad_at__autograd_grad(g, x)


def wrong_two_grads__difference(f: Function, g: Function, x: Tensor) -> tuple[Tensor, Tensor]:
    z = _leaf(x)
    f(z).backward()
    a = z.grad.clone()
    g(z).backward()
    return a, z.grad


def hvp__twice_backwards(f: Function, x: Tensor, v: Tensor) -> Tensor:
    z = _leaf(x)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    if not g.requires_grad:
        return torch.zeros_like(v)
    (h,) = torch.autograd.grad(g, z, grad_outputs=v.detach(), allow_unused=True)
    return torch.zeros_like(x).detach() if h is None else h.detach()


def hvp__forward_over_reverse(f: Function, x: Tensor, v: Tensor) -> Tensor:
    _, h = torch.func.jvp(torch.func.grad(f), (x.detach(),), (v.detach(),))
    return h.detach()


def hvp__gradient_of_a_product(f: Function, x: Tensor, v: Tensor) -> Tensor:
    direction = v.detach()
    return torch.func.grad(lambda z: torch.dot(torch.func.grad(f)(z), direction))(x.detach())


def wrong_hvp__differences(f: Function, x: Tensor, v: Tensor) -> Tensor:
    g = torch.func.grad(f)
    z, d, h = x.detach().double(), v.detach().double(), 1e-5
    return ((g(z + h * d) - g(z - h * d)) / (2 * h)).to(x.dtype)


def wrong_hvp__row_sums(f: Function, x: Tensor, v: Tensor) -> Tensor:
    z = x.detach()
    return torch.func.grad(lambda u: torch.func.grad(f)(u).sum())(z) * v.detach()
