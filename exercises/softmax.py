"""Softmax and cross-entropy (softmax 与交叉熵)

A network that tells cats from dogs does not say "cat"; it says 3.1 for one and -0.4 for the other. Softmax turns such
scores (also called logits) into probabilities, and cross-entropy says how surprised those probabilities are by the true
label. The formulas fit on one line each. The art is to compute them when a score is a thousand, or minus infinity, and
an honest exp would overflow: a good loss function never answers nan. Every function here is vectorised, works on any
device and leaves its arguments as they are. Build them from exp, log, sums and maxima: torch's own softmax,
log_softmax, logsumexp, logaddexp, cross_entropy, nll_loss and their relatives are off limits; your own are not.
"""

import torch
from torch import Tensor


def softmax(X: Tensor, dim: int) -> Tensor:
    """Turn scores into probabilities along one axis.

        Y[j] = exp(X[j]) / sum_k exp(X[k])        j and k run along dim

    Scores of any size have finite probabilities: neither 10000 nor -10000 may spoil the answer. A score of -inf
    is a class that is ruled out, and gets probability 0.

    Args:
        X: scores of any shape and any floating dtype; some entries may be -inf, but not all those along dim.
        dim: the axis along which the probabilities sum to one; may be negative.
    Returns:
        The probabilities; shape, dtype and device of X.

    >>> softmax(torch.tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1)
    tensor([[0.5000, 0.5000],
            [1.0000, 0.0000]])
    >>> softmax(torch.tensor([1.0, 2.0, 3.0]), dim=-1)
    tensor([0.0900, 0.2447, 0.6652])
    """
    raise NotImplementedError


def logsumexp(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    """Compute the logarithm of a sum of exponentials along one axis, without overflow.

        y = log sum_k exp(X[k])        k runs along dim

    It is a smooth maximum: never below the largest score, and above it by log n at the most, for n scores. Where all
    scores along dim are -inf the answer is -inf, as for an empty sum; no gradient is asked for there.

    Args:
        X: scores of any shape and any floating dtype; entries may be -inf.
        dim: the axis to sum over; may be negative.
        keepdim: whether that axis stays, with size 1. No other axis is ever removed.
    Returns:
        A tensor of the dtype and device of X, with one axis less than X, or as many if keepdim.

    >>> logsumexp(torch.tensor([[0.0, 0.0], [1000.0, 1000.0]]), dim=1)
    tensor([6.9315e-01, 1.0007e+03])
    >>> logsumexp(torch.zeros(2, 3), dim=0, keepdim=True)
    tensor([[0.6931, 0.6931, 0.6931]])
    """
    raise NotImplementedError


def log_softmax(X: Tensor, dim: int) -> Tensor:
    """Compute the logarithms of the softmax probabilities along one axis.

        Y[j] = log(exp(X[j]) / sum_k exp(X[k]))        j and k run along dim

    A probability may be too small for any floating-point number; its logarithm is not. Beside a score of 1000 a score
    of 0 has log-probability -1000, not -inf. Only a score of -inf has log-probability -inf; no gradient is asked for
    where there is one.

    Args:
        X: scores of any shape and any floating dtype; some entries may be -inf, but not all those along dim.
        dim: the axis along which the probabilities sum to one; may be negative.
    Returns:
        The log-probabilities; shape, dtype and device of X.

    >>> log_softmax(torch.tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1)
    tensor([[-6.9315e-01, -6.9315e-01],
            [ 0.0000e+00, -1.0000e+03]])
    >>> log_softmax(torch.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([-2.4076, -1.4076, -0.4076])
    """
    raise NotImplementedError


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Compute the mean cross-entropy of scores and class labels.

        L = 1/n sum_i -log softmax(logits[i])[y[i]]

    Natural logarithms; the mean is over the n examples. A model that is wrong and utterly sure of it has a large loss,
    not an infinite one.

    Args:
        logits: scores of n examples for q classes, shape (n, q), any floating dtype, all finite; n is at least 1.
        y: the true class of each example, 0 to q - 1, shape (n,), int64, on the same device.
    Returns:
        The loss, a tensor of shape (), with dtype and device of logits.

    >>> cross_entropy(torch.zeros(3, 10), torch.tensor([7, 0, 2]))
    tensor(2.3026)
    >>> cross_entropy(torch.tensor([[2.0, 1.0], [0.0, 1000.0]]), torch.tensor([0, 0]))
    tensor(500.1566)
    """
    raise NotImplementedError


def cross_entropy_grad(logits: Tensor, y: Tensor) -> Tensor:
    """Compute the gradient of the mean cross-entropy with respect to the scores, in closed form.

        G[i, j] = dL / dlogits[i, j]        L = 1/n sum_i -log softmax(logits[i])[y[i]]

    Work out the derivative with pencil and paper, then program what is left of it: automatic differentiation is not
    allowed here. The gradient is with respect to the scores, not the probabilities, and every row of it sums to zero.

    Args:
        logits: scores of n examples for q classes, shape (n, q), any floating dtype, all finite; n is at least 1.
        y: the true class of each example, 0 to q - 1, shape (n,), int64, on the same device.
    Returns:
        The gradient, shape (n, q), with dtype and device of logits.

    >>> cross_entropy_grad(torch.zeros(1, 4), torch.tensor([2]))
    tensor([[ 0.2500,  0.2500, -0.7500,  0.2500]])
    >>> cross_entropy_grad(torch.zeros(2, 2), torch.tensor([0, 1]))
    tensor([[-0.2500,  0.2500],
            [ 0.2500, -0.2500]])
    """
    raise NotImplementedError


def smooth_labels(y: Tensor, q: int, eps: float, dtype: torch.dtype = torch.float32) -> Tensor:
    """Turn class labels into smoothed target distributions.

        P[i, j] = 1 - eps        if j is y[i]
        P[i, j] = eps / (q - 1)  otherwise

    No label is beyond doubt: the true class hands eps over to the other q - 1 classes, in equal shares, so every
    row still sums to one, and eps = 0 gives one-hot rows. (The label_smoothing of torch.nn.functional.cross_entropy
    spreads eps over all q classes, the true one included. That is another matrix.)

    Args:
        y: the class of each example, 0 to q - 1, shape (n,), int64; n may be 0.
        q: the number of classes, at least 2.
        eps: the probability that the true class gives away, 0 to 1.
        dtype: the floating dtype of the answer.
    Returns:
        The targets, shape (n, q), of the given dtype, on the device of y.

    >>> smooth_labels(torch.tensor([0, 2]), q=3, eps=0.1)
    tensor([[0.9000, 0.0500, 0.0500],
            [0.0500, 0.0500, 0.9000]])
    >>> smooth_labels(torch.tensor([1]), q=2, eps=0.0, dtype=torch.float64)
    tensor([[0., 1.]], dtype=torch.float64)
    """
    raise NotImplementedError


def soft_cross_entropy(logits: Tensor, P: Tensor) -> Tensor:
    """Compute the mean cross-entropy of scores and target distributions.

        L = 1/n sum_i sum_j -P[i, j] log softmax(logits[i])[j]

    Natural logarithms; the mean is over the n examples, the sum over the classes. A class with target exactly 0
    contributes exactly 0, to the loss and to its gradient, even if its score is -inf.

    Args:
        logits: scores of n examples for q classes, shape (n, q), any floating dtype; n is at least 1. An entry may
            be -inf where P is 0, but not all those of a row.
        P: the targets, shape and dtype of logits; not negative, and each row sums to one. They are constants: no
            gradient is asked for with respect to P.
    Returns:
        The loss, a tensor of shape (), with dtype and device of logits.

    >>> soft_cross_entropy(torch.zeros(1, 4), torch.tensor([[0.7, 0.1, 0.1, 0.1]]))
    tensor(1.3863)
    >>> soft_cross_entropy(torch.tensor([[0.0, 0.0, -torch.inf]]), torch.tensor([[0.5, 0.5, 0.0]]))
    tensor(0.6931)
    """
    raise NotImplementedError


def softmax_vjp(s: Tensor, g: Tensor, dim: int) -> Tensor:
    """Propagate a gradient backwards through softmax.

        d[j] = sum_k g[k] * ds[k] / dx[j]        s = softmax(x), j and k run along dim

    This is the vector-Jacobian product that a framework computes in the backward pass. All that is known of the
    forward pass is its output s, and that is enough. Every score changes every probability, and yet the q x q Jacobian
    never has to be written down. Automatic differentiation is not allowed here.

    Args:
        s: what softmax returned along dim; any shape and floating dtype.
        g: the gradient of the loss with respect to s; shape and dtype of s.
        dim: the axis of the softmax; may be negative.
    Returns:
        The gradient of the loss with respect to the scores x; shape, dtype and device of s.

    >>> softmax_vjp(torch.tensor([0.2, 0.8]), torch.tensor([1.0, 0.0]), dim=0)
    tensor([ 0.1600, -0.1600])
    >>> softmax_vjp(torch.tensor([[0.5, 0.5]]), torch.tensor([[3.0, 3.0]]), dim=1)
    tensor([[0., 0.]])
    """
    raise NotImplementedError
