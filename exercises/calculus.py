"""Calculus (微积分)

To train a network is to know which way is down, and that is what a derivative says. It is a limit: the slope of f
between x and x + h, as h goes to 0. A partial derivative moves one variable and holds the others still; all of them in
a row are the gradient, which points where f grows fastest, so that whoever wants less walks against it.

The rules are few. Constants have derivative 0, powers x^n have n x^(n-1), exp has itself, ln x has 1/x; sums and
constant factors come through, products and quotients have rules of their own. For vectors the same rules read: the
gradient of a · x is a, that of ||x||² is 2x, that of a matrix's squared Frobenius norm is twice the matrix. And the
chain rule multiplies along a path and adds over paths; backpropagation is nothing else. Where f has a kink, like |x| at
0, there is no derivative, and any slope between those of the two sides is called a subgradient.

Here you take derivatives by hand: autograd in all its forms is off limits. Every function works on any device, and
none changes its arguments. The book's `from d2l import torch as d2l` is not installed where this is graded: write your
functions without it.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def numeric_grad(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Approximate the gradient of a function by central differences.

        g[i] = (f(x + h e[i]) - f(x - h e[i])) / (2 h)        e[i] = 1 in place i, 0 elsewhere

    The limit says: the smaller h, the better. The computer disagrees. f(x + h) and f(x - h) agree in most of their
    digits, and those cancel, so too small an h leaves nothing but rounding error; in float32 there is hardly a good h
    at all. Compute in float64, whatever x is, with h near 1e-5. Step to both sides: the error is then of order h², and
    at a kink you get the middle of both slopes, 0 for |x| at 0. No autograd.

    Args:
        f: takes a vector like x, of any floating dtype, and returns its value, a tensor of shape (), computed in the
            dtype that it was given. It does not change what it is given, and is smooth within 0.01 of x but for kinks
            at x itself.
        x: the point, of shape (n,) with n at least 1, float32 or float64; entries of ordinary size, up to 10 or so.
    Returns:
        The gradient, of shape (n,) and the dtype and device of x. An error of one part in a thousand of the largest
        entry is allowed.

    >>> numeric_grad(lambda x: (3 * x**2 - 4 * x).sum(), torch.tensor([1.0]))
    tensor([2.])
    """
    raise NotImplementedError


def total_derivative(
    k: Callable[[float, float], float],
    g: Callable[[float], float],
    h: Callable[[float], float],
    dk: Callable[[float, float], tuple[float, float]],
    dg: Callable[[float], float],
    dh: Callable[[float], float],
    s: float,
) -> float:
    """Differentiate along two paths at once with the chain rule.

        z = k(x, y),  x = g(s),  y = h(s)

        dz/ds = dk/dx * dx/ds + dk/dy * dy/ds

    When s moves, x and y both move, and each of them moves z. Multiply along a path, add over the paths, and evaluate
    every derivative at the place where its function is. The exact value is asked for: difference quotients will not do,
    and autograd is off limits.

    Args:
        k: the outer function (it is not needed).
        g, h: the inner functions.
        dk: takes (x, y) and returns the pair of partial derivatives of k there, (dk/dx, dk/dy).
        dg, dh: the derivatives of g and h.
        s: the point, a float, as are all values.
    Returns:
        dz/ds at s, a float.

    >>> total_derivative(
    ...     k=lambda x, y: x * y, g=lambda s: s**2, h=lambda s: 3 * s,
    ...     dk=lambda x, y: (y, x), dg=lambda s: 2 * s, dh=lambda s: 3.0, s=2.0,
    ... )
    36.0
    """
    raise NotImplementedError


def quad_grad(A: Tensor, x: Tensor) -> Tensor:
    """Compute the gradient of a quadratic form.

        f(x) = sum_ij x[i] A[i, j] x[j] = x^T A x

    Each entry of x occurs twice, as a row and as a column of A, and the product rule sees both. A need not be
    symmetric. Find the closed form on paper, and compute it: autograd and difference quotients are off limits.

    Args:
        A: a square matrix of shape (n, n), float32 or float64; n may be 0. Products of entries neither overflow nor
            underflow, and their magnitudes are not far apart.
        x: the point, of shape (n,), same dtype.
    Returns:
        The gradient, of shape (n,), same dtype.

    >>> quad_grad(torch.tensor([[1.0, 2.0], [0.0, 3.0]]), torch.tensor([1.0, 1.0]))
    tensor([4., 8.])
    >>> quad_grad(torch.eye(2), torch.tensor([3.0, -1.0]))
    tensor([ 6., -2.])
    """
    raise NotImplementedError
