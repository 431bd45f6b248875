"""Vectors, from scratch

Three exercises that a test can grade in no time. Some text has *stars*, under_scores and a < b in it.
"""

import torch
from torch import Tensor


def scale(X: Tensor, factor: float) -> Tensor:
    """Multiply every entry by a number.

        Y[i] = factor * X[i]

    Args:
        X: numbers of any shape and floating dtype.
        factor: the number to multiply by.
    Returns:
        The products; shape and dtype of X.

    >>> scale(torch.tensor([1.0, 2.0]), 3.0)
    tensor([3., 6.])
    """
    raise NotImplementedError


def shares(X: Tensor, dim: int) -> Tensor:
    """Divide every entry by the sum along its axis.

    Args:
        X: positive numbers of any shape and floating dtype.
        dim: the axis along which the shares sum to one.
    Returns:
        The shares; shape and dtype of X.

    >>> shares(torch.tensor([1.0, 3.0]), 0)
    tensor([0.2500, 0.7500])
    """
    raise NotImplementedError


def log_sum(x: Tensor) -> Tensor:
    """Compute the logarithm of a sum of exponentials without overflow.

        y = log sum_i exp(x[i])

    Args:
        x: a vector of scores, any floating dtype.
    Returns:
        A tensor of shape () and the dtype of x.

    >>> log_sum(torch.tensor([0.0, 0.0]))
    tensor(0.6931)
    """
    raise NotImplementedError
