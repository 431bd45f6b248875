"""Four schedules that begin with one rate: what counts is where counting begins, and what is a power."""

import math

from grader import Exercise, alternative, arguments, case, domain, first_attempt, misconception, picture, reference

exercise = Exercise(
    points=1,
    book="sec_scheduler",
    forbid=("optim", "lr_scheduler"),
    forbid_reason="The schedules are the exercise: compute the rates yourself.",
)


@reference
def lr_at(t_, eta0, kind, gamma=0.9, every=10):
    if kind == "inv_sqrt":
        return float(eta0 / math.sqrt(t_ + 1))
    power = {"const": 0, "exp": t_, "step": t_ // every}[kind]
    return float(eta0 * gamma**power)


@alternative
def a_table_of_factors(t_, eta0, kind, gamma=0.9, every=10):
    factors = {"const": 1.0, "inv_sqrt": (1 + t_) ** -0.5, "exp": pow(gamma, t_), "step": pow(gamma, t_ // every)}
    return eta0 * factors[kind]


@alternative
def one_factor_after_the_other(t_, eta0, kind, gamma=0.9, every=10):
    if kind == "const":
        return float(eta0)
    if kind == "inv_sqrt":
        return eta0 / (t_ + 1) ** 0.5
    rate = eta0
    for step in range(1, t_ + 1):
        if kind == "exp" or step % every == 0:
            rate *= gamma
    return float(rate)


@alternative
def matched(t_, eta0, kind, gamma=0.9, every=10):
    match kind:
        case "const":
            return 1.0 * eta0
        case "inv_sqrt":
            return eta0 / math.hypot(1, math.sqrt(t_))
        case "exp":
            return eta0 * math.pow(gamma, t_)
        case _:
            return eta0 * math.pow(gamma, math.floor(t_ / every))


def rate(draw):
    return draw.uniform(low=0.05, high=0.4).item()


def factor(draw):
    return draw.uniform(low=0.6, high=0.8).item()


@case
def the_same_rate_for_ever(draw):
    return draw.integer(5, 50), rate(draw), "const"


@case
def one_over_the_root(draw):
    return draw.integer(2, 8), rate(draw), "inv_sqrt"


@case
def one_over_the_root_of_a_large_number(draw):
    return draw.integer(10_000, 20_000), rate(draw), "inv_sqrt"


@case
def exponential_decay(draw):
    return draw.integer(3, 9), rate(draw), "exp", factor(draw)


@case
def exponential_decay_with_the_usual_factor(draw):
    """gamma is left out."""
    return draw.integer(3, 9), rate(draw), "exp"


@case(aspect="edge")
def nothing_is_left(draw):
    return draw.integer(2, 5), rate(draw), "exp", 0.0


@case(aspect="edge")
def everything_is_there_at_the_beginning(draw):
    """0 to the power of 0 is 1: the first rate is eta0."""
    return 0, rate(draw), "exp", 0.0


@case(aspect="edge")
def very_many_steps(draw):
    return draw.integer(20_000, 30_000), rate(draw), "exp", 0.9999


@case
def inside_a_step(draw):
    return draw.integer(16, 19), rate(draw), "step"


@case
def short_steps(draw):
    """every is 3, and one more step than that many times two, three or four has been made."""
    return 3 * draw.integer(2, 5) + 1, rate(draw), "step", factor(draw), 3


@case(weight=2)
def just_before_a_step(draw):
    return 4 * draw.integer(5, 9) - 1, rate(draw), "step", factor(draw), 4


@case(weight=2)
def exactly_at_a_step(draw):
    return 4 * draw.integer(2, 6), rate(draw), "step", factor(draw), 4


@case(aspect="edge")
def the_first_rate_of_one_over_the_root(draw):
    return 0, rate(draw), "inv_sqrt"


@case(aspect="edge")
def the_first_rate_of_exponential_decay(draw):
    return 0, rate(draw), "exp", factor(draw)


@case(aspect="edge")
def the_first_rate_of_the_steps(draw):
    """Nothing is completed, and nothing is near it."""
    return arguments(draw.integer(1, 3), rate(draw), "step", every=5)


@case(aspect="edge")
def a_step_after_each(draw):
    """every = 1 is exponential decay."""
    return draw.integer(3, 9), rate(draw), "step", factor(draw), 1


@case(aspect="edge")
def a_factor_of_zero(draw):
    """0 to the power of 0 is 1: the first rate is not touched by it."""
    return 0, rate(draw), "exp", 0.0


@domain
def any_time(draw):
    kind = draw.pick("const", "inv_sqrt", "exp", "step")
    gamma = draw.pick(draw.left_out, 0.5, 1.0, 0.0, draw.uniform(low=0.4, high=0.99).item())
    every = draw.pick(draw.left_out, 1, 2, 3, 7)
    t = draw.pick(0, 1, 2, 3, 5, 6, 9, 10, 11, 20, 29, 30)
    return arguments(t, draw.pick(0.0, rate(draw), rate(draw), 1.0), kind, gamma=gamma, every=every)


def schedule(t_, eta0, kind, inv_sqrt, exp, step):
    return float({"const": eta0, "inv_sqrt": inv_sqrt, "exp": exp, "step": step}[kind])


def of(t_, eta0, gamma, every):
    return {kind: lr_at(t_, eta0, kind, gamma, every) for kind in ("inv_sqrt", "exp", "step")}


@picture("curve", x="t", y="learning rate")
def four_schedules(draw):
    """All schedules begin with one rate: one keeps it, the others fall, smoothly or in steps."""
    steps = range(41)
    return steps, {kind: [(t, 1.0, kind) for t in steps] for kind in ("const", "inv_sqrt", "exp", "step")}


@misconception(
    "Under the root stands t, but the first step is t = 0, and its rate is eta0. The root of 0 cannot divide anything.",
    "eta0 / math.sqrt(t_ + 1)",
    keeps="right for the other schedules",
)
def root_of_t(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"inv_sqrt": eta0 / math.sqrt(max(t_, 1))}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The rate is divided by t + 1 itself. The root makes it fall more slowly.",
    "eta0 / math.sqrt(t_ + 1)",
    keeps="right for the other schedules",
)
def without_the_root(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"inv_sqrt": eta0 / (t_ + 1)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The 1 is added to the root. It belongs under it.",
    "eta0 / math.sqrt(t_ + 1)",
    keeps="right for the other schedules",
)
def one_added_outside_the_root(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"inv_sqrt": eta0 / (math.sqrt(t_) + 1)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "gamma is multiplied by the number of steps. It is a factor of every step, so it is taken to that power.",
    "eta0 * gamma**t_",
)
def gamma_times_t(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"exp": eta0 * gamma * t_, "step": eta0 * gamma * (t_ // every)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The first rate is multiplied already. All schedules begin with eta0.",
    "gamma**t_, and not gamma ** (t_ + 1).",
)
def one_power_too_many(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"exp": eta0 * gamma ** (t_ + 1), "step": eta0 * gamma ** (t_ // every + 1)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "That is exp(-gamma t), another schedule. Here gamma is the factor itself.",
    "eta0 * gamma**t_",
    keeps="right for the other schedules",
)
def natural_exponential(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"exp": eta0 * math.exp(-gamma * t_)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "Steps and exponential decay have become one: the rate of that schedule falls between the steps as well.",
    "Count whole steps: t_ // every.",
    keeps="right for the other schedules, and at the steps",
)
def steps_without_corners(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"step": eta0 * gamma ** (t_ / every)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The rate is multiplied one step too late: it should change at t = every, when so many steps are completed.",
    "t_ // every",
    keeps="right for the other schedules",
)
def one_step_too_late(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"step": eta0 * gamma ** (max(t_ - 1, 0) // every)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The rate is multiplied one step too early: at t = every - 1 only that many steps are completed.",
    "t_ // every",
    keeps="right for the other schedules",
)
def one_step_too_early(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"step": eta0 * gamma ** ((t_ + 1) // every)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The number of steps is rounded to the nearest. Only completed ones count.",
    "t_ // every",
    keeps="right for the other schedules",
)
def rounded_steps(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"step": eta0 * gamma ** round(t_ / every)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "t % every is what is left over since the rate fell last, so the rate falls with every step and then jumps back.",
    "Count the completed ones: t_ // every.",
    keeps="right for the other schedules",
)
def remainder_for_the_quotient(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"step": eta0 * gamma ** (t_ % every)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The rate is multiplied once and then stays. Each completed step multiplies it again.",
    "gamma ** (t_ // every)",
    keeps="right for the other schedules",
)
def a_single_step(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"step": eta0 * (gamma if t_ >= every else 1)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The rate falls at the steps alone and is back at eta0 in between.",
    "Take gamma to the power of t_ // every in every step.",
    keeps="right for the other schedules",
)
def only_at_the_steps(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"step": eta0 * (gamma ** (t_ // every) if t_ % every == 0 else 1)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "every is a constant of your own; the argument is ignored.",
    "t_ // every",
    keeps="right for the other schedules",
)
def every_ignored(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"step": eta0 * gamma ** (t_ // 10)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "gamma is a constant of your own; the argument is ignored.",
    "Use gamma as it is given.",
    keeps="right where gamma is left out",
)
def gamma_ignored(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"exp": eta0 * 0.9**t_, "step": eta0 * 0.9 ** (t_ // every)}
    return schedule(t_, eta0, kind, **rates)


@misconception(
    "The rate grows: the power divides where it should multiply.",
    "eta0 * gamma**t_",
    keeps="right where gamma plays no part",
)
def growing(t_, eta0, kind, gamma=0.9, every=10):
    if kind in ("exp", "step"):
        return eta0 / gamma ** (t_ if kind == "exp" else t_ // every)
    return lr_at(t_, eta0, kind)


@misconception(
    "You return by what the rate is multiplied, without eta0.",
    "Multiply it by eta0.",
)
def factors_alone(t_, eta0, kind, gamma=0.9, every=10):
    return lr_at(t_, 1.0, kind, gamma, every)


@first_attempt("root_of_t", "steps_without_corners")
def as_they_come_to_mind(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_, eta0, gamma, every)
    rates |= {"inv_sqrt": eta0 / math.sqrt(max(t_, 1)), "step": eta0 * gamma ** (t_ / every)}
    return schedule(t_, eta0, kind, **rates)


@first_attempt("one_power_too_many", "one_step_too_early")
def counted_from_one(t_, eta0, kind, gamma=0.9, every=10):
    rates = of(t_ + 1, eta0, gamma, every)
    return schedule(t_, eta0, kind, **rates)
