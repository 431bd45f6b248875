"""Prediction minus truth: softmax and logarithm cancel, and what is left is as simple as in linear regression."""

import torch
from _shared import AUTOGRAD, SOFTMAX, far_apart, one_calm, softmax

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_softmax",
    points=2,
    forbid=(*AUTOGRAD, *SOFTMAX),
    forbid_reason="The gradient is the exercise: derive its formula, and compute it without autograd.",
    needs=("softmax",),
    weights={"stability": 2},
)


@reference
def cross_entropy_grad(logits, y):
    weights = (logits - logits.amax(1, keepdim=True)).exp()
    G = weights / weights.sum(1, keepdim=True)
    G[torch.arange(len(y), device=y.device), y] -= 1
    return G / len(y)


@alternative
def one_hot_rows(logits, y):
    one_hot = torch.eye(logits.shape[1], dtype=logits.dtype, device=logits.device)[y]
    return (softmax(logits, 1) - one_hot) / logits.shape[0]


@alternative
def one_scattered(logits, y):
    minus_one = -torch.ones_like(logits[:, :1])
    return softmax(logits, 1).scatter_add(1, y.unsqueeze(1), minus_one).mul(1 / len(logits))


@alternative
def labels_by_comparison(logits, y):
    Z = logits - logits.max(1, keepdim=True).values
    P = (Z - Z.exp().sum(1, keepdim=True).log()).exp()
    right = y[:, None] == torch.arange(logits.shape[1], device=y.device)
    return torch.where(right, P - 1, P) / len(y)


@alternative
def minus_the_others(logits, y):
    """More exact than P - 1 where the label is nearly sure."""
    P = softmax(logits, 1)
    others = P.scatter(1, y[:, None], 0)
    return P.scatter(1, y[:, None], -others.sum(1, keepdim=True)) / len(y)


@case
def everyday_scores(draw):
    return draw.normal(5, 3), torch.tensor([0, 2, 1, 2, 0])


@case
def as_many_examples_as_classes(draw):
    return draw.normal(4, 4), torch.tensor([1, 3, 1, 2])


@case
def many_examples_of_two_classes(draw):
    return 3 * draw.every_second(draw.normal(40, 2)), torch.arange(40) % 2


@case(aspect="edge")
def all_scores_equal(draw):
    """What an untrained network says: the first step of training starts here."""
    return draw.full(2, 5, value=0.0), torch.tensor([4, 1])


@case(aspect="stability")
def unlikely_classes(draw):
    """A gradient of 1e-30 is one: it has digits beside that of the label."""
    scores = far_apart(draw, 3, 4, step=25)
    return scores, scores.argsort(1)[:, 1]


@case(aspect="edge", weight=0.5)
def one_example_sure_and_wrong(draw):
    """The gradient is nearly 1 and -1: as large as it can be."""
    return draw.normal(1, 3) + draw.tensor([[12.0, 0.0, -4.0]]), torch.tensor([2])


@case(aspect="edge")
def one_example(draw):
    return draw.normal(1, 6), torch.tensor([2])


@case(aspect="stability")
def a_large_row_beside_a_small_one(draw):
    scores = far_apart(draw, 2, 4) + draw.tensor([[5000.0], [-5000.0]])
    return scores, scores.argmin(1)


@case(aspect="stability")
def a_large_column_beside_small_ones(draw):
    return draw.normal(3, 4) + draw.tensor([[1000.0, 1000.0, -1000.0, -1000.0]]), torch.tensor([1, 2, 3])


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return 3 * draw.normal(4, 3), torch.tensor([0, 2, 1, 2])


@domain(outside={"inf": "all scores are finite"})
def any_scores(draw):
    X = one_calm(draw, draw.any(axes=(2, 2), least=1, without="inf"), 1)
    y = draw.labels(*X.shape)
    draw.require(float(X.softmax(1).gather(1, y[:, None]).min()) < 0.999 or X.shape[1] == 1)  # less is all rounding
    return X, y


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), draw.integers(n, high=3)


@misconception(
    "The loss is a mean over the examples, so each example has a share of one n-th in it, and in the gradient.",
    "Divide the gradient by n, len(y).",
)
def not_divided_by_n(logits, y):
    return cross_entropy_grad(logits, y) * len(y)


@misconception(
    "You divide by n times q. The loss averages over the examples only, not over the classes.",
    "Divide by n alone, len(y).",
)
def divided_by_the_classes_too(logits, y):
    return cross_entropy_grad(logits, y) / logits.shape[1]


@misconception(
    "The sign is wrong: you return truth minus prediction. A larger score of the true class lowers the loss, so "
    "the entry of the true class must be negative.",
    "Return prediction minus truth: (p - one_hot) / n.",
)
def truth_minus_prediction(logits, y):
    return -cross_entropy_grad(logits, y)


@misconception(
    "exp of a large score is infinite, and where all scores of a row are very negative all its exponentials are "
    "0: inf / inf and 0 / 0 are NaN. A common shift of a row's scores does not change its probabilities.",
    "Subtract each row's maximum first: logits - logits.amax(1, keepdim=True).",
    keeps="right unless a score is in the hundreds",
)
def overflowing(logits, y):
    G = logits.exp() / logits.exp().sum(1, keepdim=True)
    G[torch.arange(len(y), device=y.device), y] -= 1
    return G / len(y)


@misconception(
    "One maximum is subtracted from all rows, so in a row far below it every exponential underflows to 0, and 0 "
    "/ 0 is NaN.",
    "Give each row its own maximum: logits.amax(1, keepdim=True).",
    keeps="right as long as rows are not hundreds apart",
)
def one_maximum_for_all(logits, y):
    weights = (logits - logits.max()).exp()
    G = weights / weights.sum(1, keepdim=True)
    G[torch.arange(len(y), device=y.device), y] -= 1
    return G / len(y)


@misconception(
    "You subtract the number of the class from every probability of the row. A label is a name, not a quantity: "
    "it says only which entry of the row is the true one.",
    "Subtract one-hot rows: 1 at position y[i] of row i, 0 elsewhere, as in G[torch.arange(n), y] -= 1.",
)
def class_number_subtracted(logits, y):
    return (softmax(logits, 1) - y[:, None]) / len(y)


@misconception(
    "[:, y] subtracts 1 in whole columns, for every row, but each row has one label only.",
    "Index pairs (i, y[i]): G[torch.arange(n), y] -= 1.",
    chance="labels may happen to be all different",
)
def whole_columns(logits, y):
    G = softmax(logits, 1)
    G[:, y] -= 1
    return G / len(y)


@misconception(
    "This is the gradient with respect to the probabilities, -1 / p at the label. The scores come one step "
    "before them, and softmax makes every score change every probability.",
    "Go back through softmax as well. Everything cancels but (p - one_hot) / n.",
)
def with_respect_to_the_probabilities(logits, y):
    rows = torch.arange(len(y), device=y.device)
    P = softmax(logits, 1)
    G = torch.zeros_like(P)
    G[rows, y] = -1 / (len(y) * P[rows, y])
    return G


@misconception(
    "These are the probabilities over n. They do not depend on the labels, but the gradient does: each row must "
    "sum to zero.",
    "Subtract the one-hot rows from the probabilities before you divide: (p - one_hot) / n.",
)
def labels_forgotten(logits, y):
    return softmax(logits, 1) / len(y)


@misconception(
    "You subtract the one-hot labels from the scores themselves. Scores are not probabilities: they may be "
    "negative, and do not sum to one.",
    "Turn the scores into probabilities first: (softmax(logits, 1) - one_hot) / n.",
)
def softmax_forgotten(logits, y):
    G = logits.clone()
    G[torch.arange(len(y), device=y.device), y] -= 1
    return G / len(y)


@misconception(
    "You write into the caller's scores, which the caller still needs.",
    "Make a new tensor: Z = logits - logits.amax(1, keepdim=True), not logits -= …",
    keeps="the gradient is right; it is the caller's scores that suffer",
)
def changes_the_scores(logits, y):
    logits -= logits.amax(1, keepdim=True)
    return cross_entropy_grad(logits, y)


@misconception(
    "[y] alone indexes the first axis: it subtracts 1 in whole rows, as if the labels were numbers of examples. "
    "Labels are numbers of columns, one for each row.",
    "Index pairs (i, y[i]): G[torch.arange(n), y] -= 1.",
)
def whole_rows(logits, y):
    G = softmax(logits, 1)
    G[y] -= 1
    return G / len(y)


@misconception(
    "one_hot(y) makes as many columns as the largest label needs. Where the last class does not occur it makes "
    "too few, and the sizes do not fit.",
    "Say how many classes there are: one_hot(y, logits.shape[1]).",
    keeps="right where the last class occurs",
    chance="the last class may happen to occur",
)
def one_hot_without_the_number_of_classes(logits, y):
    return (softmax(logits, 1) - torch.nn.functional.one_hot(y)) / len(y)


@first_attempt("truth_minus_prediction", "not_divided_by_n")
def one_hot_minus_prediction(logits, y):
    return torch.eye(logits.shape[1], dtype=logits.dtype, device=logits.device)[y] - softmax(logits, 1)
