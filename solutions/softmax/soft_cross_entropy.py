"""Targets may be any distribution, and nothing times minus infinity is nothing: mask before you multiply."""

import torch
from _shared import FEW_DIGITS, SOFTMAX, log_softmax, log_softmax_by_log1p, logsumexp, one_calm

from grader import EPSILONS, Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_softmax",
    shares={"allowed_functions": 0.5},
    points=2,
    gradients=("logits",),
    forbid=(*SOFTMAX, "kl_div"),
    forbid_reason="Softmax and its logarithm are the exercise: build them from exp, log, sums and maxima.",
    needs=("logsumexp", "log_softmax"),
    weights={"stability": 2},
    equivalent={
        "P <= 0": "probabilities are not negative",
        "P == 0, 1": "it is multiplied by 0",
        "P == 0, -1": "it is multiplied by 0",
    },
)


@reference
def soft_cross_entropy(logits, P):
    Z = logits - logits.amax(1, keepdim=True)
    log_probabilities = Z - Z.exp().sum(1, keepdim=True).log()
    return -(P * log_probabilities.masked_fill(P == 0, 0)).sum(1).mean()


@alternative
def distance_of_each_score_to_logsumexp(logits, P):
    missing = torch.where(P > 0, logsumexp(logits, 1, keepdim=True) - logits, torch.zeros_like(logits))
    return torch.einsum("nq,nq->", P, missing) / len(P)


@alternative
def only_where_the_target_is_positive(logits, P):
    wanted = P > 0
    return -(P[wanted] * log_softmax(logits, 1)[wanted]).sum() / logits.shape[0]


@alternative
def logsumexp_minus_expected_score(logits, P):
    """Rows of P sum to one."""
    expected = (P * logits.masked_fill(P == 0, 0)).sum(1)
    return (logsumexp(logits, 1) - expected).mean()


@alternative
def log1p_of_the_others(logits, P):
    return -(P * log_softmax_by_log1p(logits, 1).masked_fill(P == 0, 0)).sum(1).mean()


def rows_that_sum_to_one(draw, n, q):
    weights = draw.uniform(n, q, low=0.1)
    return weights / weights.sum(1, keepdim=True)


def smoothed(labels, q):
    P = torch.full((len(labels), q), 0.1, dtype=torch.float64)
    P[range(len(labels)), labels] = 1 - 0.1 * (q - 1)
    return P


@case
def everyday_scores(draw):
    return draw.normal(5, 3), rows_that_sum_to_one(draw, 5, 3)


@case
def as_many_examples_as_classes(draw):
    return draw.normal(4, 4), smoothed([2, 0, 3, 0], 4)


@case
def one_hot_targets(draw):
    return draw.normal(3, 4), torch.eye(4, dtype=torch.float64)[[0, 3, 1]]


@case
def scores_not_contiguous(draw):
    return draw.normal(4, 6).T, rows_that_sum_to_one(draw, 6, 4)


@case(aspect="edge")
def classes_ruled_out(draw):
    scores = draw.normal(4, 3)
    scores[0, 1], scores[1, :2], scores[2, 2] = -torch.inf, -torch.inf, -torch.inf
    return scores, draw.tensor([[0.25, 0.0, 0.75], [0.0, 0.0, 1.0], [0.4, 0.6, 0.0], [0.2, 0.5, 0.3]])


@case(aspect="edge")
def one_example(draw):
    return draw.normal(1, 6), rows_that_sum_to_one(draw, 1, 6)


@case(aspect="stability")
def sure_and_wrong(draw):
    """The probability of a target underflows, its logarithm does not."""
    return draw.normal(3, 4) + draw.tensor([[1000.0, 0.0, 0.0, 0.0]]), smoothed([1, 2, 3], 4)


@case(aspect="stability", ill_conditioned=FEW_DIGITS)
def a_large_row_beside_a_small_one(draw):
    return draw.normal(2, 4) + draw.tensor([[1000.0], [-1000.0]]), smoothed([3, 1], 4)


@case(aspect="edge", dtypes=("bfloat16", "float16"), gradients=False)
def half_precision(draw):
    scores = draw.tensor([[2.0, -1.0, 0.5], [1.0, 3.0, 0.0], [-2.0, 1.5, 0.0], [0.5, 0.0, -1.0]])
    return scores, smoothed([0, 2, 1, 2], 3)


@domain(outside={"inf": "only -inf, where the target is 0"})
def any_targets(draw):
    X = one_calm(draw, draw.any(axes=(2, 2), least=1, without="inf"), 1)
    n, q = X.shape
    P = rows_that_sum_to_one(draw, n, q)
    if draw.pick(True, False):
        P = torch.eye(q, dtype=P.dtype)[draw.labels(n, q)]
    elif q > 1 and draw.pick(True, False):
        P = P.masked_fill(torch.arange(q) == draw.integers(n, 1, high=q), 0)
        P = P / P.sum(1, keepdim=True)
    if draw.pick(True, False):
        X = X.masked_fill(P == 0, -torch.inf) if draw.pick(True, False) else X.where(torch.arange(q) > 0, X[:, :1])
    loss = -(P * X.log_softmax(1).masked_fill(P == 0, 0)).sum(1).mean()
    draw.require(loss > 1e-3 or q == 1)  # less is all rounding
    return X, P


@batch
def more_examples(draw, n):
    return draw.normal(n, 4), draw.full(n, 4, value=0.25)


@misconception(
    "The score -inf of a class that is ruled out has log-probability -inf, and 0 times -inf is NaN. Its target "
    "is 0, so it should contribute nothing.",
    "Set log-probabilities to 0 where P is 0, before you multiply: log_p.masked_fill(P == 0, 0).",
    keeps="right as long as all scores are finite",
)
def zero_times_infinity(logits, P):
    return -(P * log_softmax(logits, 1)).sum(1).mean()


@misconception(
    "You divide by n times q, as mean() over the whole matrix does. The classes of one example are summed; only "
    "the examples are averaged.",
    "Sum over the classes first: .sum(1).mean().",
)
def averaged_over_the_classes_too(logits, P):
    return soft_cross_entropy(logits, P) / logits.shape[1]


@misconception(
    "You sum over the examples, so the loss grows with the size of the batch. The loss is defined as a mean.",
    "Divide by n, or take mean() over the examples.",
)
def summed(logits, P):
    return soft_cross_entropy(logits, P) * len(P)


@misconception(
    "The epsilon inside the logarithm bounds the loss, so a model that is sure and wrong gets away with far too "
    "small a loss. An epsilon hides the underflow of the probability instead of avoiding it.",
    "Compute log-softmax directly: Z = logits - logits.amax(1, keepdim=True), then Z - Z.exp().sum(1, "
    "keepdim=True).log().",
    also=EPSILONS,
)
def epsilon_inside_the_logarithm(logits, P, *, eps=1e-9):
    return -(P * (log_softmax(logits, 1).exp() + eps).log()).sum(1).mean()


@misconception(
    "A probability below the bound is raised to it, so a model that is sure and wrong gets away with far too small a "
    "loss, and with gradient 0. Clamping hides the underflow of the probability instead of avoiding it.",
    "Compute log-softmax directly: Z = logits - logits.amax(1, keepdim=True), then Z - Z.exp().sum(1, "
    "keepdim=True).log().",
    keeps="right as long as no probability is smaller than the bound",
    also=EPSILONS,
)
def probability_clamped(logits, P, *, least=1e-9):
    return -(P * log_softmax(logits, 1).exp().clamp(min=least).log()).sum(1).mean()


@misconception(
    "A small probability underflows to 0, and its logarithm is then -inf, although the logarithm itself is an "
    "ordinary number.",
    "Compute log-softmax directly: Z = logits - logits.amax(1, keepdim=True), then Z - Z.exp().sum(1, "
    "keepdim=True).log().",
    keeps="right as long as no probability underflows",
)
def logarithm_of_softmax(logits, P):
    return -(P * log_softmax(logits, 1).exp().log().masked_fill(P == 0, 0)).sum(1).mean()


@misconception(
    "exp of a large score is infinite, and where all scores of a row are very negative its sum underflows to 0, "
    "whose logarithm is -inf. A common shift of a row's scores does not change its probabilities.",
    "Subtract each row's maximum first: Z = logits - logits.amax(1, keepdim=True).",
)
def overflowing(logits, P):
    log_probabilities = logits - logits.exp().sum(1, keepdim=True).log()
    return -(P * log_probabilities.masked_fill(P == 0, 0)).sum(1).mean()


@misconception(
    "One maximum is subtracted from all rows, so in a row far below it every exponential underflows to 0, and "
    "the logarithm of their sum is -inf.",
    "Give each row its own maximum: logits.amax(1, keepdim=True).",
    keeps="right as long as rows are not hundreds apart",
)
def one_maximum_for_all(logits, P):
    Z = logits - logits.max()
    log_probabilities = Z - Z.exp().sum(1, keepdim=True).log()
    return -(P * log_probabilities.masked_fill(P == 0, 0)).sum(1).mean()


@misconception(
    "This is the divergence KL(P, softmax): it has an additional term P log P, the negative entropy of P. "
    "Cross-entropy does not have it.",
    "Leave out P log P: the loss is -(P * log_p).sum(1).mean().",
)
def relative_entropy(logits, P):
    return soft_cross_entropy(logits, P) + torch.xlogy(P, P).sum(1).mean()


@misconception(
    "The sign is wrong: the logarithm of a probability is never positive, so its negative, the loss, is never "
    "negative.",
    "Put a minus in front of the sum.",
)
def no_minus(logits, P):
    return -soft_cross_entropy(logits, P)


@misconception(
    "Only the likeliest class of each target counts in your loss. A target may give probability to several "
    "classes, and all of them count.",
    "Weight the log-probability of every class with its P: -(P * log_p).sum(1).mean().",
)
def likeliest_class_only(logits, P):
    chosen = torch.zeros_like(P).scatter_(1, P.argmax(1, keepdim=True), 1)
    return soft_cross_entropy(logits, chosen)


@misconception(
    "The roles are swapped: you weight the logarithm of P with the prediction. Cross-entropy is not symmetric.",
    "Take the logarithm of the prediction and weight it with P: -(P * log_p).sum(1).mean().",
)
def roles_swapped(logits, P):
    return -(log_softmax(logits, 1).exp() * P.log()).sum(1).mean()


@misconception(
    "You normalise over the examples (axis 0), so the probabilities of each class sum to one over the batch. "
    "Each row holds one example's classes, and they are what must sum to one.",
    "Normalise each row: maximum and sum along axis 1, with keepdim=True.",
    chance="half precision hides small differences",
)
def normalised_over_the_examples(logits, P):
    log_probabilities = log_softmax(logits, 0)
    return -(P * log_probabilities.masked_fill(P == 0, 0)).sum(1).mean()


@misconception(
    "You return one loss for each example. Here the loss is one number, their mean.",
    "Take mean() over the examples.",
)
def one_loss_per_example(logits, P):
    return -(P * log_softmax(logits, 1).masked_fill(P == 0, 0)).sum(1)


@first_attempt("overflowing", "logarithm_of_softmax", "zero_times_infinity")
def the_formula_as_it_stands(logits, P):
    weights = logits.exp()
    return -(P * (weights / weights.sum(1, keepdim=True)).log()).sum(1).mean()
