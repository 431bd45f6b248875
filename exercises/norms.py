"""Norms (范数)

How long is a vector? A ruler measures the Euclidean length (L2, the root of the sum of squares), a taxi driver in
Manhattan counts blocks (L1, the sum of magnitudes), and whoever fears the worst case looks at the largest entry alone
(L∞): all three are norms, and each of them has another idea of "near". In deep learning a norm measures gradients
before they explode, weights before they overfit, and embeddings before they are compared.

The formulas are short, and each has a trap or two: squares overflow long before the length does, an axis goes missing,
and the square root has a kink at zero where gradients turn into NaN.

Some rules hold for all functions here. The ready-made norms of PyTorch (torch.norm, Tensor.norm, everything called norm
in torch.linalg, distances, cosine_similarity, F.normalize, gradient clipping) are off limits: you are building them. No
function changes its arguments, and every answer lies on the device of its inputs. None may loop in Python over rows,
slices or matrices, because thousands of small operations are slow; over a list of tensors it may. Global generators are
the caller's: whoever wants random numbers takes a torch.Generator of their own. normalize_rows and safe_norm speak of
gradients, which the next topic, autograd, explains: come back to them then if they are new to you.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def frobenius(A: Tensor) -> Tensor:
    """Compute the Frobenius norm of every matrix in a batch.

        ||A||_F = sqrt(sum_ij A[i, j]^2)

    It is the Euclidean length of the matrix, read as one long vector. The last two axes are the matrix, all axes before
    them count matrices and stay. (The book has one matrix only.)

    Args:
        A: one matrix of shape (m, n), or a batch of shape (..., m, n), float32 or float64; sizes may be 0. The squares
            of its entries, and their sums, neither overflow nor underflow.
    Returns:
        The norms, of shape (...): for a single matrix (). Same dtype as A. A matrix without entries has norm 0.

    >>> frobenius(torch.ones(4, 9))
    tensor(6.)
    >>> frobenius(torch.tensor([[[3.0, 0.0], [0.0, -4.0]], [[1.0, 1.0], [1.0, 1.0]]]))
    tensor([5., 2.])
    """
    raise NotImplementedError


def axis_norm(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    """Compute Euclidean norms along one axis.

        y = sqrt(sum_k X[k]^2)        k runs along dim

    Args:
        X: a tensor with at least one axis and of floating dtype; sizes may be 0. The squares of its entries, and
            their sums, neither overflow nor underflow.
        dim: the axis to sum over; may be negative.
        keepdim: whether that axis stays, with size 1. No other axis is ever removed.
    Returns:
        The norms: one axis less than X, or as many if keepdim; same dtype. Along an axis of size 0 the norm is 0.

    >>> axis_norm(torch.tensor([[3.0, 4.0], [5.0, -12.0]]), dim=1)
    tensor([ 5., 13.])
    >>> axis_norm(torch.tensor([[3.0, 4.0], [4.0, -3.0]]), dim=0, keepdim=True)
    tensor([[5., 5.]])
    """
    raise NotImplementedError


def lp_norm(x: Tensor, p: float) -> Tensor:
    """Compute the p-norm of all entries of a tensor.

        ||x||_p   = (sum_i |x[i]|^p)^(1/p)        0 < p < inf
        ||x||_inf = max_i |x[i]|

    The sum runs over all entries, whatever the shape. The answer must be right, to the last few digits of the dtype,
    whenever it is a number that the dtype can hold, even if some |x[i]|^p overflows, or all of them underflow. The norm
    of a zero tensor is 0, and so is that of an empty one.

    Args:
        x: a tensor of any shape and floating dtype, all entries finite; may be empty.
        p: a positive number, or float("inf"). Below 1 the formula is the same, though it is no longer a norm. It is not
            so small that n^(1/p) overflows, for n entries.
    Returns:
        The norm, a tensor of shape (), with the dtype of x.

    >>> lp_norm(torch.tensor([[3.0, -4.0], [0.0, 12.0]]), 2)
    tensor(13.)
    >>> lp_norm(torch.tensor([3e30, -4e30]), 2)
    tensor(5.0000e+30)
    >>> lp_norm(torch.tensor([3.0, -4.0]), float("inf"))
    tensor(4.)
    """
    raise NotImplementedError


def normalize_rows(X: Tensor, eps: float = 1e-12) -> Tensor:
    """Scale every row of a matrix to Euclidean length one.

        Y[i] = X[i] / max(||X[i]||, eps)

    A row of zeros has no direction; thanks to eps it stays zero instead of turning into NaN. Gradients flow through the
    norm as well. A row shorter than eps is divided by eps, a constant, so its gradient is that of X[i] / eps: finite
    for a row of zeros, too. (Gradients are not tested where a norm equals eps exactly.)

    Args:
        X: n rows of d numbers, of shape (n, d) and floating dtype; n may be 0. The squares of its entries, and their
            sums, neither overflow nor, but for zeros, underflow.
        eps: a positive number; eps**2 does not underflow either.
    Returns:
        Y, same shape and dtype as X.

    >>> normalize_rows(torch.tensor([[3.0, -4.0], [0.0, 0.0]]))
    tensor([[ 0.6000, -0.8000],
            [ 0.0000,  0.0000]])
    >>> normalize_rows(torch.tensor([[0.0, 0.1]]), eps=0.5)
    tensor([[0.0000, 0.2000]])
    """
    raise NotImplementedError


def clip_by_global_norm(ts: list[Tensor], c: float) -> tuple[list[Tensor], Tensor]:
    """Scale tensors down together if their common length exceeds a limit.

        norm = sqrt(sum of the squares of all entries of all tensors)
        scale = c / norm if norm > c, else 1

    This is how exploding gradients are tamed: taken together, the gradients of all parameters are one long vector,
    which is shortened to length c if it is longer. Its direction stays, so all tensors share one scale. (The book
    scales the gradients of a model in place and returns nothing; here what comes back is another list, and the norm.)

    Args:
        ts: at least one tensor, of any shapes and one floating dtype; some may be empty or zero, even all of them. The
            squares of their entries, and the sum of these, neither overflow nor underflow.
        c: the largest length allowed, 0 or more. The products of c and the entries do not underflow, either.
    Returns:
        A pair: the list of scaled tensors, in the same order, with the same shapes and dtype; and the norm before
        clipping, a tensor of shape () of that dtype. The tensors in ts stay as they are; where the scale is 1, they may
        be handed back.

    >>> clipped, norm = clip_by_global_norm([torch.tensor([3.0, 0.0]), torch.tensor([[4.0]])], c=1.0)
    >>> clipped
    [tensor([0.6000, 0.0000]), tensor([[0.8000]])]
    >>> norm
    tensor(5.)
    """
    raise NotImplementedError


def safe_norm(x: Tensor) -> Tensor:
    """Compute the Euclidean norm of a vector so that its gradient is finite everywhere.

        y = sqrt(sum_i x[i]^2)
        dy/dx = x / y        if x is not zero
        dy/dx = 0            if all of x is zero

    At zero the norm has a kink, like |x|, and no derivative. Any vector of length at most one is a subgradient there;
    we choose 0, so that zero inputs get a zero gradient. Automatic differentiation must find this gradient through your
    function, without NaN. The value is the exact one: no epsilon moves it, not even at zero.

    Args:
        x: a vector of shape (n,) and floating dtype; n may be 0, and the norm of nothing is 0. The squares of its
            entries, and their sum, neither overflow nor, but for zeros, underflow.
    Returns:
        The norm, a tensor of shape (), with the dtype of x.

    >>> x = torch.tensor([3.0, 0.0, -4.0], requires_grad=True)
    >>> safe_norm(x).backward()
    >>> x.grad
    tensor([ 0.6000,  0.0000, -0.8000])
    >>> zero = torch.zeros(2, requires_grad=True)
    >>> safe_norm(zero).backward()
    >>> zero.grad
    tensor([0., 0.])
    """
    raise NotImplementedError


def is_norm(f: Callable[[Tensor], Tensor], xs: list[Tensor]) -> bool:
    """Decide from samples whether a function behaves like a norm.

    A norm has three properties, for all vectors x and y and all numbers a:

        f(a x) = |a| f(x)                          absolute homogeneity
        f(x + y) <= f(x) + f(y)                    triangle inequality
        f(x) >= 0, and f(x) = 0 only for x = 0     positive definiteness

    Test the first for every sample and a few factors a of your choice, the second for every two samples, the third for
    every sample. Samples prove nothing, but they refute: once one of them violates a property, the answer is False.

    Computers round, and a true norm misses such an equation by a little, which is no violation: allow for a relative
    error of 1e-4. The functions that are not norms miss by far more than that: by one part in a hundred, at least.

    Args:
        f: takes a vector of shape (d,) and returns its would-be norm, a tensor of shape ().
        xs: at least one vector, all of shape (d,) and one floating dtype. Some may be large, a million or more;
            coordinate vectors are among them, and the zero vector may be.
    Returns:
        True if no sample speaks against f, else False.

    >>> xs = [torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), torch.tensor([3.0, -3.0])]
    >>> is_norm(lambda x: x.abs().sum(), xs)
    True
    >>> is_norm(lambda x: x.sum().abs(), xs)
    False
    """
    raise NotImplementedError
