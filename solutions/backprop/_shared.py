"""What the pages of this topic have in common: forbidden names, and right answers to build on."""

from grader import stand_in

AUTOGRAD = (
    "autograd",
    "grad_and_value",
    "gradcheck",
    "hessian",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "vjp",
)
"""Honest code never needs these. Classes of a student's own may well have a `backward` and a `grad`, and who asserts
that nothing requires a gradient uses no autograd: it is seen at work."""

BACKWARD = ("backward", "grad")
"""For exercises in which nobody writes a class."""

BY_HAND = {"allowed_functions": 0.75}
"""Shares: an answer that autograd worked out is right in every digit, and not what these exercises are about."""

SOFTMAX = (
    "softmax",
    "log_softmax",
    "softmin",
    "logsumexp",
    "logcumsumexp",
    "logaddexp",
    "cross_entropy",
    "nll_loss",
)


@stand_in
def linear_backward(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(0)


@stand_in
def relu_backward(dY, Z):
    return dY * (Z > 0)
