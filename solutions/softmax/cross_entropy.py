"""Pair each row with its own label, and stay in logarithms all the way."""

import torch
from _shared import SOFTMAX, log_softmax, log_softmax_by_log1p, logsumexp, one_calm

from grader import EPSILONS, Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_softmax_scratch",
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
    return draw.every_second(draw.uniform(40, 2, low=-2, high=2)), torch.arange(40) % 2


@case(aspect="edge")
def all_scores_equal(draw):
    """What an untrained network says; its loss is log q. No label is the number of a row."""
    return draw.full(3, 7, value=0.0), 3 + draw.permutation(4)[:3]


@case(aspect="edge")
def one_example(draw):
    return draw.normal(1, 6), draw.integers(1, high=6)


@case(aspect="stability")
def sure_and_wrong(draw):
    """The probability of the label underflows, its logarithm does not."""
    return draw.normal(3, 4) + draw.tensor([[1000.0, 0.0, 0.0, 0.0]]), torch.tensor([1, 2, 3])


@case(aspect="stability")
def unlikely_labels_where_nothing_overflows(draw):
    """The largest score is near 0: only the probability of the label underflows."""
    return draw.normal(3, 4) - draw.tensor([[0.0, 1000.0, 1000.0, 1000.0]]), torch.tensor([1, 2, 3])


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
    "[:, y] takes the columns of all labels for every row, n x n numbers. Each row has one label, and only that "
    "one concerns it.",
    "Pair row i with label y[i]: gather(1, y[:, None]), or index with [torch.arange(n, device=y.device), y].",
)
def every_label_for_every_row(logits, y):
    return -log_softmax(logits, 1)[:, y].mean()


@misconception(
    "The sign is wrong: the logarithm of a probability is never positive, so its negative, the loss, is never "
    "negative.",
    "Put a minus in front of the mean of the log-probabilities.",
)
def no_minus(logits, y):
    return -cross_entropy(logits, y)


@misconception(
    "You take logarithms of the scores, as if they were probabilities already (the book's cross_entropy is given "
    "those). Scores may be negative, and do not sum to one.",
    "Turn the scores into log-probabilities first, with your log_softmax(logits, 1), and take no further logarithm.",
)
def logarithm_of_the_scores(logits, y):
    return -logits.gather(1, y[:, None]).log().mean()


@misconception(
    "Softmax is applied twice: to the scores, and again to the probabilities, which makes all classes nearly "
    "equally likely.",
    "Pass the scores themselves to log_softmax, once: log_softmax(logits, 1).",
)
def softmax_twice(logits, y):
    return cross_entropy(log_softmax(logits, 1).exp(), y)


@misconception(
    "You sum over the examples, so the loss grows with the size of the batch. The loss is defined as a mean.",
    "Divide by n, or take mean() over the examples.",
)
def summed(logits, y):
    return cross_entropy(logits, y) * len(y)


@misconception(
    "You divide by n x q. A mean over a one-hot matrix counts its zeros as well, but only the examples are averaged.",
    "Sum over the classes first, then take the mean over the examples: .sum(1).mean().",
)
def averaged_over_the_classes_too(logits, y):
    return cross_entropy(logits, y) / logits.shape[1]


@misconception(
    "You return one loss for each example, as the book's cross_entropy does. Here the loss is one number, their mean.",
    "Take mean() over the examples.",
)
def one_loss_per_example(logits, y):
    return -log_softmax(logits, 1).gather(1, y[:, None]).squeeze(1)


@misconception(
    "The probability of a label may underflow to 0, and its logarithm is then -inf, although the logarithm "
    "itself is an ordinary number.",
    "Compute log-softmax directly: Z = logits - logits.amax(1, keepdim=True), then Z - Z.exp().sum(1, "
    "keepdim=True).log().",
    keeps="right as long as no probability underflows",
)
def logarithm_of_softmax(logits, y):
    return -log_softmax(logits, 1).exp().gather(1, y[:, None]).log().mean()


@misconception(
    "The epsilon inside the logarithm bounds the loss, so a model that is sure and wrong gets away with far too "
    "small a loss. An epsilon hides the underflow of the probability instead of avoiding it.",
    "Compute log-softmax directly: Z = logits - logits.amax(1, keepdim=True), then Z - Z.exp().sum(1, "
    "keepdim=True).log().",
    also=EPSILONS,
)
def epsilon_inside_the_logarithm(logits, y, *, eps=1e-9):
    return -(log_softmax(logits, 1).exp().gather(1, y[:, None]) + eps).log().mean()


@misconception(
    "A probability below the bound is raised to it, so a model that is sure and wrong gets away with far too small a "
    "loss, and with gradient 0. Clamping hides the underflow of the probability instead of avoiding it.",
    "Compute log-softmax directly: Z = logits - logits.amax(1, keepdim=True), then Z - Z.exp().sum(1, "
    "keepdim=True).log().",
    keeps="right as long as no probability is smaller than the bound",
    also=EPSILONS,
)
def probability_clamped(logits, y, *, least=1e-9):
    return -log_softmax(logits, 1).exp().clamp(min=least).gather(1, y[:, None]).log().mean()


@misconception(
    "exp of a large score is infinite, and where all scores of a row are very negative its sum underflows to 0, "
    "whose logarithm is -inf. A common shift of a row's scores does not change its probabilities.",
    "Subtract each row's maximum first: Z = logits - logits.amax(1, keepdim=True).",
)
def overflowing(logits, y):
    return (logits.exp().sum(1).log() - logits.gather(1, y[:, None]).squeeze(1)).mean()


@misconception(
    "One maximum is subtracted from all rows, so in a row far below it every exponential underflows to 0, and "
    "the logarithm of their sum is -inf.",
    "Give each row its own maximum: logits.amax(1, keepdim=True).",
    keeps="right as long as rows are not hundreds apart",
)
def one_maximum_for_all(logits, y):
    Z = logits - logits.max()
    return (Z.exp().sum(1).log() - Z.gather(1, y[:, None]).squeeze(1)).mean()


@misconception(
    "The logarithm is missing: you average probabilities. Cross-entropy averages their logarithms.",
    "Return minus the mean of the log-probabilities of the labels.",
)
def no_logarithm(logits, y):
    return -log_softmax(logits, 1).exp().gather(1, y[:, None]).mean()


@misconception(
    "You normalise over the examples (axis 0), so the probabilities of each class sum to one over the batch. "
    "Each row holds one example's classes, and they are what must sum to one.",
    "Normalise each row: maximum and sum along axis 1, with keepdim=True.",
)
def normalised_over_the_examples(logits, y):
    return -log_softmax(logits, 0).gather(1, y[:, None]).mean()


@misconception(
    "[y] alone indexes the first axis: it picks whole rows, as if the labels were numbers of examples. Labels "
    "are numbers of columns, one for each row.",
    "Pair row i with label y[i]: gather(1, y[:, None]), or index with [torch.arange(n, device=y.device), y].",
)
def rows_of_the_labels(logits, y):
    return -log_softmax(logits, 1)[y].mean()


@first_attempt("logarithm_of_the_scores", "one_loss_per_example")
def as_in_the_book(logits, y):
    """Its cross_entropy is given probabilities."""
    return -logits[torch.arange(len(y), device=y.device), y].log()


@first_attempt("logarithm_of_softmax", "overflowing")
def the_formula_as_it_stands(logits, y):
    weights = logits.exp()
    return -(weights / weights.sum(1, keepdim=True)).gather(1, y[:, None]).log().mean()
