"""Backpropagation (反向传播)

A network with a million weights has a million derivatives, and yet all of them together cost about as much as three or
four looks at the loss: one on the way forward, and about two on the way back, where each product of matrices becomes
two. The price is memory, for all that the way back needs must be kept. The trick is the chain rule, applied in the
right order: start at the loss and walk backwards, and let each layer turn the gradient of its output into the gradient
of its input. No layer needs to know more than its neighbour tells it. Frameworks do this behind a single call; here you
do it yourself, first for one layer, then for a stack of layers and a whole network, then for any graph of operations,
and in the end you build the instrument that tells whether it is right.

(Brains do something else: Hebb's rule strengthens what fires together, and needs no way back.)

In this module dY stands for the gradient of a scalar loss L with respect to Y, dL/dY, and has the shape of Y; dX, dW
and db likewise. Every answer has the dtype and device of the arguments; the arguments, and the global random
generators, stay as they are.

The derivatives are the exercise: work them out on paper, and program them. So automatic differentiation
(torch.autograd, torch.func, backward) is off limits, and so are torch's own functions for the way back. Functions for
the way forward, such as torch.nn.functional.linear, relu and sigmoid, are welcome, and so are detach and no_grad, and
reading or clearing requires_grad: they compute no derivative.

The book writes W x for one example; here X holds an example in each row, and a layer computes X W + b, so what is
transposed there is not transposed here. And the book's loss has a term s for weight decay, which is left out here.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def linear_backward(dY: Tensor, X: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Send a gradient back through a fully connected layer.

        Y = X W + b        b is added to every row

    Each gradient has the shape of what it belongs to, which nearly gives the formulas away, unless n, d and q are
    equal. Do not divide by n: if the loss is a mean, dY already contains the factor 1/n. No Python loop over the
    examples.

    Args:
        dY: the gradient with respect to the output, shape (n, q), any floating dtype.
        X: the input of the layer, n examples with d features, shape (n, d); n may be 0. Same dtype.
        W: the weights, shape (d, q), same dtype; not necessarily contiguous.
    Returns:
        The gradients (dX, dW, db) with respect to X, W and b, of shapes (n, d), (d, q) and (q,).

    >>> dX, dW, db = linear_backward(torch.tensor([[1.0], [2.0]]), torch.eye(2), torch.tensor([[3.0], [5.0]]))
    >>> dX
    tensor([[ 3.,  5.],
            [ 6., 10.]])
    >>> dW, db
    (tensor([[1.],
            [2.]]), tensor([3.]))
    """
    raise NotImplementedError


def relu_backward(dY: Tensor, Z: Tensor) -> Tensor:
    """Send a gradient back through a ReLU.

        Y = max(Z, 0), entry by entry

    At the kink there is no derivative; by convention it is 0 where Z is exactly 0 (or -0.0). No Python loop.

    Args:
        dY: the gradient with respect to the output, any shape (also empty) and floating dtype.
        Z: the input of the ReLU, shape and dtype of dY; no NaN.
    Returns:
        dZ, the gradient with respect to Z; shape and dtype of dY.

    >>> relu_backward(torch.tensor([5.0, -6.0, 7.0, -8.0]), torch.tensor([-1.0, 2.0, 0.0, 0.5]))
    tensor([ 0., -6.,  0., -8.])
    """
    raise NotImplementedError


def sigmoid_backward(dY: Tensor, Z: Tensor) -> Tensor:
    """Send a gradient back through a sigmoid.

        Y = 1 / (1 + exp(-Z)), entry by entry        dY/dZ = Y (1 - Y)

    Far from zero a sigmoid is flat, and little comes through: at z = 20, and at z = -20 as well, the derivative is
    about 2e-9. Little is not nothing: such numbers must keep their digits, on both sides and in float32, too. For Z
    as far out as ten thousand the answer is finite.

    Args:
        dY: the gradient with respect to the output, any shape and floating dtype.
        Z: the input of the sigmoid (not its output), shape and dtype of dY.
    Returns:
        dZ, the gradient with respect to Z; shape and dtype of dY.

    >>> sigmoid_backward(torch.tensor([1.0, -8.0, 1.0]), torch.tensor([0.0, 0.0, 10000.0]))
    tensor([ 0.2500, -2.0000,  0.0000])
    >>> sigmoid_backward(torch.ones(2), torch.tensor([20.0, -20.0]))
    tensor([2.0612e-09, 2.0612e-09])
    """
    raise NotImplementedError


def sequential_backward(
    layers: list[tuple[str, Tensor, Tensor] | tuple[str, Tensor]], dY: Tensor
) -> tuple[Tensor, list[tuple[Tensor, Tensor] | None]]:
    """Send a gradient back through a stack of layers.

        ("linear", X, W)   the layer computed X W + b
        ("relu", Z)        the layer computed max(Z, 0), entry by entry

    Data went through layers[0] first and through layers[-1] last, so the gradient takes them the other way round. Each
    layer has stored its input in the forward pass. The derivative of relu at 0 is 0. You may use your functions from
    above.

    Args:
        layers: the layers in forward order, each with what it stored in the forward pass: its input X of shape (n, d)
            and its weights W of shape (d, q), or its input Z. May be empty.
        dY: the gradient with respect to the output of the last layer, shape (n, q), any floating dtype.
    Returns:
        (dX, gradients): the gradient with respect to the input of the first layer (dY itself if there are no layers),
        and a list in the order of layers, with (dW, db) for each linear layer and None for each relu.

    >>> X, W = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 0.0], [0.0, -4.0]])
    >>> dX, gradients = sequential_backward([("linear", X, W), ("relu", X @ W)], torch.tensor([[1.0, 1.0]]))
    >>> dX
    tensor([[3., 0.]])
    >>> gradients
    [(tensor([[1., 0.],
            [2., 0.]]), tensor([1., 0.])), None]
    """
    raise NotImplementedError


def mlp_grads(X: Tensor, y: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Compute the loss of a network with one hidden layer, and its gradients with respect to all parameters.

        H = relu(X W1 + b1)
        O = H W2 + b2
        L = 1/n sum_i -log softmax(O[i])[y[i]]

    First forwards, keeping what the way back will need, then backwards, layer by layer. The derivative of relu at 0 is
    0. Scores O of any size are welcome: those of a thousand, too, have a finite loss. Softmax and cross-entropy are a
    part of the exercise, so write them yourself: those of torch, logsumexp and logaddexp included, are off limits. You
    may use your functions from above.

    Args:
        X: n examples with d features, shape (n, d), any floating dtype; n is at least 1.
        y: the class of each example, 0 to q - 1, shape (n,), int64.
        W1: weights of the hidden layer, shape (d, h), dtype of X.
        b1: bias of the hidden layer, shape (h,), dtype of X.
        W2: weights of the output layer, shape (h, q), dtype of X.
        b2: bias of the output layer, shape (q,), dtype of X.
    Returns:
        (L, gradients): the loss, a tensor of shape (), and a dict with the keys "W1", "b1", "W2" and "b2". Each
        gradient has the shape of its parameter.

    >>> X, y = torch.tensor([[1.0, 2.0]]), torch.tensor([0])
    >>> loss, grads = mlp_grads(X, y, torch.eye(2), torch.zeros(2), torch.eye(2), torch.tensor([1.0, 0.0]))
    >>> loss
    tensor(0.6931)
    >>> grads["W2"]
    tensor([[-0.5000,  0.5000],
            [-1.0000,  1.0000]])
    >>> grads["b1"]
    tensor([-0.5000,  0.5000])
    """
    raise NotImplementedError


def reverse_mode(nodes: list[tuple[str, str, tuple[str, ...]]], inputs: dict[str, float]) -> dict[str, float]:
    """Differentiate a graph of operations by reverse accumulation.

        ("a", "add", ("u", "v"))   a = u + v        ("a", "neg", ("u",))    a = -u
        ("a", "mul", ("u", "v"))   a = u * v        ("a", "relu", ("u",))   a = max(u, 0)
                                                    ("a", "exp", ("u",))    a = exp(u)

    This is an autograd engine in miniature. One sweep forwards computes all values, and one sweep backwards, not one
    for each input, computes all derivatives of the last node. A value may be used several times, even twice by one
    node. In a graph of sixty nodes a billion paths may lead to an input, so do not follow them one by one: visit each
    node once.

    Write it in plain Python (math is fine), without torch and tensors: numbers are all that an engine needs. Finite
    differences are not accurate enough. Leave nodes and inputs as they are.

    Args:
        nodes: at least one (name, operation, arguments), in an order in which everything is computed before it is used.
            Arguments are names of inputs or of earlier nodes; all names differ.
        inputs: the value of each input, by name.
    Returns:
        For each input, and for nothing else, the derivative of the last node with respect to it: 0.0 if the last node
        does not depend on it. The derivative of relu at 0 is 0.

    >>> reverse_mode([("a", "mul", ("x", "y")), ("b", "neg", ("a",))], {"x": 2.0, "y": 5.0})
    {'x': -5.0, 'y': -2.0}
    >>> reverse_mode([("a", "mul", ("x", "x")), ("b", "add", ("a", "x"))], {"x": 3.0, "unused": 1.0})
    {'x': 7.0, 'unused': 0.0}
    """
    raise NotImplementedError


def grad_check(f: Callable[[Tensor], Tensor], g: Callable[[Tensor], Tensor], x: Tensor) -> bool:
    """Decide whether g is the gradient of f at x, by central differences.

        N[i] = (f(x + h e_i) - f(x - h e_i)) / (2 h)        one entry of x moves at a time
        ||g(x) - N|| <= 1e-4 (||g(x)|| + ||N||)             norms over all entries

    This is how a backward pass is tested. Compute in float64, whatever dtype x has, with h near 1e-5: a smaller step
    drowns in rounding, a larger one bends. The error is relative, so a gradient of 1e-6 is tested as strictly as one of
    a million, and a gradient that is zero everywhere, as it should be, is right.

    f is a black box: it takes any float64 tensor of the shape of x, but may compute in ways that autograd cannot see.

    Args:
        f: a scalar function; returns a tensor of shape ().
        g: the claimed gradient of f; takes what f takes.
        x: the point, any shape with at least one entry, any floating dtype, not necessarily contiguous.
    Returns:
        True if they agree. False if they do not, if g(x) has another shape than x, and if there is NaN in it.

    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> grad_check(lambda z: (z**2).sum(), lambda z: 2 * z, x)
    True
    >>> grad_check(lambda z: (z**2).sum(), lambda z: z, x)
    False
    """
    raise NotImplementedError
