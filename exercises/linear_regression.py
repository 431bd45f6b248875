"""Linear regression and its losses (线性回归与损失函数)

A house has an area and an age; its price is a weighted sum of the two, plus a bias, plus what nobody has measured.
Linear regression finds the weights and the bias for which the squared errors are smallest. It is the smallest neural
network there is, one layer with one output, and one of the few whose best parameters a formula can tell.

Whoever minimises squared errors believes that the noise is normal: up to a constant, the squared loss is minus the
logarithm of a Gaussian likelihood, and its minimum the maximum likelihood estimate. Such a loss lets one wild price
drag the whole line along; absolute errors and the Huber loss do not. The factor 1/2 in the squared loss is there so
that its derivative is the plain residual; others leave it out, so read the convention of each function here. And before
anything is trained, features are brought to one scale, or the steepest of them dictates the learning rate.

No function changes its arguments, and every answer lies on the device of its inputs.
The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

import torch
from torch import Tensor


def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
    """Compute the squared loss of every example.

        l[i] = 1/2 (y_hat[i] - y[i])^2

    Predictions come out of a layer as a column, (n, 1), labels out of a file as a vector, (n,). Subtract one from the
    other and PyTorch makes n × n differences of them without a word: so give y the shape of y_hat first. One loss for
    each example is asked for; nothing is summed or averaged. Gradients flow back into both arguments. The ready-made
    losses of torch (mse_loss, huber_loss, smooth_l1_loss and their modules) are off limits, and so are Python loops
    over the examples: the loss is one line.

    Args:
        y_hat: predictions for n examples, shape (n,) or (n, 1), any floating dtype; n may be 0.
        y: the labels, shape (n,) or (n, 1), whichever shape y_hat has; same dtype. The squares of the differences
            neither overflow nor underflow.
    Returns:
        The losses, with the shape and dtype of y_hat.

    >>> squared_loss(torch.tensor([[1.0], [2.0], [5.0]]), torch.tensor([1.0, 4.0, 4.0]))
    tensor([[0.0000],
            [2.0000],
            [0.5000]])
    >>> squared_loss(torch.tensor([3.0]), torch.tensor([[1.0]]))
    tensor([2.])
    """
    raise NotImplementedError


def closed_form(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Find the best weights and the best bias of linear regression, without any training.

        (w, b) minimise sum_i (X[i] . w + b - y[i])^2

    The book hides the bias in the weights: append a column of ones to X, and b is the weight of that column. Then it
    inverts X^T X, which is fine as long as there is an inverse. It asks what happens if there is none: with fewer
    examples than unknowns, or a feature that says the same as others, many (w, b) are equally good. Return the one
    among them for which ||w||^2 + b^2 is smallest. And even where the inverse exists, forming X^T X squares the
    condition number and loses half of the digits: work on X itself. torch.linalg may do it for you; nothing is off
    limits. (On a GPU torch.linalg.lstsq is for full rank alone.)

    Args:
        X: n examples with d features, shape (n, d), float32 or float64; n and d are at least 1. Features may be exact
            linear combinations of others, and of very different scales (1000 to 1).
        y: the targets, shape (n,), dtype of X.
    Returns:
        The weights, shape (d,), and the bias, shape (), both with the dtype of X.

    >>> w, b = closed_form(torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0]))
    >>> [round(float(v), 3) for v in (w[0], b)]
    [2.0, 1.0]
    >>> w, b = closed_form(torch.tensor([[2.0, 2.0]]), torch.tensor([9.0]))
    >>> [round(float(v), 3) for v in (*w, b)]
    [2.0, 2.0, 1.0]
    """
    raise NotImplementedError
