"""Linear algebra (线性代数)

One operation carries most of deep learning: multiply numbers in pairs, and add the products. For two vectors it is the
dot product (torch.dot, which takes vectors and nothing else), for a matrix and a vector it is one dot product for each
row (torch.mv, or A @ x), and for two matrices it is one for each row and column (torch.mm, or A @ B). It is not the
Hadamard product A * B, which multiplies entry by entry and adds nothing. In A @ x the vector has as many entries as A
has columns.

The other half of the topic is adding up along axes. To sum a tensor of shape (2, 5, 4) along axis 1 removes the 5 and
leaves (2, 4): the axis that is named is the one that goes. The transpose turns rows into columns, and a matrix that is
its own transpose is called symmetric. Norms, which measure how long a vector is, have a topic of their own.

Every function works on any device, and none changes its arguments. The book's `from d2l import torch as d2l` is not
installed where this is graded: write your functions without it.
"""

import torch
from torch import Tensor


def matmul(A: Tensor, B: Tensor) -> Tensor:
    """Multiply two matrices.

        C[i, j] = sum_k A[i, k] * B[k, j]

    Entry (i, j) is the dot product of row i of A and column j of B. Write it with products, broadcasting and sums
    (loops are allowed, too). What multiplies matrices or takes dot products is off limits: @, matmul, mm, mv, bmm,
    addmm and the like, dot, inner, vecdot, einsum, tensordot, F.linear, F.bilinear, convolutions, NumPy. Gradients flow
    to A and to B.

    Args:
        A: shape (n, k), float32 or float64. Products of entries neither overflow nor underflow. Sizes may be 0.
        B: shape (k, m), same dtype.
    Returns:
        C of shape (n, m), same dtype. An empty sum is 0, so for k = 0 it is a matrix of zeros.

    >>> matmul(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]))
    tensor([[ 1.,  2.,  4.],
            [ 3.,  4., 10.]])
    """
    raise NotImplementedError


def sum_axes(X: Tensor, axes: tuple[int, ...], keepdim: bool = False) -> Tensor:
    """Add up a tensor along several axes at once.

        Y = sum of X over all indices of the axes that are named

    The axes that are named go, the others stay in their order: of shape (2, 5, 4) the axes (0, 2) leave (5,), and axis
    (1,) leaves (2, 4). The empty tuple names no axis, so nothing is added and Y equals X. (PyTorch's own sum takes an
    empty tuple for all axes.) No Python loop over entries; one over axes is fine.

    Args:
        X: a tensor of any shape, float32 or float64; sizes may be 0. Its sums do not overflow.
        axes: the axes to sum over, each named once, in any order; each may be negative. For X of shape () it is ().
        keepdim: whether those axes stay, with size 1. No other axis is ever removed.
    Returns:
        The sums, same dtype as X. A sum of nothing, along an axis of size 0, is 0.

    >>> X = torch.arange(40.0).reshape(2, 5, 4)
    >>> sum_axes(X, (0, 2))
    tensor([ 92., 124., 156., 188., 220.])
    >>> sum_axes(X, (-1, 0), keepdim=True).shape
    torch.Size([1, 5, 1])
    >>> sum_axes(X, ()).shape
    torch.Size([2, 5, 4])
    """
    raise NotImplementedError


def shares(A: Tensor, dim: int) -> Tensor:
    """Express every entry as its share of the sum along one axis.

        P = A / (sum of A along dim)

    The book asks what happens in A / A.sum(axis=1). The sum has lost the axis, and broadcasting lines it up with the
    last axis of A: an error for a 3 x 4 matrix, wrong numbers in silence for a 4 x 4 one. Afterwards every slice along
    dim adds up to 1, but for those of nothing but zeros: they have no shares, and stay zero. No Python loop over
    slices.

    Args:
        A: numbers that are not negative, with at least one axis, float32 or float64; sizes may be 0. Sums do not
            overflow, and those that are not 0 are at least 1e-35.
        dim: the axis to sum along; may be negative.
    Returns:
        The shares, same shape and dtype as A.

    >>> shares(torch.tensor([[1.0, 3.0], [0.0, 0.0]]), dim=1)
    tensor([[0.2500, 0.7500],
            [0.0000, 0.0000]])
    >>> shares(torch.tensor([[1.0, 3.0], [4.0, 3.0]]), dim=0)
    tensor([[0.2000, 0.5000],
            [0.8000, 0.5000]])
    """
    raise NotImplementedError
