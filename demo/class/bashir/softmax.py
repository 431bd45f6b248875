import torch
from torch import Tensor


def softmax(X: Tensor, dim: int) -> Tensor:
    """Turn scores into probabilities along one axis.

        Y[j] = exp(X[j]) / sum_k exp(X[k])        j and k run along dim

    Scores of any size have finite probabilities: neither 10000 nor -10000 may spoil the answer. A score of -inf
    is a class that is ruled out, and gets probability 0.
    """
    biggest, _ = X.max(dim=dim, keepdim=True)
    e = (X - biggest).exp()
    return e / e.sum(dim=dim, keepdim=True)


def logsumexp(X: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    """Compute the logarithm of a sum of exponentials along one axis, without overflow.

        y = log sum_k exp(X[k])        k runs along dim
    """
    biggest, _ = X.max(dim=dim, keepdim=True)
    s = (X - biggest).exp().sum(dim=dim, keepdim=keepdim).log()
    return s + (biggest if keepdim else biggest.squeeze(dim))


def log_softmax(X: Tensor, dim: int) -> Tensor:
    """Compute the logarithms of the softmax probabilities along one axis.

        Y[j] = log(exp(X[j]) / sum_k exp(X[k]))        j and k run along dim
    """
    return X - logsumexp(X, dim, keepdim=True)


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Compute the mean cross-entropy of scores and class labels.

        L = 1/n sum_i -log softmax(logits[i])[y[i]]
    """
    logp = log_softmax(logits, 1)
    return -logp[range(len(y)), y].mean()


def cross_entropy_grad(logits: Tensor, y: Tensor) -> Tensor:
    """Compute the gradient of the mean cross-entropy with respect to the scores, in closed form.

        G[i, j] = dL / dlogits[i, j]        L = 1/n sum_i -log softmax(logits[i])[y[i]]
    """
    raise NotImplementedError


def smooth_labels(y: Tensor, q: int, eps: float, dtype: torch.dtype = torch.float32) -> Tensor:
    """Turn class labels into smoothed target distributions."""
    raise NotImplementedError


def soft_cross_entropy(logits: Tensor, P: Tensor) -> Tensor:
    """Compute the mean cross-entropy of scores and target distributions."""
    pass  # later


def softmax_vjp(s: Tensor, g: Tensor, dim: int) -> Tensor:
    """Propagate a gradient backwards through softmax."""
    raise NotImplementedError
