"""Targets may be any distribution, and nothing times minus infinity is nothing: mask before you multiply."""

import torch
from _shared import FEW_DIGITS, SOFTMAX, log_softmax, log_softmax_by_log1p, logsumexp, one_calm

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(
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
    "0 times -inf is nan, and that is what a class gives that is ruled out. "
    "Set log-probabilities to 0 where P is 0, before you multiply.",
    keeps="right as long as all scores are finite",
)
def zero_times_infinity(logits, P):
    return -(P * log_softmax(logits, 1)).sum(1).mean()


@misconception("mean() divides by n times q. Sum over the classes first; only the examples are averaged.")
def averaged_over_the_classes_too(logits, P):
    return soft_cross_entropy(logits, P) / logits.shape[1]


@misconception("You sum over the examples. The loss is their mean: divide by n.")
def summed(logits, P):
    return soft_cross_entropy(logits, P) * len(P)


@misconception(
    "The epsilon inside the logarithm bounds the loss, so a model that is sure and wrong gets away with it. "
    "Compute log-softmax directly; no epsilon is needed."
)
def epsilon_inside_the_logarithm(logits, P):
    return -(P * (log_softmax(logits, 1).exp() + 1e-9).log()).sum(1).mean()


@misconception(
    "A small probability underflows to 0, and its logarithm is -inf. "
    "Compute log-softmax directly, without the probability.",
    keeps="right as long as no probability underflows",
)
def logarithm_of_softmax(logits, P):
    return -(P * log_softmax(logits, 1).exp().log().masked_fill(P == 0, 0)).sum(1).mean()


@misconception(
    "exp overflows on large scores, and on very small ones the sum is 0 and its logarithm -inf. "
    "Subtract each row's maximum first."
)
def overflowing(logits, P):
    log_probabilities = logits - logits.exp().sum(1, keepdim=True).log()
    return -(P * log_probabilities.masked_fill(P == 0, 0)).sum(1).mean()


@misconception(
    "You shift everything by one maximum, so a row far below it vanishes and the logarithm of its sum is -inf. "
    "Give each row its own maximum: amax(1, keepdim=True).",
    keeps="right as long as rows are not hundreds apart",
)
def one_maximum_for_all(logits, P):
    Z = logits - logits.max()
    log_probabilities = Z - Z.exp().sum(1, keepdim=True).log()
    return -(P * log_probabilities.masked_fill(P == 0, 0)).sum(1).mean()


@misconception(
    "That is the divergence KL(P, softmax): it has an additional term P log P. "
    "Cross-entropy is -P log softmax alone, so leave the entropy of P out."
)
def relative_entropy(logits, P):
    return soft_cross_entropy(logits, P) + torch.xlogy(P, P).sum(1).mean()


@misconception(
    "The sign is wrong: the logarithm of a probability is never positive, and a loss is never negative. "
    "Put a minus in front of the sum."
)
def no_minus(logits, P):
    return -soft_cross_entropy(logits, P)


@misconception(
    "Only the likeliest class of each target counts in your loss. Weigh the log-probability of every class with its P."
)
def likeliest_class_only(logits, P):
    chosen = torch.zeros_like(P).scatter_(1, P.argmax(1, keepdim=True), 1)
    return soft_cross_entropy(logits, chosen)


@misconception(
    "The roles are swapped: you weigh the logarithm of P with the prediction. "
    "Cross-entropy is not symmetric; the logarithm belongs to the prediction."
)
def roles_swapped(logits, P):
    return -(log_softmax(logits, 1).exp() * P.log()).sum(1).mean()


@misconception(
    "You normalise over the examples (axis 0). Classes are columns here: sum each row, along axis 1.",
    chance="half precision hides small differences",
)
def normalised_over_the_examples(logits, P):
    log_probabilities = log_softmax(logits, 0)
    return -(P * log_probabilities.masked_fill(P == 0, 0)).sum(1).mean()
