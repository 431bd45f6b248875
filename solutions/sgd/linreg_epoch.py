"""Average over what a minibatch really holds, and take both derivatives before either parameter moves."""

import torch
from _shared import LOSSES, OPTIMISERS, sgd_

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_linear_scratch",
    forbid=(*OPTIMISERS, *LOSSES),
    forbid_reason="The training is the exercise: write the loss and the update yourself.",
    needs=("sgd_",),
)


@reference
def linreg_epoch(X, y, w, b, lr, batch_size):
    w, b = w.clone(), b.clone()
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = A @ w + b - target
        w -= lr * (A.T @ residual) / len(A)
        b -= lr * residual.mean()
    return w, b


@alternative
def the_bias_as_a_weight(X, y, w, b, lr, batch_size):
    theta = torch.cat([w, b.reshape(1)])
    Z = torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
    start = 0
    while start < len(Z):
        A, target = Z[start : start + batch_size], y[start : start + batch_size]
        start += batch_size
        theta = theta - lr / A.shape[0] * torch.einsum("nd,n->d", A, A.mv(theta) - target)
    return theta[:-1], theta[-1]


@alternative
def built_on_sgd(X, y, w, b, lr, batch_size):
    w, b = (p.detach().clone().requires_grad_() for p in (w, b))
    for A, target in zip(X.split(batch_size), y.split(batch_size), strict=True):
        ((A @ w + b - target) ** 2 / 2).sum().backward()
        if len(A):
            sgd_([w, b], lr, len(A))
    return w.detach(), b.detach()


@alternative
def with_autograd(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        p, q = w.detach().requires_grad_(), b.detach().requires_grad_()
        loss = (torch.mv(A, p) + q - target).square().mean() / 2
        dw, db = torch.autograd.grad(loss, [p, q])
        w, b = w - lr * dw, b - lr * db
    return [w, b]


@alternative
def with_a_linear_layer(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = torch.nn.functional.linear(A, w[None], b[None])[:, 0] - target
        w, b = w - lr * (A.T @ residual) / len(A), b - lr * residual.mean()
    return w, b


def problem(draw, n, d):
    return draw.normal(n, d), draw.normal(n), draw.normal(d), draw.normal()


@case
def a_last_batch_that_is_smaller(draw):
    return *problem(draw, 10, 3), 0.1, 4


@case
def even_batches(draw):
    return *problem(draw, 12, 2), 0.2, 3


@case
def as_many_features_as_examples_in_a_batch(draw):
    """A transposed minibatch has the right shape."""
    return *problem(draw, 6, 3), 0.1, 3


@case
def one_example_at_a_time(draw):
    return *problem(draw, 5, 4), 0.05, 1


@case
def examples_in_columns(draw):
    return draw.normal(2, 7).T, draw.normal(7), draw.normal(2), draw.normal(), 0.3, 5


@case(aspect="edge")
def the_whole_data_in_one_batch(draw):
    return *problem(draw, 6, 1), 0.1, 6


@case(aspect="edge")
def a_batch_larger_than_the_data(draw):
    return *problem(draw, 5, 3), 0.1, 8


@case(aspect="edge", weight=0.4)
def no_examples(draw):
    """Nothing to learn from, so nothing moves."""
    return *problem(draw, 0, 2), 0.1, 4


def trained(X, y, w, b, lr, batch_size, *, scale=lambda A: 1 / len(A), stop=0, sign=1):
    """The right epoch but for the factor of the summed gradients, the examples left out at the end, or the sign."""
    for i in range(0, len(X) - stop, batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = A @ w + b - target
        w, b = w - sign * lr * scale(A) * (A.T @ residual), b - sign * lr * scale(A) * residual.sum()
    return w, b


@domain(outside={"inf, huge, tiny, apart, far, large": "steps overflow, vanish or cancel"})
def any_data(draw):
    n, d = draw.size(), draw.size(least=1)
    calm = "inf huge tiny apart far large"
    X, y = draw.any(n, d, without=calm), draw.any(n, without=calm)
    return X, y, draw.any(d, without=calm), draw.normal(), draw.number(0, 0.3), draw.pick(1, 2, 3, max(n, 1), n + 2)


@misconception(
    "You divide by batch_size. The last minibatch may have fewer examples, and its gradient then comes out too small.",
    "Divide by the number of examples that the slice really has: len(A).",
)
def divided_by_the_nominal_size(X, y, w, b, lr, batch_size):
    return trained(X, y, w, b, lr, batch_size, scale=lambda A: 1 / batch_size)


@misconception(
    "Your steps are twice too long. The factor 1/2 in the loss cancels the 2 of the square's derivative.",
    "Leave the 2 out of both derivatives, or halve the loss.",
)
def without_the_half(X, y, w, b, lr, batch_size):
    return trained(X, y, w, b, 2 * lr, batch_size)


@misconception(
    "You take the sum over the minibatch. The loss is a mean.",
    "Divide by the number of examples in the minibatch: len(A).",
)
def summed(X, y, w, b, lr, batch_size):
    return trained(X, y, w, b, lr, batch_size, scale=lambda A: 1)


@misconception(
    "You divide by n, but k counts the examples of the minibatch only.",
    "Divide by the size of the slice: len(A).",
)
def divided_by_all_examples(X, y, w, b, lr, batch_size):
    return trained(X, y, w, b, lr, batch_size, scale=lambda A: 1 / len(X))


@misconception(
    "You walk uphill, and the loss grows.",
    "Subtract lr times the gradient.",
)
def uphill(X, y, w, b, lr, batch_size):
    return trained(X, y, w, b, lr, batch_size, sign=-1)


@misconception(
    "The last minibatch is lost unless n is a multiple of batch_size.",
    "Loop up to n, range(0, n, batch_size): slices may be shorter.",
)
def last_batch_dropped(X, y, w, b, lr, batch_size):
    return trained(X, y, w, b, lr, batch_size, stop=len(X) % batch_size)


@misconception(
    "b moves by residuals that are computed with the new w. Both derivatives are taken at the old w and b.",
    "Compute the residual once, then move both parameters.",
)
def bias_after_the_weights(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        w = w - lr * A.T @ (A @ w + b - target) / len(A)
        b = b - lr * (A @ w + b - target).mean()
    return w, b


@misconception(
    "w moves by residuals that are computed with the new b. Both derivatives are taken at the old w and b.",
    "Compute the residual once, then move both parameters.",
)
def weights_after_the_bias(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        b = b - lr * (A @ w + b - target).mean()
        w = w - lr * A.T @ (A @ w + b - target) / len(A)
    return w, b


@misconception(
    "All gradients of the epoch are taken at the first parameters.",
    "Start each minibatch from the parameters that the one before has left.",
)
def gradients_at_the_start(X, y, w, b, lr, batch_size):
    w0, b0 = w, b
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = A @ w0 + b0 - target
        w, b = w - lr * A.T @ residual / len(A), b - lr * residual.mean()
    return w, b


@misconception(
    "That is one step on all the data. The task asks for one step after each minibatch.",
    "Loop over the slices X[i : i + batch_size], and move w and b in each turn.",
)
def one_step_for_all(X, y, w, b, lr, batch_size):
    return trained(X, y, w, b, lr, max(len(X), 1))


@misconception(
    "Predictions of shape (k, 1) minus targets of shape (k,) are k × k differences, by broadcasting: every "
    "prediction meets every target.",
    "Give both the shape (k,): with w of shape (d,), A @ w has it.",
)
def predictions_in_a_column(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = ((A @ w)[:, None] + b - target).mean(1)
        w, b = w - lr * A.T @ residual / len(A), b - lr * residual.mean()
    return w, b


@misconception(
    "A * residual aligns the residuals, of which each example has one, with the features, which are the last axis "
    "of A. That is an error, or wrong in silence where k equals d.",
    "Sum over the examples by a product: A.T @ residual / len(A).",
)
def residuals_along_the_features(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = A @ w + b - target
        w, b = w - lr * (A * residual).mean(0), b - lr * residual.mean()
    return w, b


@misconception(
    "b never moves. It has a gradient, too: the mean of the residuals.",
    "Move it as well: b = b - lr * residual.mean().",
)
def bias_forgotten(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        w = w - lr * A.T @ (A @ w + b - target) / len(A)
    return w, b.clone()


@misconception(
    "You shuffle, but this epoch goes through the data in the given order.",
    "Take the slices X[i : i + batch_size] as they come.",
    chance="a shuffle may leave a few examples in their batches",
)
def shuffled(X, y, w, b, lr, batch_size):
    order = torch.randperm(len(X), device=X.device)
    return trained(X[order], y[order], w, b, lr, batch_size)


@misconception(
    "w -= … writes into the caller's parameters.",
    "Make new ones, w = w - …, or work on clones.",
    keeps="the answer is right",
)
def parameters_overwritten(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = A @ w + b - target
        w -= lr * A.T @ residual / len(A)
        b -= lr * residual.mean()
    return w, b


@first_attempt("without_the_half", "parameters_overwritten")
def twice_too_far_in_place(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = A @ w + b - target
        w -= lr * 2 * (A.T @ residual) / len(A)
        b -= lr * 2 * residual.mean()
    return w, b


@first_attempt("divided_by_the_nominal_size", "parameters_overwritten")
def sums_over_the_batch_size_in_place(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = A @ w + b - target
        w -= lr * (A.T @ residual) / batch_size
        b -= lr * residual.sum() / batch_size
    return w, b


@first_attempt("bias_after_the_weights", "without_the_half")
def twice_too_far_one_after_the_other(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        w = w - lr * 2 * A.T @ (A @ w + b - target) / len(A)
        b = b - lr * 2 * (A @ w + b - target).mean()
    return w, b
