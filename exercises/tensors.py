"""Tensors and data (数据操作与预处理)

A tensor is a block of memory with a shape written on it. That explains most of what surprises beginners: `X = X + Y`
allocates a new block while `X += Y` writes into the old one; a slice is a second label on the same block; and
`X.numpy()` is a third one, whereas `torch.tensor(A)` and `.clone()` copy. (A tensor that requires a gradient is
detached first, and one with a single entry becomes a Python number by `.item()`.) It also explains the words. The
*length* of a vector is how many numbers it holds, the number of *axes* of a tensor is how many indices it takes to name
one, and both are called its dimension. An image has three axes: height, width and channel.

Arithmetic goes entry by entry, and so do comparisons: `X == Y` is a tensor of True and False, a mask that selects.
Real data arrive with holes and with words in them. Holes are filled in or left out; words, which have no order, become
columns of zeros and ones; and then the numbers move to the device that computes. The book does this with pandas
(read_csv, iloc, fillna, get_dummies, to_numpy) before the first tensor is made. Here you do it with tensors.

Every function works on any device, and none changes its arguments unless it says so. The book's
`from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

import numpy as np
import torch
from torch import Tensor


def add_inplace_and_snapshot(X: Tensor, Y: Tensor) -> tuple[Tensor, np.ndarray]:
    """Add Y to X in place, and take a copy of the result out of torch.

        X[...] <- X[...] + Y        in the memory that X has already

    X may be a view, a few rows of a larger tensor, say: then those rows of the larger tensor change with it, and
    nothing else does. The snapshot is a NumPy array with the new numbers. It shares no memory with X, so whatever is
    done to X later leaves it alone.

    Args:
        X: a tensor with one to four axes, of dtype float32, float64 or int64, on any device. Sizes may be 0. It is
            changed.
        Y: a tensor of the same dtype, which broadcasts to the shape of X. It shares no memory with X and stays as it
            is. Neither of them requires a gradient.
    Returns:
        A pair: X itself (the same tensor object), and the snapshot, of the shape and dtype of X.

    >>> table = torch.zeros(3, 2)
    >>> rows = table[1:]
    >>> result, snapshot = add_inplace_and_snapshot(rows, torch.tensor([1.0, 2.0]))
    >>> table
    tensor([[0., 0.],
            [1., 2.],
            [1., 2.]])
    >>> result is rows
    True
    >>> snapshot
    array([[1., 2.],
           [1., 2.]], dtype=float32)
    """
    raise NotImplementedError


def fill_missing(X: Tensor) -> Tensor:
    """Fill the holes of a table with the mean of their column.

        Y[i, j] = X[i, j]                                     where X[i, j] is a number
        Y[i, j] = mean of the numbers of column j             where X[i, j] is NaN (missing)

    Rows are examples and columns are features, so each hole is filled from its own column; NaN takes part in no mean.
    A column that holds no number at all becomes 0. An infinity is a number like any other: it stays, and the mean of
    its column is infinite. No Python loop over rows (one over the columns is fine), and no pandas.

    Args:
        X: a table of shape (n, d), float32 or float64, with NaN for what is missing; sizes may be 0. Sums of a column
            do not overflow, and no column holds inf and -inf together.
    Returns:
        A table without NaN, same shape, dtype and device as X, which stays as it is. Where nothing is missing, it may
        be X itself.

    >>> nan = float("nan")
    >>> fill_missing(torch.tensor([[nan, 1.0], [2.0, nan], [4.0, nan], [nan, 5.0]]))
    tensor([[3., 1.],
            [2., 3.],
            [4., 3.],
            [3., 5.]])
    """
    raise NotImplementedError


def drop_most_missing(X: Tensor) -> Tensor:
    """Leave out the column that has the most holes.

    The other way to treat missing values: where hardly anything was measured, filling in only invents numbers. Count
    NaN in each column, and return the table without the column that has the most. Of several with the same number the
    first one goes. If nothing is missing, no column goes. An infinity is no hole, and neither is a zero. No Python loop
    over rows (one over the columns is fine), and no pandas.

    Args:
        X: a table of shape (n, d), float32 or float64, with NaN for what is missing; sizes may be 0.
    Returns:
        The table without that column, of shape (n, d - 1), or all of it, which may be X itself; the other columns in
        their order, same dtype and device as X.

    >>> nan = float("nan")
    >>> drop_most_missing(torch.tensor([[nan, 1.0, nan], [2.0, 3.0, nan]]))
    tensor([[nan, 1.],
            [2., 3.]])
    """
    raise NotImplementedError


def one_hot(y: Tensor, q: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Turn class numbers into rows of zeros with a single one.

        Y[..., k] = 1 if y[...] = k, else 0        k = 0, 1, …, q - 1

    Classes have no order: a cat is not half way between a dog and a fish. So each class gets a column of its own, and
    no two classes are nearer to each other than any other two. How many there are is for q to say; the largest class
    need not occur in y. No Python loop over labels (one over the classes is fine), and no F.one_hot.

    Args:
        y: int64 classes between 0 and q - 1, of any shape: () for a single one; sizes may be 0.
        q: the number of classes, at least 1.
        dtype: the dtype of the answer, any of floats, integers or bool.
    Returns:
        Y with the shape of y and a last axis of size q, of that dtype, on the device of y.

    >>> one_hot(torch.tensor([0, 2, 1]), 3)
    tensor([[1., 0., 0.],
            [0., 0., 1.],
            [0., 1., 0.]])
    >>> one_hot(torch.tensor(1), 4, torch.int64)
    tensor([0, 1, 0, 0])
    """
    raise NotImplementedError


def resolve_device(name: str, n_gpu: int) -> torch.device:
    """Find the device that a name means on a machine with so many GPUs.

        "cpu"                    the CPU
        "gpu:i", "cuda:i"        GPU number i if the machine has it (0 <= i < n_gpu), or else the CPU
        "gpu", "cuda"            the same as "gpu:0"

    So code that asks for a GPU runs on a machine without one, too. Torch's own name for a GPU is "cuda", and
    torch.device("gpu") is an error. The index i is a row of digits. A device may be named that does not exist here:
    torch.device("cuda:1") is only a name, and the machine is n_gpu's to describe; do not ask torch how many GPUs it
    sees.

    Args:
        name: the name that was asked for, in one line.
        n_gpu: how many GPUs there are, 0 or more.
    Returns:
        torch.device("cpu"), or torch.device("cuda:i"), always with its index.
    Raises:
        ValueError: for every other name: an unknown kind, no index or one that is no row of digits behind the colon.
            (What "cpu:0" means is left to you.)

    >>> resolve_device("gpu:1", n_gpu=2)
    device(type='cuda', index=1)
    >>> resolve_device("gpu:1", n_gpu=1)
    device(type='cpu')
    """
    raise NotImplementedError
