"""Linear regression and its losses (线性回归与损失函数)

A house has an area and an age; its price is a weighted sum of the two, plus a bias, plus what nobody has measured.
Linear regression finds the weights and the bias for which the squared errors are smallest. It is the smallest neural
network there is, one layer with one output. Its loss is never negative, 0 only for perfect predictions, and a convex
bowl with one bottom, so it is one of the few whose best parameters a formula can tell.

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


def best_constant(x: Tensor, loss: str) -> Tensor:
    """Describe data by one number, as well as a loss function can tell.

        "squared"     b minimises sum_i (x[i] - b)^2
        "absolute"    b minimises sum_i |x[i] - b|
        "largest"     b minimises max_i |x[i] - b|

    A linear model without features is nothing but its bias, and its best value depends on the loss: one of these three
    hardly notices an outlier, one goes after it half of the way, and one lies between. Set derivatives to zero, or
    think of how many points lie on each side, and no search is needed. Where an even number of examples leaves a whole
    interval of minimisers to the absolute loss, return its middle, as statistics does. (torch.median returns its lower
    end.)

    Args:
        x: the data, shape (n,), float32 or float64, all finite, as are their sums; n is at least 1.
        loss: "squared", "absolute" or "largest".
    Returns:
        The best b, a tensor of shape (), with the dtype of x.
    Raises:
        ValueError: if there is no such loss.

    >>> x = torch.tensor([4.0, 1.0, 2.0, 93.0])
    >>> [float(best_constant(x, loss)) for loss in ("squared", "absolute", "largest")]
    [25.0, 3.0, 47.0]
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
    limits. (If you take torch.linalg.lstsq: only its driver "gelsd" notices missing rank, and a GPU has none.)

    Args:
        X: n examples with d features, shape (n, d), float32 or float64; n and d are at least 1. Features may be exact
            copies of others, nearly alike, or of different scales (30 to 1).
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


def equivalent_lr(lr: float, n: int, old: str, new: str) -> float:
    """Find the learning rate that leaves gradient descent as it was when the loss of a minibatch is scaled otherwise.

        "sum"      sum_i r[i]^2              "half sum"     1/2 sum_i r[i]^2
        "mean"     1/n sum_i r[i]^2          "half mean"    1/(2n) sum_i r[i]^2

    r are the residuals of the n examples of a minibatch. The book's own loss is the "half mean", torch's MSELoss the
    "mean", or with reduction="sum" the "sum". All four have the same minimum, and gradients that point the same way;
    only their lengths differ. Somebody has tuned lr for the old loss. Which rate takes the very same steps with the new
    one?

    Args:
        lr: the learning rate for the old loss, a positive number.
        n: how many examples a minibatch has, at least 1.
        old: the loss that lr was tuned for: "sum", "mean", "half sum" or "half mean".
        new: the loss that takes its place, one of the same four.
    Returns:
        The learning rate for the new loss, a Python float.
    Raises:
        ValueError: if there is no such loss, old or new.

    >>> equivalent_lr(0.5, 10, "mean", "sum")
    0.05
    >>> equivalent_lr(0.03, 64, "half mean", "mean")
    0.015
    """
    raise NotImplementedError


def huber(r: Tensor, delta: float = 1.0) -> tuple[Tensor, Tensor]:
    """Compute the Huber loss of residuals, and its derivative.

        l(r) = r^2 / 2                      if |r| <= delta
        l(r) = delta (|r| - delta / 2)      otherwise

    Near zero it is the squared loss, far away a straight line: a wild label pulls no harder than one that is delta off.
    Value and slope meet at |r| = delta. The derivative with respect to r comes with it, entry by entry, by a formula of
    your own: automatic differentiation and torch's own losses (huber_loss, smooth_l1_loss) are off limits. (The book's
    exercise, and smooth_l1_loss, divide all of it by their threshold. That is another scale.)

    A residual of 1e20 has a finite loss, although its square overflows in float32; one of ±inf has loss inf and
    derivative ±delta.

    Args:
        r: residuals y_hat - y, any shape, any floating dtype; sizes may be 0, entries may be infinite. The squares of
            those up to delta neither overflow nor underflow.
        delta: where the parabola ends, a positive number.
    Returns:
        The losses and the derivatives dl/dr, each with the shape and dtype of r; neither is summed or averaged.

    >>> huber(torch.tensor([0.5, -3.0, 1e20]))
    (tensor([1.2500e-01, 2.5000e+00, 1.0000e+20]), tensor([ 0.5000, -1.0000,  1.0000]))
    >>> huber(torch.tensor([[2.0, -4.0]]), delta=2.0)
    (tensor([[2., 6.]]), tensor([[ 2., -2.]]))
    """
    raise NotImplementedError


def standardize(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    """Bring every feature to mean 0 and variance 1, by what the training data say.

        mean[j] = 1/n sum_i train[i, j]        var[j] = 1/n sum_i (train[i, j] - mean[j])^2
        z[i, j] = (x[i, j] - mean[j]) / sqrt(var[j])

    Both sets are scaled with the mean and the variance of the *training* set: test data are something that nobody has
    seen yet. The variance is that of the population, with 1/n (torch's var and std divide by n - 1 unless they are told
    otherwise). A feature whose training variance is 0 says nothing; only its mean is subtracted, from both sets. No
    Python loop over examples or features.

    Args:
        train: n examples with d features, shape (n, d), float32 or float64; n is at least 1. The squares of deviations
            neither overflow nor underflow, and the mean of a constant feature is exact.
        test: m examples with the same features, shape (m, d), dtype of train; m may be 0.
    Returns:
        The scaled training set and the scaled test set, with shapes and dtype of the arguments.

    >>> standardize(torch.tensor([[1.0, 7.0], [3.0, 7.0]]), torch.tensor([[5.0, 8.0]]))
    (tensor([[-1.,  0.],
            [ 1.,  0.]]), tensor([[3., 1.]]))
    """
    raise NotImplementedError
