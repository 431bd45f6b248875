"""Activation functions (激活函数)

The perceptron of 1958 drew one straight line and said yes on one side of it. Ten years later it was known what it can
never learn: the exclusive or, for which one line is not enough. The way out was a layer between input and output, and a
bend in it. Without the bend every stack of layers is one layer in disguise; with it, one hidden layer that is wide
enough comes as near to any continuous function as you like. Deep networks reach the same with fewer units, since each
layer builds on the parts that the one before has found.

Which bend? Sigmoid and tanh flatten out on both sides, and where they are flat no gradient comes through: their
derivatives are at most 1/4 and 1, and a deep stack multiplies them. ReLU keeps its slope of 1 for as long as its input
is positive, and passes nothing otherwise; leaky and parametric ReLU leave a small slope there, and maxout learns the
shape of the bend. So hidden layers have ReLU or a relative of it, and softmax stands at the output, where classes
compete.

You write two of these relatives, solve the exclusive or by hand, take away the bend and see the network collapse, and
measure what depth does to a gradient. Every answer has the dtype and device of the arguments, which stay as they are.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

import torch
from torch import Tensor


def maxout(Z: Tensor, k: int) -> Tensor:
    """Take the largest unit of each group of k neighbours.

        Y[i, j] = max(Z[i, j k], Z[i, j k + 1], …, Z[i, j k + k - 1])

    The first k columns are group 0, the next k are group 1, and so on. A group learns its own activation function: with
    the units z and 0 it is a ReLU, with z and 0.01 z a leaky one. No Python loop over the examples. Pooling functions
    (F.max_pool1d and its relatives) are off limits: they are this exercise under another name.

    Args:
        Z: the units of n examples, shape (n, g * k), any floating dtype; n may be 0, g is at least 1; not necessarily
            contiguous.
        k: the size of a group, at least 1.
    Returns:
        The largest unit of each group, shape (n, g), dtype of Z.

    >>> maxout(torch.tensor([[1.0, 5.0, -2.0, -3.0]]), k=2)
    tensor([[ 5., -2.]])
    >>> maxout(torch.tensor([[1.0, 5.0, -2.0, -3.0]]), k=4)
    tensor([[5.]])
    """
    raise NotImplementedError


def prelu_grads(dY: Tensor, Z: Tensor, a: Tensor) -> tuple[Tensor, Tensor]:
    """Send a gradient back through a parametric ReLU, and to its slopes.

        Y[i, j] = Z[i, j]           where Z[i, j] > 0
                  a[j] Z[i, j]      elsewhere

    Each channel, that is each column, has a slope of its own for negative inputs, and that slope is learned: a = 0
    makes a ReLU, a = 0.01 a leaky one. At the kink, where Z is exactly 0, the derivative with respect to Z is by
    convention that of the negative side. dY stands for the gradient of a scalar loss with respect to Y, and dZ and da
    likewise. Do not divide by n. No Python loop over the examples. Automatic differentiation and ready-made PReLUs are
    off limits.

    Args:
        dY: the gradient with respect to the output, shape (n, d), any floating dtype.
        Z: the input, shape (n, d), dtype of dY; n may be 0.
        a: the slopes for negative inputs, shape (d,), dtype of dY; of any sign.
    Returns:
        (dZ, da): the gradients with respect to Z and a, of shapes (n, d) and (d,), dtype of dY.

    >>> dY, Z = torch.tensor([[1.0, 1.0], [2.0, 2.0]]), torch.tensor([[3.0, -4.0], [-5.0, -6.0]])
    >>> dZ, da = prelu_grads(dY, Z, torch.tensor([0.5, 0.25]))
    >>> dZ
    tensor([[1.0000, 0.2500],
            [1.0000, 0.5000]])
    >>> da
    tensor([-10., -16.])
    """
    raise NotImplementedError


def xor_weights() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Choose the weights of a small network by hand such that it computes the exclusive or.

        H = relu(X W1 + b1)
        O = H W2 + b2

    The exclusive or of two bits is 1 if they differ. For each row of X, which is one of (0, 0), (0, 1), (1, 0) and
    (1, 1), the output must be above 0.5 if the bits differ and below -0.5 if they are equal. No straight line separates
    the two kinds, so a hidden layer is needed; there are many solutions, and each of them is right.

    Returns:
        (W1, b1, W2, b2) of shapes (2, h), (h,), (h, 1) and (1,), with 1 to 4 hidden units h; float32, on the CPU.

    >>> W1, b1, W2, b2 = xor_weights()
    >>> X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> O = torch.relu(X @ W1 + b1) @ W2 + b2
    >>> (O > 0.5).flatten().tolist(), (O < -0.5).flatten().tolist()
    ([False, True, True, False], [True, False, False, True])
    """
    raise NotImplementedError


def collapse(Ws: list[Tensor], bs: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Find the single layer that does what a stack of layers without activation functions does.

        X W + b = (… ((X W1 + b1) W2 + b2) …) WL + bL        for every X

    This is why networks need activation functions. The widths of the layers differ, and no layer is as simple to
    replace as it looks: what a bias adds passes through all layers behind it.

    Args:
        Ws: the weights W1, …, WL, at least one; Ws[i] has shape (d[i], d[i+1]), any floating dtype, all the same.
        bs: the biases b1, …, bL; bs[i] has shape (d[i+1],), dtype of the weights. Products of all of them neither
            overflow nor vanish, and no bias is thousands of times larger than the weights.
    Returns:
        (W, b) of shapes (d[0], d[L]) and (d[L],), dtype of the weights. The arguments stay as they are.

    >>> W, b = collapse([torch.tensor([[2.0]]), torch.tensor([[3.0, 4.0]])], [torch.ones(1), torch.zeros(2)])
    >>> W, b
    (tensor([[6., 8.]]), tensor([3., 4.]))
    """
    raise NotImplementedError


def depth_gradient(zs: list[float], act: str) -> float:
    """Compute what is left of a gradient behind many layers.

        h[l] = act(z[l]),  z[l+1] = h[l] + …        act'(z[1]) · act'(z[2]) · … · act'(z[L])

    Each layer here has one unit, and its weight is 1. By the chain rule a gradient that travels back along the path is
    multiplied by the derivative of each activation function that it meets. Sigmoids let at most (1/4)^L through, which
    is how gradients vanish; tanh lets everything through at 0 alone; ReLU lets through everything or nothing.

    Little is not nothing: at z = 40 the derivative of a sigmoid is about 4e-18, on the left as on the right, and such
    numbers must keep their digits. Write the derivatives yourself: automatic differentiation is off limits.

    Args:
        zs: the inputs z[1], …, z[L] of the activation functions, each between -1000 and 1000; may be empty.
        act: "sigmoid", "tanh" or "relu". The derivative of relu at 0 is 0.
    Returns:
        The product of the derivatives, a float; 1.0 if there are no layers.

    >>> depth_gradient([0.0, 0.0, 0.0], "sigmoid")
    0.015625
    >>> depth_gradient([2.0, -1.0], "relu")
    0.0
    >>> depth_gradient([], "tanh")
    1.0
    """
    raise NotImplementedError
