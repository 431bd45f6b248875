"""Automatic differentiation (自动微分)

While you compute, PyTorch can take notes: which operation, on which tensors, in which order. Read backwards, by the
chain rule, these notes are the derivative; not an approximation of it, but the exact one. A pass backwards costs about
twice as much as computing the function, however many variables there are; and until then everything that was noted
stays in memory. That is why nobody who trains a network with a million weights has ever written down a million
derivatives. What remains for you is bookkeeping: who takes notes (`requires_grad` says that operations on a tensor are
recorded), where gradients are collected (in the `.grad` of the leaves, the tensors that no recorded operation has made,
and added to what is already there), when the notes, called the graph, are thrown away (after the first pass backwards),
and what shall count as a constant (`detach`).

Second derivatives are derivatives of derivatives. There are n² of them, the Hessian, which Newton's method would need;
that is why networks are trained with first ones alone.

Functions that differentiate for somebody else are guests: in this module they leave x, which is always a leaf, as they
found it (its numbers, its `requires_grad`, and its `.grad`, even if it holds something), a second call gives the same
answer as the first, and what they return is detached from any graph. (The book sets `requires_grad` on x itself, for
there x is its own.) Global generators are the caller's, too. Derivatives are exact, so differences with a small step
will not do. Where a docstring excludes ready-made derivatives, it is because they are the exercise.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def detached_cube(x: Tensor) -> Tensor:
    """Cube a tensor, but let two of the three factors count as constants.

        z[i] = u[i] * x[i]        u = x * x, a constant when z is differentiated

    So the value of z is x^3, and dz/dx is not 3 x^2 but x^2: with respect to x, a multiple u of x has slope u. Do it
    without a torch.autograd.Function of your own: the exercise is about detach.

    Args:
        x: any shape and floating dtype; may or may not require a gradient, and stays as it is.
    Returns:
        z, of the shape, dtype and device of x. Gradients flow through it to x.

    >>> detached_cube(torch.tensor([2.0, -3.0]))
    tensor([  8., -27.])
    >>> x = torch.tensor([2.0, -3.0], requires_grad=True)
    >>> detached_cube(x).sum().backward()
    >>> x.grad
    tensor([4., 9.])
    """
    raise NotImplementedError


def grad_at(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Compute the gradient of a scalar function at a point.

        g[i] = df / dx[i]

    An entry of x that f does not look at has gradient 0.

    Args:
        f: takes a tensor like x and returns a tensor of shape (), which depends on x; made of torch operations.
        x: the point, of any shape and floating dtype. It may require a gradient, or hold one: leave it as it is.
    Returns:
        The gradient, a detached tensor of the shape, dtype and device of x.

    >>> grad_at(lambda x: 2 * torch.dot(x, x), torch.arange(4.0))
    tensor([ 0.,  4.,  8., 12.])
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> grad_at(lambda x: x[0] * x[1], x), x.grad
    (tensor([2., 1.]), None)
    """
    raise NotImplementedError


def two_grads(f: Callable[[Tensor], Tensor], g: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the gradients of two scalar functions at the same point.

        a[i] = df / dx[i]
        b[i] = dg / dx[i]

    backward() adds to the `.grad` of a leaf, it does not replace it: good for summing the gradients of many losses, bad
    for telling two of them apart. Neither result may contain the other, and changing one later must not change the
    other, even if f and g are the same function.

    Args:
        f: takes a vector like x and returns a tensor of shape (), which depends on x; made of torch operations.
        g: another such function, or the same.
        x: the point, of shape (n,) and floating dtype. It may require a gradient, or hold one: leave it as it is.
    Returns:
        The gradient of f and the gradient of g, two detached tensors of the shape, dtype and device of x.

    >>> two_grads(lambda x: 2 * torch.dot(x, x), lambda x: x.sum(), torch.arange(4.0))
    (tensor([ 0.,  4.,  8., 12.]), tensor([1., 1., 1., 1.]))
    >>> two_grads(lambda x: x.prod(), lambda x: x.prod(), torch.tensor([2.0, 3.0]))
    (tensor([3., 2.]), tensor([3., 2.]))
    """
    raise NotImplementedError


def grad_nonscalar(f: Callable[[Tensor], Tensor], x: Tensor, w: Tensor | None = None) -> Tensor:
    """Compute the gradient of a weighted sum of many outputs.

        g[i] = sum_k w[k] * dy[k] / dx[i]        y = f(x)

    Only a scalar has a gradient of its own. For an output with many entries somebody has to say how much each of them
    counts: that is w, and a pass backwards asks for it. Without w each counts 1, so that the outputs are summed (not
    averaged). There may be more outputs than inputs, or fewer. Not allowed are torch.autograd.functional and, of
    torch.func, vjp, jvp, jacrev, jacfwd and hessian.

    Args:
        f: takes a tensor like x and returns y, a tensor of any shape that depends on x; made of torch operations.
        x: the point, of any shape and floating dtype; stays as it is.
        w: the weights, with shape and dtype of y; they may be negative or zero. None stands for ones.
    Returns:
        The gradient, a detached tensor of the shape, dtype and device of x.

    >>> x = torch.tensor([1.0, 2.0, 3.0])
    >>> grad_nonscalar(lambda x: x * x, x)
    tensor([2., 4., 6.])
    >>> grad_nonscalar(lambda x: x[1:] * x[:-1], x, torch.tensor([1.0, -1.0]))
    tensor([ 2., -2., -2.])
    """
    raise NotImplementedError


def control_flow(a: Tensor) -> Tensor:
    """Compute what a loop and a branch make of a tensor, with its gradient.

        b = 2 a
        while ||b|| < 1000:  b = 2 b
        d = b  if sum(b) > 0,  else 100 b

    How often the loop turns and which branch is taken depends on the numbers in a. Autograd does not mind: it records
    what has happened, and what has happened is a multiplication, d = k a. ||b|| is the square root of the sum of the
    squares of all entries; a sum of exactly 0 is not positive. If all of a is 0, nothing grows and the loop would never
    end: then d = 0 a, with gradient 0. (The book leaves that case out.)

    Args:
        a: any shape with at least one entry, of floating dtype; all entries finite, and 0 or at least 1e-15 in size.
            Stays as it is.
    Returns:
        d, of the shape, dtype and device of a. Gradients flow through it to a.

    >>> control_flow(torch.tensor([3.0, 4.0]))
    tensor([ 768., 1024.])
    >>> control_flow(torch.tensor([-300.0, 0.0]))
    tensor([-120000.,       0.])
    >>> control_flow(torch.zeros(2))
    tensor([0., 0.])
    """
    raise NotImplementedError


def jacobian(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Compute the Jacobian matrix of a vector function at a point.

        J[k, i] = dy[k] / dx[i]        y = f(x)

    A pass backwards from one output gives one row. An output that does not depend on x has a row of zeros; it may even
    be that none does. (jacobian of torch.autograd.functional, jacrev, jacfwd and hessian are not allowed.)

    Args:
        f: takes a vector like x and returns a vector y of shape (m,), same dtype; made of torch operations, and of
            nothing but x that requires a gradient. m is at least 1.
        x: the point, a vector of shape (n,) and floating dtype, n at least 1; stays as it is.
    Returns:
        J, a detached tensor of shape (m, n), with dtype and device of x.

    >>> jacobian(lambda x: x * x.sum(), torch.tensor([1.0, 2.0]))
    tensor([[4., 1.],
            [2., 5.]])
    >>> jacobian(lambda x: torch.ones(3), torch.tensor([1.0, 2.0]))
    tensor([[0., 0.],
            [0., 0.],
            [0., 0.]])
    """
    raise NotImplementedError


def hvp(f: Callable[[Tensor], Tensor], x: Tensor, v: Tensor) -> Tensor:
    """Multiply the matrix of second derivatives by a vector, without forming the matrix.

        h[i] = sum_j H[i, j] * v[j]        H[i, j] = d^2 f / dx[i] dx[j]

    With n = 1,000,000 variables H has 10^12 entries; h has only as many as x, and two passes backwards suffice for it,
    however large n is. The function may be linear: then H is zero, and so is h. Not allowed are hvp, vhp, hessian and
    jacobian of torch.autograd.functional, and hessian, jacrev and jacfwd of torch.func.

    Args:
        f: takes a vector like x and returns a tensor of shape (), which depends on x; made of torch operations that can
            be differentiated twice.
        x: the point, of shape (n,) and floating dtype; stays as it is.
        v: the vector, of shape (n,), with dtype and device of x; may be zero.
    Returns:
        h, a detached tensor of the shape, dtype and device of x.

    >>> x, v = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.0, -1.0])
    >>> hvp(lambda x: (x**3).sum(), x, v)
    tensor([  6.,   0., -18.])
    >>> hvp(lambda x: x[0] * x[1], x, v)
    tensor([0., 1., 0.])
    """
    raise NotImplementedError
