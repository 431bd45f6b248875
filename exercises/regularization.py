"""Regularization and model selection (正则化与模型选择)

A model that has learned its examples by heart is good at those and at nothing else. That is overfitting; a model that
is too simple even for its examples underfits. Which of the two it is shows when training error and error on held-out
data are put side by side: are both high, make the model larger or train it longer; is only the second one high, hold it
back. The first is called bias, the second variance: a simple model misses in the same way whatever it was shown, a
rich one in another way each time. Test data decide nothing: whoever chooses by them has no test any more.

Ways to hold a model back: a penalty on the size of the weights (of biases it would change nothing worth having: they
only shift the function, and do not make it less smooth), dropout, noise, or an early end. The penalty λ/2 ||w||², with
the *squared* norm, shrinks all weights and leaves none of them exactly 0; the penalty λ ||w||₁ sets many to exactly 0,
and so chooses features. (Some notes have these two the other way round.) Early stopping stops the *training* once the
error on held-out data no longer falls; it takes no data away. And where data are few, each example is held out once, in
turn.

No function here changes its arguments.

The book's `from d2l import torch as d2l` is not installed where this is graded: write your functions without it.
"""

import torch
from torch import Tensor


def weight_decay_step(w: Tensor, b: Tensor, gw: Tensor, gb: Tensor, lr: float, lam: float) -> tuple[Tensor, Tensor]:
    """Take one step of gradient descent on a loss with a penalty on the weights.

        minimise  loss(w, b) + lam/2 ||w||^2

    The gradients gw and gb are those of the loss alone; what the penalty adds is yours to work out. The bias is not
    penalised. Both the decay and the gradient belong to the weights as they were before the step. The optimisers of
    torch.optim are off limits.

    Args:
        w: the weights, any shape and floating dtype.
        b: the bias, any shape, dtype of w.
        gw: the gradient of the loss with respect to w, shape and dtype of w.
        gb: the gradient of the loss with respect to b, shape and dtype of b.
        lr: the learning rate, at least 0.
        lam: the strength of the penalty, at least 0.
    Returns:
        The new (w, b), of the shapes and dtypes of the old ones, which stay as they are.

    >>> w, b = torch.tensor([10.0, -10.0]), torch.tensor([1.0])
    >>> weight_decay_step(w, b, torch.tensor([1.0, 0.0]), torch.tensor([2.0]), lr=0.5, lam=0.5)
    (tensor([ 7.0000, -7.5000]), tensor([0.]))
    """
    raise NotImplementedError


def l1_prox_step(w: Tensor, g: Tensor, lr: float, lam: float) -> Tensor:
    """Take one proximal step on a loss with an L1 penalty, which sets small weights to exactly 0.

        v = w - lr * g                          a step on the loss alone
        w <- v, moved towards 0 by lr * lam     and no further than to 0

    A penalty lam ||w||_1 pulls at every weight with the same force, however small the weight is. Where the pull would
    carry a weight past 0, the weight ends at exactly 0, so that solutions are sparse.

    Args:
        w: the weights, any shape and floating dtype; they stay as they are.
        g: the gradient of the loss (without the penalty) with respect to w, shape and dtype of w.
        lr: the learning rate, at least 0.
        lam: the strength of the penalty, at least 0.
    Returns:
        The new weights; shape and dtype of w.

    >>> w, g = torch.tensor([3.0, -3.0, 0.25, -0.25]), torch.tensor([2.0, 0.0, 0.0, 1.0])
    >>> l1_prox_step(w, g, lr=0.5, lam=1.0)
    tensor([ 1.5000, -2.5000,  0.0000, -0.2500])
    """
    raise NotImplementedError


def early_stop(val: list[float], patience: int, min_delta: float = 0.0) -> tuple[int, int]:
    """Decide after which epoch training stops, and which epoch was the best.

    Go through the validation losses as they come, one after each epoch; what comes later is not known yet. Epoch 0 is
    the best at first. A later one becomes the best if it improves: its loss is less than (best loss - min_delta), and
    not equal to that; nothing hangs on how this difference is rounded. A loss of NaN never improves. Training stops at
    the first epoch that does not improve and lies `patience` epochs behind the best one; if there is none, it goes on
    to the last.

    Args:
        val: the validation losses of epochs 0, 1, 2, …; at least one, of which the first is a finite number. Later ones
            may be NaN or infinite.
        patience: for how many epochs in a row no improvement is put up with, at least 1.
        min_delta: by how much a loss has to fall to count as an improvement, at least 0.
    Returns:
        (stop_epoch, best_epoch), two ints.

    >>> early_stop([1.0, 0.5, 0.75, 0.625, 0.25], patience=2)
    (3, 1)
    >>> early_stop([1.0, 0.5, 0.75, 0.25], patience=2)
    (3, 3)
    >>> early_stop([1.0, 0.9, 0.8], patience=2, min_delta=0.5)
    (2, 0)
    """
    raise NotImplementedError


def kfold(n: int, k: int) -> list[tuple[list[int], list[int]]]:
    """Split the numbers 0, 1, …, n - 1 into k folds, and hold out each of them once.

    Folds are contiguous: the first holds 0, 1, 2, and so on, the next goes on from there. Their sizes differ by one at
    most, and the larger ones come first. Each number is held out exactly once, and all numbers that are not held out
    are there to train on. (The book's get_k_fold_data leaves the remainder of n / k out; here the first folds take it.)

    Args:
        n: how many examples there are, at least 0.
        k: the number of folds, at least 1. If it exceeds n, the last folds are empty; if it is 1, nothing is left to
            train on.
    Returns:
        A list of k pairs (training, validation), two lists of ints in ascending order.

    >>> kfold(5, 2)
    [([3, 4], [0, 1, 2]), ([0, 1, 2], [3, 4])]
    >>> kfold(1, 2)
    [([], [0]), ([0], [])]
    """
    raise NotImplementedError
