"""Pair each row with its own label, and stay in logarithms all the way."""

import torch
from _shared import SOFTMAX, log_softmax, log_softmax_by_log1p, logsumexp, one_calm

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(
    shares={"allowed_functions": 0.5},
    points=2,
    gradients=True,
    forbid=SOFTMAX,
    forbid_reason="Softmax and its logarithm are the exercise: build them from exp, log, sums and maxima.",
    needs=("logsumexp", "log_softmax"),
    weights={"stability": 2},
)


@reference
def cross_entropy(logits, y):
    Z = logits - logits.amax(1, keepdim=True)
    log_probabilities = Z - Z.exp().sum(1, keepdim=True).log()
    return -log_probabilities.gather(1, y[:, None]).mean()


@alternative
def rows_and_labels_as_indices(logits, y):
    chosen = log_softmax(logits, 1)[torch.arange(len(y), device=y.device), y]
    return -chosen.sum() / len(y)


@alternative
def logsumexp_minus_the_score_of_the_label(logits, y):
    return (logsumexp(logits, 1) - logits.gather(1, y.unsqueeze(1)).squeeze(1)).mean()


@alternative
def one_hot_rows(logits, y):
    one_hot = torch.eye(logits.shape[1], dtype=logits.dtype, device=logits.device)[y]
    return -(one_hot * log_softmax(logits, 1)).sum() / logits.shape[0]


@alternative
def log1p_of_the_others(logits, y):
    return -log_softmax_by_log1p(logits, 1).gather(1, y[:, None]).mean()


@case
def everyday_scores(draw):
    return draw.normal(5, 3), torch.tensor([0, 2, 1, 2, 0])


@case
def as_many_examples_as_classes(draw):
    return draw.normal(4, 4), draw.permutation(4)


@case
def many_examples_of_two_classes(draw):
    return 3 * draw.every_second(draw.normal(40, 2)), torch.arange(40) % 2


@case(aspect="edge")
def all_scores_equal(draw):
    """What an untrained network says; its loss is log q."""
    return draw.full(3, 7, value=0.0), draw.permutation(7)[:3]


@case(aspect="edge")
def one_example(draw):
    return draw.normal(1, 6), draw.integers(1, high=6)


@case(aspect="stability")
def sure_and_wrong(draw):
    """The probability of the label underflows, its logarithm does not."""
    return draw.normal(3, 4) + draw.tensor([[1000.0, 0.0, 0.0, 0.0]]), torch.tensor([1, 2, 3])


@case(aspect="stability")
def a_large_row_beside_a_small_one(draw):
    """The labels are the least likely ones: beside a small loss the few digits of such scores would show."""
    unlikely = draw.tensor([[0.0, -9.0, 0.0, 0.0], [0.0, 0.0, -9.0, 0.0]])
    return draw.normal(2, 4) + unlikely + draw.tensor([[1000.0], [-1000.0]]), torch.tensor([1, 2])


@case(aspect="edge", dtypes=("bfloat16", "float16"), gradients=False)
def half_precision(draw):
    scores = draw.tensor([[2.0, -1.0, 0.5], [1.0, 3.0, 0.0], [-2.0, 1.5, 0.0], [0.5, 0.0, -1.0]])
    return scores, torch.tensor([0, 2, 1, 2])


@domain(outside={"inf": "all scores are finite"})
def any_scores(draw):
    X = one_calm(draw, draw.any(axes=(2, 2), least=1, without="inf"), 1)
    y = draw.labels(*X.shape)
    loss = float(-X.log_softmax(1).gather(1, y[:, None]).mean())
    draw.require(loss > 1e-3 or X.shape[1] == 1)  # less is all rounding
    return X, y


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), draw.integers(n, high=3)


@misconception(
    "[:, y] takes the columns of all labels for every row, n x n numbers. "
    "Pair row i with label y[i]: gather(1, y[:, None]), or index with (arange(n), y)."
)
def every_label_for_every_row(logits, y):
    return -log_softmax(logits, 1)[:, y].mean()


@misconception(
    "The sign is wrong: the logarithm of a probability is never positive, and a loss is never negative. "
    "Put a minus in front of the log-probability."
)
def no_minus(logits, y):
    return -cross_entropy(logits, y)


@misconception(
    "You take logarithms of the scores, but scores are no probabilities, and may be negative. "
    "Apply log-softmax to them."
)
def logarithm_of_the_scores(logits, y):
    return -logits.gather(1, y[:, None]).log().mean()


@misconception(
    "Softmax is applied twice: to the scores, and again to the probabilities. "
    "Pass the scores themselves to log-softmax, once."
)
def softmax_twice(logits, y):
    return cross_entropy(log_softmax(logits, 1).exp(), y)


@misconception("You sum over the examples. The loss is their mean: divide by n.")
def summed(logits, y):
    return cross_entropy(logits, y) * len(y)


@misconception(
    "The mean is over all n x q entries, most of which are zeros of the one-hot matrix. "
    "Sum over the classes first, then take the mean over the examples."
)
def averaged_over_the_classes_too(logits, y):
    return cross_entropy(logits, y) / logits.shape[1]


@misconception("You return one loss per example. Take the mean over the examples.")
def one_loss_per_example(logits, y):
    return -log_softmax(logits, 1).gather(1, y[:, None]).squeeze(1)


@misconception(
    "The probability of the label underflows to 0, and its logarithm is -inf. "
    "Compute log-softmax directly, without the probability.",
    keeps="right as long as no probability underflows",
)
def logarithm_of_softmax(logits, y):
    return -log_softmax(logits, 1).exp().gather(1, y[:, None]).log().mean()


@misconception(
    "The epsilon inside the logarithm bounds the loss, so a model that is sure and wrong gets away with it. "
    "Compute log-softmax directly; no epsilon is needed."
)
def epsilon_inside_the_logarithm(logits, y):
    return -(log_softmax(logits, 1).exp().gather(1, y[:, None]) + 1e-9).log().mean()


@misconception(
    "exp overflows on large scores, and on very small ones the sum is 0 and its logarithm -inf. "
    "Subtract each row's maximum first."
)
def overflowing(logits, y):
    return (logits.exp().sum(1).log() - logits.gather(1, y[:, None]).squeeze(1)).mean()


@misconception(
    "You shift everything by one maximum, so a row far below it vanishes and the logarithm of its sum is -inf. "
    "Give each row its own maximum: amax(1, keepdim=True).",
    keeps="right as long as rows are not hundreds apart",
)
def one_maximum_for_all(logits, y):
    Z = logits - logits.max()
    return (Z.exp().sum(1).log() - Z.gather(1, y[:, None]).squeeze(1)).mean()


@misconception("The logarithm is missing: you average probabilities. Cross-entropy is minus the mean log-probability.")
def no_logarithm(logits, y):
    return -log_softmax(logits, 1).exp().gather(1, y[:, None]).mean()


@misconception("You normalise over the examples (axis 0). Classes are columns here: sum each row, along axis 1.")
def normalised_over_the_examples(logits, y):
    return -log_softmax(logits, 0).gather(1, y[:, None]).mean()
