"""What the pages of this topic have in common: forbidden names, and right answers to build on."""

import torch

from grader import stand_in

OPTIMISERS = ("optim", "SGD")
LOSSES = ("MSELoss",)


@stand_in
def sgd_(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * p.grad / batch_size
                p.grad = None


@stand_in
def data_iter(batch_size, X, y, generator=None):
    order = torch.randperm(len(X), generator=generator, device=X.device)
    for i in range(0, len(X), batch_size):
        chosen = order[i : i + batch_size]
        yield X[chosen], y[chosen]


@stand_in
def linreg_epoch(X, y, w, b, lr, batch_size):
    for i in range(0, len(X), batch_size):
        A, target = X[i : i + batch_size], y[i : i + batch_size]
        residual = A @ w + b - target
        w, b = w - lr * (A.T @ residual) / len(A), b - lr * residual.mean()
    return w, b
