"""Dropout keeps the mean and adds noise, even to a constant: that noise is why it regularises."""

import torch

from grader import Exercise, alternative, arguments, case, domain, misconception, picture, reference

exercise = Exercise(book="sec_dropout", points=2)


@reference
def dropout_moments(mu, var, p, inverted=True):
    q = 1 - p
    if inverted:
        return float(mu), var / q + mu**2 * p / q
    return q * mu, q * var + p * q * mu**2


@alternative
def variance_of_a_product(mu, var, p, inverted=True):
    """Var[mx] = Var[m] Var[x] + Var[m] E[x]^2 + E[m]^2 Var[x], by independence."""
    mean, variance = 1 - p, p * (1 - p)
    scale = 1 / (1 - p) if inverted else 1.0
    return scale * mean * mu, scale**2 * (variance * var + variance * mu**2 + mean**2 * var)


@alternative
def law_of_total_variance(mu, var, p, inverted=True):
    q = 1 - p
    c = 1 / q if inverted else 1
    return c * q * mu, q * c * c * var + q * p * (c * mu) ** 2


def number(draw, low, high):
    return draw.uniform(low=low, high=high).item()


@case
def dropped_now_and_then(draw):
    return number(draw, 1, 2), number(draw, 0.5, 1), 0.3


@case
def nearly_always_dropped(draw):
    return number(draw, -3, -2), number(draw, 1, 2), 0.9


@case
def a_constant(draw):
    """No variance before; all of it is the coin's."""
    return number(draw, 1, 2), 0.0, 0.2


@case
def around_zero(draw):
    return 0.0, number(draw, 1, 2), 0.4


@case
def not_rescaled(draw):
    return arguments(number(draw, 1, 2), number(draw, 0.5, 1), 0.3, inverted=False)


@case
def a_constant_not_rescaled(draw):
    return number(draw, -2, -1), 0.0, 0.8, False


@case(aspect="edge")
def nothing_dropped(draw):
    return number(draw, 1, 2), number(draw, 2, 3), 0.0


@case(aspect="edge")
def whole_numbers(draw):
    return draw.integer(2, 5), draw.integer(2, 5), 0.6, False


@case(aspect="stability")
def a_tiny_spread_far_from_zero(draw):
    """mu^2 + var is mu^2 in floating point."""
    return number(draw, 1000, 2000), number(draw, 1e-12, 2e-12), 0.0


@case(aspect="stability")
def hardly_ever_dropped_far_from_zero(draw):
    """What is subtracted from its like is lost, for p = 0 and just as well beside it."""
    return number(draw, 1000, 2000), number(draw, 1e-9, 2e-9), 1e-18


@domain
def any_unit(draw):
    mu = draw.pick(0, 0.0, 3, number(draw, -2, -1), number(draw, 0.1, 0.9), number(draw, 1e3, 2e3))
    var = draw.pick(0, 0.0, 2, number(draw, 0.1, 0.9), number(draw, 1e-9, 2e-9), number(draw, 1e3, 2e3))
    p = draw.pick(draw.number(0, 1, without="high"), draw.number(0, 1, without="low high"), 1e-9)
    if draw.pick(True, False, False):  # what is subtracted from its like is lost
        mu, var = number(draw, 1e3, 2e3), number(draw, 1e-9, 2e-9)
    return mu, var, p, draw.flag()


@picture("curve", x="p", y="variance", part="[1]")
def noise_that_grows(draw):
    """Inverted dropout keeps the mean and adds noise, more the more is dropped; without scaling both shrink."""
    ps = torch.linspace(0, 0.9, 46).tolist()
    ways = {"inverted": True, "not inverted": False}
    return ps, {label: [(1.0, 0.5, p, inverted) for p in ps] for label, inverted in ways.items()}


@misconception(
    "Your variance is that of a unit that is multiplied by a constant. Switching a unit on and off at random "
    "adds noise of its own.",
    "Compute E[y^2] - E[y]^2, with E[m^2] = 1 - p: inverted dropout gives var / (1 - p) + mu^2 p / (1 - p).",
)
def only_the_mean_is_kept(mu, var, p, inverted=True):
    return (float(mu), var) if inverted else ((1 - p) * mu, (1 - p) ** 2 * var)


@misconception(
    "Your variance is the second moment E[y^2]. It is the variance only where the mean is zero.",
    "Subtract the square of the mean, on paper, until no minus between large numbers is left.",
)
def second_moment(mu, var, p, inverted=True):
    m2 = (1 - p) * (var + mu**2)
    return (float(mu), m2 / (1 - p) ** 2) if inverted else ((1 - p) * mu, m2)


@misconception(
    "p is the probability of dropping. You use it as that of keeping.",
    "Put 1 - p where you have p, and p where you have 1 - p.",
)
def p_as_the_keep_probability(mu, var, p, inverted=True):
    if inverted:
        return float(mu), (var + (1 - p) * mu**2) / p if p > 0 else var
    return p * mu, p * var + p * (1 - p) * mu**2


@misconception(
    "Your variance does not depend on mu. Dropping moves a unit from mu to zero, so even a constant gets a "
    "variance. E[x^2] is var + mu^2, not var.",
    "Add the term that comes from mu^2: mu^2 p / (1 - p) for inverted dropout, p (1 - p) mu^2 for the other.",
)
def as_if_centred(mu, var, p, inverted=True):
    return (float(mu), var / (1 - p)) if inverted else ((1 - p) * mu, (1 - p) * var)


@misconception(
    "You ignore the argument inverted. Without the division by 1 - p the mean is smaller, and so is the variance.",
    "Where inverted is False, multiply your mean by 1 - p and your variance by (1 - p)**2.",
)
def always_inverted(mu, var, p, inverted=True):
    return float(mu), var / (1 - p) + mu**2 * p / (1 - p)


@misconception(
    "For inverted dropout you divide the variance by 1 - p only once. A constant factor c multiplies the mean by "
    "c, but the variance by c^2.",
    "Divide the variance of m x by (1 - p)**2.",
)
def factor_not_squared(mu, var, p, inverted=True):
    mean, variance = (1 - p) * mu, (1 - p) * var + p * (1 - p) * mu**2
    return (float(mu), variance / (1 - p)) if inverted else (mean, variance)


@misconception(
    "Your second number is the standard deviation. The variance is asked for.",
    "Leave out the square root.",
)
def standard_deviation(mu, var, p, inverted=True):
    mean, variance = dropout_moments(mu, var, p, inverted)
    return mean, variance**0.5


@misconception(
    "You subtract E[y]^2 from E[y^2]. Far from zero these are two large numbers that nearly cancel, and var is lost "
    "in rounding.",
    "Expand E[y^2] - E[y]^2 by hand until no minus is left: var / q + mu**2 * p / q for inverted dropout, where "
    "q = 1 - p.",
    keeps="right on paper",
)
def second_moment_minus_square(mu, var, p, inverted=True):
    q, m2 = 1 - p, var + mu**2
    return (float(mu), m2 / q - mu**2) if inverted else (q * mu, q * m2 - (q * mu) ** 2)


@misconception(
    "In your variance stands mu where its square belongs. A variance has the unit of a square: doubling x makes "
    "it four times as large.",
    "Write mu**2 for mu in the second term, which comes from E[x^2] = var + mu^2.",
)
def mean_not_squared(mu, var, p, inverted=True):
    q = 1 - p
    return (float(mu), var / q + mu * p / q) if inverted else (q * mu, q * var + p * q * mu)
