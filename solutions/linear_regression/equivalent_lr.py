"""A loss that is c times as large has gradients c times as long: the rate has to be 1/c of what it was."""

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(points=1, book="sec_linear_concise")

LOSSES = ("sum", "mean", "half sum", "half mean")


@reference
def equivalent_lr(lr, n, old, new):
    factors = {"sum": 1, "mean": 1 / n, "half sum": 1 / 2, "half mean": 1 / (2 * n)}
    if old not in factors or new not in factors:
        raise ValueError(f"there is no loss {old!r} or {new!r}")
    return lr * factors[old] / factors[new]


@alternative
def by_way_of_the_half_mean(lr, n, old, new):
    denominators = {"sum": 1.0, "mean": float(n), "half sum": 2.0, "half mean": 2.0 * n}
    try:
        return float(lr) / denominators[old] * denominators[new]
    except KeyError:
        raise ValueError("no such loss") from None


@alternative
def word_by_word(lr, n, old, new):
    for loss in (old, new):
        if loss not in ("sum", "mean", "half sum", "half mean"):
            raise ValueError(loss)
    rate = float(lr)
    if "half" in old:
        rate /= 2
    if "half" in new:
        rate *= 2
    if old.endswith("mean") and new.endswith("sum"):
        rate /= n
    elif old.endswith("sum") and new.endswith("mean"):
        rate *= n
    return rate


@alternative
def gradients_of_one_residual_compared(lr, n, old, new):
    def slope(loss):
        known = {"sum": (2.0, 1), "mean": (2.0, n), "half sum": (1.0, 1), "half mean": (1.0, n)}
        if loss not in known:
            raise ValueError(f"{loss} is no loss")
        numerator, denominator = known[loss]
        return numerator / denominator

    return slope(old) / slope(new) * lr


def rate(draw):
    return draw.uniform(low=0.01, high=0.5).item()


@case
def from_the_mean_to_the_sum(draw):
    return rate(draw), 10, "mean", "sum"


@case
def from_the_sum_to_the_mean(draw):
    return rate(draw), 64, "sum", "mean"


@case
def from_the_book_to_torch(draw):
    return rate(draw), 32, "half mean", "mean"


@case
def from_torch_to_the_book(draw):
    return rate(draw), 5, "mean", "half mean"


@case
def a_half_and_a_sum(draw):
    """Both factors change, in opposite directions."""
    return rate(draw), 7, "half sum", "mean"


@case
def a_half_mean_and_a_sum(draw):
    return rate(draw), 20, "half mean", "sum"


@case
def from_the_sum_to_the_half_mean(draw):
    return rate(draw), 3, "sum", "half mean"


@case
def from_half_to_half(draw):
    return rate(draw), 12, "half sum", "half mean"


@case(aspect="edge")
def the_same_loss(draw):
    return rate(draw), 16, "half mean", "half mean"


@case(aspect="edge")
def one_example(draw):
    """Sum and mean are the same, and only the half counts."""
    return rate(draw), 1, "half sum", "mean"


@case(aspect="edge")
def a_rate_of_one(draw):
    """An int, and a quotient below 1."""
    return 1, 7, "mean", "sum"


@case(raises="ValueError")
def no_such_loss(draw):
    return rate(draw), 8, "mean", "root mean"


@case(raises="ValueError")
def no_such_old_loss(draw):
    return rate(draw), 8, "half", "half"


@domain
def any_losses(draw):
    lr = draw.pick(rate(draw), rate(draw), 1, 2.0, 1e-6, 30.0)
    n = draw.pick(1, 2, draw.integer(3, 9), 256, 100_000)
    old, new = draw.pick(*LOSSES), draw.pick(*LOSSES)
    wrong = draw.pick("", "", "", "", "max", "half_mean")
    draw.raises("ValueError", wrong)
    return (lr, n, wrong or old, new) if draw.pick(True, False) else (lr, n, old, wrong or new)


def converted(lr, n, old, new, mean=lambda n: 1 / n, half=0.5):
    """The right rate but for the factors of a mean and of a half."""
    equivalent_lr(lr, n, old, new)
    factors = {"sum": 1, "mean": mean(n), "half sum": half, "half mean": half * mean(n)}
    return float(lr * factors[old] / factors[new])


@misconception(
    "The factor is upside down. The gradients of a sum are n times as long as those of a mean, so the same step needs "
    "a rate n times *smaller*.",
    "lr * factor[old] / factor[new]",
)
def upside_down(lr, n, old, new):
    return equivalent_lr(lr, n, new, old)


@misconception(
    "Python reads 1 / 2 * n from left to right, as (1 / 2) * n. So the factor of the half mean is n / 2, and not "
    "1 / (2 n).",
    "Write brackets: 1 / (2 * n).",
)
def brackets_missing(lr, n, old, new):
    equivalent_lr(lr, n, old, new)
    factors = {"sum": 1, "mean": 1 / n, "half sum": 1 / 2, "half mean": 1 / 2 * n}
    return float(lr * factors[old] / factors[new])


@misconception(
    "You leave n out. A sum over n examples has gradients n times as long as their mean.",
    'The factor of a "mean" is 1 / n.',
)
def n_ignored(lr, n, old, new):
    return converted(lr, n, old, new, mean=lambda n: 1)


@misconception(
    "You leave the half out. With 1/2 in front of the loss its gradients are half as long.",
    'The factor of a "half sum" is 1/2, that of a "half mean" 1 / (2 n).',
)
def half_ignored(lr, n, old, new):
    return converted(lr, n, old, new, half=1)


@misconception(
    "The half is upside down: a loss with 1/2 has shorter gradients, not longer ones.",
    'The factor of a "half sum" is 1/2.',
)
def half_upside_down(lr, n, old, new):
    return converted(lr, n, old, new, half=2)


@misconception(
    "You take the half for a quarter, as if the residual were halved before it is squared.",
    'The factor of a "half sum" is 1/2.',
)
def half_squared(lr, n, old, new):
    return converted(lr, n, old, new, half=0.25)


@misconception(
    "The root of n belongs to the noise of a gradient, which shrinks like 1/√n. Its length as a sum grows with n "
    "itself.",
    'The factor of a "mean" is 1 / n.',
)
def root_of_n(lr, n, old, new):
    return converted(lr, n, old, new, mean=lambda n: n**-0.5)


@misconception(
    "The rate comes back unchanged. The minimum is the same for all these losses, but the steps are not.",
    "lr * factor[old] / factor[new]",
)
def unchanged(lr, n, old, new):
    equivalent_lr(lr, n, old, new)
    return float(lr)


@misconception(
    "You look at the new loss alone, as if the old one had been a plain sum. What it was counts as much.",
    "lr * factor[old] / factor[new]",
)
def old_loss_ignored(lr, n, old, new):
    equivalent_lr(lr, n, old, new)
    return equivalent_lr(lr, n, "sum", new)


@misconception(
    "You look at the old loss alone, as if the new one were a plain sum.",
    "lr * factor[old] / factor[new]",
)
def new_loss_ignored(lr, n, old, new):
    equivalent_lr(lr, n, old, new)
    return equivalent_lr(lr, n, old, "sum")


@misconception(
    "You multiply both factors. The old one multiplies the rate, the new one divides it.",
    "lr * factor[old] / factor[new]",
)
def both_factors_multiplied(lr, n, old, new):
    return equivalent_lr(lr, n, old, new) * equivalent_lr(1, n, new, "sum") ** 2


@misconception(
    "You divide integers: // throws away what is behind the point.",
    "Use /, not //.",
)
def whole_division(lr, n, old, new):
    return float(equivalent_lr(lr, n, old, new) // 1)


@misconception(
    "You round the rate to a few decimals. A small rate becomes 0, and nothing is learnt.",
    "Return the quotient as it is.",
    chance="a rate may have few digits",
)
def rounded(lr, n, old, new):
    return round(equivalent_lr(lr, n, old, new), 3)


@misconception(
    "An unknown loss passes for a plain one. The stub promises a ValueError.",
    'raise ValueError(f"there is no loss {new!r}")',
    keeps="the numbers are right",
)
def unknown_losses_accepted(lr, n, old, new):
    old, new = (loss if loss in LOSSES else "mean" for loss in (old, new))
    return equivalent_lr(lr, n, old, new)


@first_attempt("upside_down", "half_ignored", "unknown_losses_accepted")
def times_n_for_a_sum(lr, n, old, new):
    if old.endswith("mean") and new.endswith("sum"):
        return float(lr * n)
    if old.endswith("sum") and new.endswith("mean"):
        return lr / n
    return float(lr)


@first_attempt("old_loss_ignored", "unknown_losses_accepted")
def a_chain_of_ifs_for_the_new_loss(lr, n, old, new):
    if new == "mean":
        return float(lr * n)
    if new == "half sum":
        return 2.0 * lr
    return 2.0 * lr * n if new == "half mean" else float(lr)


@first_attempt("root_of_n", "half_ignored")
def rule_of_the_square_root(lr, n, old, new):
    return converted(lr, n, old, new, mean=lambda n: n**-0.5, half=1)
