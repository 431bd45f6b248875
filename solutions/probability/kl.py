"""0 log 0 is 0, and what q says never happens costs infinitely much: choose entries before taking logarithms."""

import torch

from grader import (
    EPSILONS,
    Exercise,
    alternative,
    batch,
    case,
    domain,
    first_attempt,
    misconception,
    picture,
    reference,
)

exercise = Exercise(
    points=2,
    forbid=("kl_div", "kldivloss", "kl_divergence", "distributions", "rel_entr", "entr", "xlogy", "xlog1py"),
    forbid_reason="The divergence is the exercise: build it from logarithms, products and sums.",
    weights={"edge": 2},
    equivalent={"p != 0": "probabilities are not negative"},
    book=("sec_information_theory", "sec_softmax"),
)


@reference
def kl(p, q):
    happens = p > 0
    ones = torch.ones_like(p)
    logarithms = torch.where(happens, p, ones).log() - torch.where(happens, q, ones).log()
    return (p * logarithms).sum()


@alternative
def entries_that_happen(p, q):
    i = p.nonzero().squeeze(1)
    return torch.dot(p[i], (p[i] / q[i]).log())


@alternative
def cross_entropy_less_entropy(p, q):
    own = p.masked_fill(p == 0, 1).log()
    of_q = torch.where(p == 0, torch.zeros_like(q), q.log())
    return torch.einsum("i,i->", p, own - of_q)


@alternative
def nan_means_nothing(p, q):
    terms = p * torch.log(p / q)
    return torch.where(p == 0, torch.zeros_like(terms), terms).sum()


@alternative
def by_binary_logarithms(p, q):
    kept = p != 0
    bits = p[kept].log2() - q[kept].log2()
    return (p[kept] * bits).sum() * torch.log(torch.full_like(p[0], 2))


def distribution(draw, k):
    weights = draw.uniform(k, low=0.2, high=1)
    return weights / weights.sum()


def far_from(draw, k):
    """Two distributions that differ: where they nearly agree, the terms cancel."""
    weights = draw.uniform(k, low=0.5, high=1) * 3.0 ** torch.arange(k)
    p = weights / weights.sum()
    return p, p.flip(0)


@case
def everyday_distributions(draw):
    return far_from(draw, 4)


@case
def a_coin_that_is_not_fair(draw):
    heads = draw.uniform(low=0.85, high=0.95).item()
    return draw.tensor([heads, 1 - heads]), draw.tensor([0.5, 0.5])


@case
def a_fair_coin_and_a_model_that_is_sure(draw):
    """The same two the other way round: another number."""
    heads = draw.uniform(low=0.85, high=0.95).item()
    return draw.tensor([0.5, 0.5]), draw.tensor([heads, 1 - heads])


@case
def every_second_entry(draw):
    p, q = far_from(draw, 5)
    return draw.every_second(p), draw.every_second(q)


@case
def many_outcomes(draw):
    p = draw.uniform(100, low=0.01) ** 3
    q = draw.uniform(100, low=0.01)
    return p / p.sum(), q / q.sum()


@case(aspect="edge")
def outcomes_that_never_happen(draw):
    p = draw.tensor([0.0, 0.75, 0.25, 0.0])
    return p, distribution(draw, 4)


@case(aspect="edge")
def never_in_both(draw):
    """0 log (0 / 0) is 0 as well."""
    zero = draw.tensor([1.0, 0.0, 1.0, 0.0])
    p, q = draw.tensor([0.2, 0.0, 0.8, 0.0]), zero * draw.uniform(4, low=0.4, high=0.6)
    return p, q / q.sum()


@case(aspect="edge")
def certain(draw):
    return draw.tensor([0.0, 1.0, 0.0]), distribution(draw, 3)


@case(aspect="edge", weight=3)
def the_model_says_never(draw):
    q = distribution(draw, 3)
    return draw.tensor([0.25, 0.25, 0.5]), draw.tensor([0.0, 1.0, 1.0]) * q / q[1:].sum()


@case(aspect="edge", weight=3)
def never_and_yet_it_is_certain(draw):
    return draw.tensor([0.0, 0.0, 1.0]), draw.tensor([1.0, 1.0, 0.0]) * draw.uniform(3, low=0.4, high=0.6)


@case(aspect="edge")
def the_same_distribution(draw):
    return draw.tensor([0.5, 0.25, 0.25]), draw.tensor([0.5, 0.25, 0.25])


@case(aspect="edge")
def one_outcome(draw):
    return draw.tensor([1.0]), draw.tensor([1.0])


@case(aspect="stability")
def hardly_possible_outcomes(draw):
    """An epsilon in the logarithm would be larger than q."""
    rare = 1e-30 * (1 + draw.uniform(2))
    return draw.tensor([0.5, 0.3, 0.2]), torch.cat([rare, 1 - rare.sum(0, keepdim=True)])


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return draw.tensor([0.5, 0.0, 0.25, 0.25]), draw.tensor([0.0625, 0.5, 0.125, 0.3125])


@domain
def any_distributions(draw):
    k = draw.size(least=1)
    p, q = distribution(draw, k), distribution(draw, k)
    kinds = [draw.pick("any", "zero", "certain", "rare") for _ in range(2)]
    made = []
    for x, kind in zip((p, q), kinds, strict=True):
        at = torch.arange(k) == draw.integer(0, k)
        x = {"any": x, "zero": x.masked_fill(at, 0), "certain": at * x, "rare": torch.where(at, 1e-3 * x, x)}[kind]
        draw.require(k == 1 or kind != "zero" or bool(x.any()))
        made.append(x / x.sum() if bool(x.any()) else torch.ones_like(x))
    p, q = made
    p, q = draw.pick((p, q), (p, q), (p, p.clone()))
    happens = p > 0
    ratio = torch.where(happens, p / q.masked_fill(~happens, 1), 1)
    value = float((p * ratio.log()).sum())
    same = torch.equal(p, q) and bool(((p == 0) | (p == 1)).all())
    draw.require(value > 0.05 or same)  # less is all rounding, unless the terms themselves are 0
    return draw.laid_out(p), draw.laid_out(q)


@batch
def more_outcomes(draw, n):
    return draw.full(n, value=1 / n), draw.full(n, value=1 / n)


def entropy_like(p, q):
    """minus sum p log q over what happens."""
    return -(p * torch.where(p > 0, q, torch.ones_like(q)).log()).sum()


@picture("curve", x="probability of heads that is believed", y="divergence")
def of_a_coin(draw):
    """The divergence is zero where belief and truth agree, and grows without bound at certainty that is wrong."""
    believed = torch.linspace(0.01, 0.99, 50)
    of = {f"true probability {p}": torch.tensor([p, 1 - p]) for p in (0.5, 0.9)}
    return believed, {label: [(p, torch.stack([q, 1 - q])) for q in believed] for label, p in of.items()}


@misconception(
    "0 times the logarithm of 0 is nan in floating point: 0 * -inf. By convention it is 0, for what never happens "
    "costs nothing.",
    "Take logarithms only where p > 0: keep = p > 0, then p[keep] and q[keep].",
)
def zero_times_minus_infinity(p, q):
    return (p * (p / q).log()).sum()


@misconception(
    "The epsilon hides the infinite case: a model that says never gets a large number instead of inf. And it moves "
    "every other answer a little.",
    "No epsilon; take logarithms only where p > 0.",
    also=EPSILONS,
)
def epsilon_in_the_logarithm(p, q, *, eps=1e-8):
    return (p * ((p + eps) / (q + eps)).log()).sum()


@misconception(
    "You leave out what q says never happens, even if it happens in p. That is what costs infinitely much: the answer "
    "is inf.",
    "Leave out entries where p is 0, and no others.",
    keeps="right but for the infinite case",
)
def impossible_outcomes_left_out(p, q):
    both = (p > 0) & (q > 0)
    return (p[both] * (p[both] / q[both]).log()).sum()


@misconception(
    "nan_to_num turns infinities into finite numbers as well, so the answer that ought to be inf becomes a large one.",
    "Take logarithms only where p > 0; inf then comes by itself.",
    keeps="right but for the infinite case",
)
def nan_and_infinity_replaced(p, q):
    return (p * (p / q).log()).nan_to_num(posinf=1e4).sum()


@misconception(
    "Where p or q is 0 you clamp it at a small number, so the logarithm is finite, and with it an answer that ought "
    "to be inf.",
    "No clamp; take logarithms only where p > 0.",
    also=EPSILONS,
)
def clamped(p, q, *, eps=1e-12):
    return (p * (p.clamp(min=eps).log() - q.clamp(min=eps).log())).sum()


@misconception(
    "You average the logarithm of q alone, which is the cross-entropy. The divergence is what it has more than the "
    "entropy of p: even the best model pays the entropy.",
    "Subtract the entropy: p * (log p - log q)",
)
def cross_entropy(p, q):
    return entropy_like(p, q)


@misconception(
    "That is the entropy of p, and q plays no part in it.",
    "p * (log p - log q), summed",
)
def entropy(p, q):
    return entropy_like(p, p) + 0 * q.sum()


@misconception(
    "The sign is wrong: a divergence is never negative. You divide q by p, or subtract the logarithms the other way "
    "round.",
    "p * (log p - log q)",
)
def negative(p, q):
    return -kl(p, q)


@misconception(
    "You weigh with q, which gives D(q || p). The divergence is not symmetric: the average is over what comes from p.",
    "p * (log p - log q)",
)
def the_other_way_round(p, q):
    return kl(q, p)


@misconception(
    "You add both directions, which makes a symmetric number of it. The KL divergence is not symmetric.",
    "Only D(p || q): p * (log p - log q)",
)
def both_directions(p, q):
    return kl(p, q) + kl(q, p)


@misconception(
    "That is the Jensen-Shannon divergence: both are compared with their mean, so it is symmetric and always finite. "
    "The task asks for the KL divergence.",
    "p * (log p - log q), without the mean of the two",
)
def jensen_shannon(p, q):
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


@misconception(
    "You average over the outcomes. The probabilities p are the weights already: sum.",
    "Put sum() in place of mean().",
)
def averaged(p, q):
    return kl(p, q) / len(p)


@misconception(
    "Your logarithm has base 2, which counts in bits. Here it is the natural one.",
    "Use log in place of log2.",
)
def in_bits(p, q):
    return kl(p, q) / torch.log(torch.full_like(p[0], 2))


@misconception(
    "Softmax turns scores into probabilities, but p and q are probabilities already; applied to them it makes them "
    "nearly uniform.",
    "Use p and q as they are.",
)
def softmax_of_probabilities(p, q):
    return kl(p.softmax(0), q.softmax(0))


@misconception(
    "You return one term for each outcome. The divergence is their sum.",
    "Put .sum() at the end.",
)
def terms_not_summed(p, q):
    return torch.where(p > 0, p * (p / q).log(), torch.zeros_like(p))


@misconception(
    "You answer with a Python float. The task asks for a tensor of shape () with the dtype of p.",
    "Leave out float() and .item().",
    keeps="the number is right",
)
def a_python_float(p, q):
    return float(kl(p, q))


@misconception(
    "Zeros are written over in the caller's distributions, which no longer sum to one.",
    "Make new tensors: torch.where(p > 0, p, torch.ones_like(p))",
    keeps="the answer is right",
)
def zeros_overwritten(p, q):
    answer = kl(p, q)
    p[p == 0] = 1
    q[q == 0] = 1
    return answer


@misconception(
    "The answer is forced to float32, which rounds float64 and widens half precision. It has the dtype of p.",
    "Leave the dtype to the operations: no .float().",
    keeps="the numbers are right to seven digits",
)
def forced_to_float32(p, q):
    return kl(p.float(), q.float())


@misconception(
    "Python goes from outcome to outcome, so the work grows with k. Logarithms, products and sums take whole tensors.",
    "keep = p > 0, then (p[keep] * (p[keep] / q[keep]).log()).sum()",
    keeps="every number is right",
)
def one_outcome_at_a_time(p, q):
    total = torch.zeros_like(p[0])
    for a, b in zip(p, q, strict=True):
        if a > 0:
            total = total + a * (a / b).log()
    return total


@first_attempt("cross_entropy", "zero_times_minus_infinity")
def surprise_of_the_model(p, q):
    return -(p * q.log()).sum()


@first_attempt("the_other_way_round", "zero_times_minus_infinity")
def exchanged_and_plain(p, q):
    return (q * (q / p).log()).sum()


@first_attempt("epsilon_in_the_logarithm", "averaged")
def a_mean_with_an_epsilon(p, q):
    return (p * ((p + 1e-8) / (q + 1e-8)).log()).mean()


@first_attempt("zero_times_minus_infinity", "in_bits")
def plain_bits(p, q):
    return (p * (p / q).log2()).sum()


@first_attempt("negative", "zero_times_minus_infinity")
def a_minus_too_many(p, q):
    return -(p * (p.log() - q.log())).sum()
