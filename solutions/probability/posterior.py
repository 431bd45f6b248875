"""Joint over evidence, column by column; where there is no evidence the prior stays."""

import torch

from grader import EPSILONS, Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    weights={"edge": 2},
    equivalent={
        "evidence != 0": "evidence is never negative",
        "evidence, torch.zeros_like(evidence)": "the outer where replaces what comes of it",
    },
    book="sec_prob",
)


@reference
def posterior(prior, lik):
    joint = prior[:, None] * lik
    evidence = joint.sum(0)
    seen = evidence > 0
    return torch.where(seen, joint / torch.where(seen, evidence, torch.ones_like(evidence)), prior[:, None])


@alternative
def by_einsum(prior, lik):
    joint = torch.einsum("k,km->km", prior, lik)
    evidence = torch.einsum("k,km->m", prior, lik)
    never = evidence == 0
    return torch.where(never[None], prior[:, None].expand_as(joint), joint / evidence.masked_fill(never, 1)[None])


@alternative
def observations_in_rows(prior, lik):
    joint = lik.T * prior
    evidence = joint.sum(1, keepdim=True)
    rows = joint.div(evidence)
    return rows.where(evidence != 0, prior.expand_as(rows)).T


@alternative
def written_into_the_quotient(prior, lik):
    answer = torch.diag(prior) @ lik
    evidence = answer.sum(dim=0)
    answer = answer / evidence
    none = evidence == 0
    answer[:, none] = prior.unsqueeze(1)
    return answer


@alternative
def likelihoods_of_one_where_nothing_is_seen(prior, lik):
    evidence = prior @ lik
    likely = lik.masked_fill(evidence == 0, 1)
    joint = prior.view(-1, 1) * likely
    return joint / joint.sum(0, keepdim=True)


def distribution(draw, k):
    weights = draw.uniform(k, low=0.2, high=1)
    return weights / weights.sum()


def binary(draw, *shape):
    """Numbers with few digits, whose sums and products are exact in half precision."""
    return draw.integers(*shape, low=1, high=8).double() / 8


@case
def a_test_for_a_rare_disease(draw):
    wrong = draw.uniform(low=0.01, high=0.02).item()
    return draw.tensor([0.0015, 0.9985]), draw.tensor([[1.0 - 1e-3, 1e-3], [wrong, 1 - wrong]])


@case
def three_classes_and_four_observations(draw):
    return distribution(draw, 3), draw.uniform(3, 4, low=0.1)


@case
def as_many_classes_as_observations(draw):
    """Along the wrong axis the shapes fit, too."""
    return distribution(draw, 3), draw.uniform(3, 3, low=0.1)


@case
def densities_above_one(draw):
    return distribution(draw, 4), 5 * draw.uniform(2, 4, low=0.1).T


@case
def every_second_observation(draw):
    return draw.every_second(distribution(draw, 2)), draw.every_second(draw.uniform(2, 3, low=0.1))


@case
def two_tests_at_once(draw):
    """Independent given the class: likelihoods multiply, and are small."""
    first, second = draw.uniform(2, 2, low=0.01, high=0.99)
    return draw.tensor([0.0015, 0.9985]), first[:, None] * second


@case(aspect="edge")
def an_observation_that_no_class_explains(draw):
    lik = draw.uniform(3, 4, low=0.1)
    lik[:, 1] = 0
    return distribution(draw, 3), lik


@case(aspect="edge")
def observations_that_rule_classes_out(draw):
    return distribution(draw, 3), draw.uniform(3, 3, low=0.1) * (1 - torch.eye(3, dtype=torch.float64))


@case(aspect="edge")
def only_an_impossible_class_explains_it(draw):
    """Evidence is weighed with the prior: it is zero here, although a likelihood is not."""
    return draw.tensor([0.4, 0.0, 0.6]), draw.tensor([[0.0, 1.0], [1.0, 0.5], [0.0, 2.0]]) * draw.uniform(low=0.5)


@case(aspect="edge")
def one_class(draw):
    return draw.tensor([1.0]), draw.uniform(1, 3, low=0.1) * draw.tensor([1.0, 0.0, 1.0])


@case(aspect="edge")
def one_observation(draw):
    return distribution(draw, 4), draw.uniform(4, 1, low=0.1)


@case(aspect="edge")
def no_observations(draw):
    return distribution(draw, 2), draw.uniform(2, 0)


@case(aspect="stability")
def tiny_likelihoods(draw):
    """An epsilon would be larger than the evidence."""
    return distribution(draw, 3), 1e-20 * draw.uniform(3, 2, low=0.1)


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return draw.tensor([0.25, 0.25, 0.5]), binary(draw, 3, 4) * draw.tensor([1.0, 0.0, 1.0, 1.0])


@domain(outside={"huge, tiny, inf": "products neither overflow nor underflow"})
def any_classes(draw):
    k, m = draw.size(least=1), draw.size()
    prior = distribution(draw, k)
    if draw.pick(True, False, False) and k > 1:
        prior = prior.where(torch.arange(k) != draw.integer(0, k), 0 * prior)
        prior = prior / prior.sum()
    lik = draw.any(k, m, without="inf huge tiny negative large apart far").abs()
    draw.require(draw.precision != "float16" or not lik.gt(0).any() or lik[lik > 0].min() > 1e-2)
    return draw.laid_out(prior), lik


@batch
def more_classes(draw, n):
    return draw.full(n, value=1 / n), draw.uniform(n, 3)


@batch
def more_observations(draw, n):
    return draw.tensor([0.25, 0.75]), draw.uniform(2, n)


def with_prior_where_nothing_is_seen(answer, prior, lik):
    return torch.where(prior @ lik > 0, answer, prior[:, None].to(answer.dtype))


@misconception(
    "The prior is missing: you weigh the likelihoods alone, as if all classes were equally frequent. A rare disease "
    "stays unlikely even after a positive test.",
    "joint = prior[:, None] * lik, then joint / joint.sum(0)",
)
def prior_forgotten(prior, lik):
    return with_prior_where_nothing_is_seen(lik / lik.sum(0), prior, lik)


@misconception(
    "You divide by sums over the observations (axis 1). For each observation, each column, the classes share one "
    "probability: sum over them, along axis 0.",
    "joint / joint.sum(0)",
)
def normalised_over_observations(prior, lik):
    joint = prior[:, None] * lik
    return with_prior_where_nothing_is_seen(joint / joint.sum(1, keepdim=True), prior, lik)


@misconception(
    "An observation that no class explains has evidence 0, and there is no dividing by that: 0/0 is nan. The stub says "
    "what the answer is there: the prior.",
    "torch.where(evidence > 0, joint / evidence, prior[:, None])",
)
def zero_over_zero(prior, lik):
    joint = prior[:, None] * lik
    return joint / joint.sum(0)


@misconception(
    "The epsilon keeps 0/0 away, but it makes every other answer a little too small, and an observation without "
    "evidence gets zeros instead of the prior.",
    "torch.where(evidence > 0, joint / evidence, prior[:, None])",
    also=EPSILONS,
)
def epsilon_in_the_denominator(prior, lik, *, eps=1e-12):
    joint = prior[:, None] * lik
    return joint / (joint.sum(0) + eps)


@misconception(
    "Where the evidence is 0 you answer 0 for every class, which is no distribution. Nothing was learnt there: the "
    "prior stays.",
    "torch.where(evidence > 0, joint / evidence, prior[:, None])",
)
def zeros_without_evidence(prior, lik):
    return (prior[:, None] * lik / (prior @ lik)).nan_to_num(0.0)


@misconception(
    "Where the evidence is 0 you answer 1/k for every class, as if the prior had been forgotten with the observation. "
    "Nothing was learnt: the prior stays.",
    "torch.where(evidence > 0, joint / evidence, prior[:, None])",
)
def uniform_without_evidence(prior, lik):
    return torch.where(prior @ lik > 0, posterior(prior, lik), torch.full_like(lik, 1 / len(prior)))


@misconception(
    "You return products of prior and likelihood, which are joint probabilities P(c) P(x | c). Their columns do not "
    "sum to one: divide by the evidence.",
    "joint / joint.sum(0)",
)
def joint_only(prior, lik):
    return with_prior_where_nothing_is_seen(prior[:, None] * lik, prior, lik)


@misconception(
    "You divide by the sum of the whole table, so all observations together share one probability. Each column has an "
    "evidence of its own.",
    "joint / joint.sum(0)",
)
def one_evidence_for_all(prior, lik):
    joint = prior[:, None] * lik
    return with_prior_where_nothing_is_seen(joint / joint.sum(), prior, lik)


@misconception(
    "Your evidence is the sum of the likelihoods, without the prior: columns do not sum to one. The evidence is the "
    "sum of the products.",
    "evidence = (prior[:, None] * lik).sum(0)",
)
def evidence_without_the_prior(prior, lik):
    return with_prior_where_nothing_is_seen(prior[:, None] * lik / lik.sum(0), prior, lik)


@misconception(
    "The prior stands in a row, so it meets the observations and not the classes: an error, or, in a square table, "
    "numbers that look right.",
    "prior[:, None] * lik",
)
def prior_along_the_observations(prior, lik):
    joint = prior * lik
    return with_prior_where_nothing_is_seen(joint / joint.sum(0), prior, lik)


@misconception(
    "Observations stand in rows and classes in columns. The answer has the shape of lik, (k, m).",
    "Transpose it at the end: .T",
)
def transposed(prior, lik):
    return posterior(prior, lik).T


@misconception(
    "You take the softmax of the products themselves. It turns scores into probabilities, and probabilities are no "
    "scores: only their logarithms are.",
    "joint / joint.sum(0)",
)
def softmax_of_the_joint(prior, lik):
    return with_prior_where_nothing_is_seen((prior[:, None] * lik).softmax(0), prior, lik)


@misconception(
    "*= writes into the caller's likelihoods. Whoever asks again with another prior gets nonsense.",
    "Make a new tensor: prior[:, None] * lik",
    keeps="the answer is right",
)
def likelihoods_overwritten(prior, lik):
    answer = posterior(prior, lik)
    lik *= prior[:, None]
    return answer


@misconception(
    "The answer is forced to float32, which rounds float64 and widens half precision. It has the dtype of lik.",
    "Leave the dtype to the operations: no .float().",
    keeps="the numbers are right to seven digits",
)
def forced_to_float32(prior, lik):
    return posterior(prior.float(), lik.float())


@misconception(
    "Python goes from observation to observation, so the work grows with m. One product and one sum along axis 0 "
    "serve all columns.",
    "joint = prior[:, None] * lik, then joint / joint.sum(0)",
    keeps="every number is right",
)
def one_observation_at_a_time(prior, lik):
    columns = [posterior(prior, column) for column in lik.split(1, dim=1)]
    return torch.cat(columns, 1) if lik.shape[1] else posterior(prior, lik)


@first_attempt("prior_forgotten", "zero_over_zero")
def likelihoods_normalised(prior, lik):
    return lik / lik.sum(0)


@first_attempt("normalised_over_observations", "zero_over_zero")
def rows_normalised(prior, lik):
    joint = prior.reshape(-1, 1) * lik
    return joint / joint.sum(1, keepdim=True)


@first_attempt("evidence_without_the_prior", "zero_over_zero")
def divided_by_all_likelihoods(prior, lik):
    return prior[:, None] * lik / lik.sum(0)


@first_attempt("prior_along_the_observations", "zero_over_zero")
def a_row_of_priors(prior, lik):
    joint = prior * lik
    return joint / joint.sum(0)


@first_attempt("one_evidence_for_all", "zero_over_zero")
def divided_by_the_sum(prior, lik):
    joint = prior[:, None] * lik
    return joint / joint.sum()
