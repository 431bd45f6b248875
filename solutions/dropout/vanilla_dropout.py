"""The older form: training only masks, so testing turns every unit down to its average share."""

import torch
from _shared import MANY, READY_MADE, each_entry_by_its_own_coin, without_a_generator

from grader import Exercise, alternative, batch, case, domain, laws, misconception, reference

exercise = Exercise(
    points=2,
    gradients=("X",),
    forbid=READY_MADE,
    forbid_reason="Dropout is the exercise: draw a mask, and multiply with it.",
    equivalent={"> p": "a draw is p itself once in millions"},
)


@reference
def vanilla_dropout(X, p, training, generator=None):
    if not training:
        return X * (1 - p)
    return X * (torch.rand(X.shape, generator=generator, device=X.device) >= p)


@alternative
def one_factor_for_both(X, p, training, generator=None):
    if training:
        keep = torch.bernoulli(torch.full(X.shape, 1.0 - p, device=X.device), generator=generator).to(X.dtype)
    else:
        keep = 1.0 - p
    return keep * X


@alternative
def filled_with_zeros(X, p, training, generator=None):
    if training:
        return X.masked_fill(torch.rand(X.shape, generator=generator, device=X.device) < p, 0.0)
    return X - p * X


@case(dtypes=("float32",))
def training_drops_three_in_ten(draw):
    return draw.full(100, 100, value=2.0), 0.3, True, draw.generator()


@case(dtypes=("float32",))
def training_with_many_coins(draw):
    """So many that p + 0.02 shows."""
    return draw.full(MANY, MANY, value=1.0), 0.3, True, draw.generator()


@case(dtypes=("float32",))
def training_without_a_generator_of_its_own(draw):
    return draw.full(30, 30, value=1.0), 0.4, True, None


@case(dtypes=("float32",))
def training_drops_eight_in_ten(draw):
    return draw.full(100, 100, value=-0.5), 0.8, True, draw.generator()


@case
def testing_keeps_seven_in_ten(draw):
    return draw.normal(4, 5), 0.3, False, draw.generator()


@case
def testing_three_axes_in_another_order(draw):
    return draw.normal(2, 3, 4).transpose(0, 2), 0.8, False, draw.generator()


@case(aspect="edge")
def testing_where_training_drops_nothing(draw):
    return draw.normal(3, 3), 0.0, False, draw.generator()


@case(aspect="edge")
def testing_where_training_drops_everything(draw):
    return draw.normal(4, 3), 1.0, False, draw.generator()


@case(aspect="edge")
def training_drops_nothing(draw):
    return draw.normal(3, 4), 0.0, True, draw.generator()


@case(aspect="edge")
def training_drops_everything(draw):
    return draw.normal(5, 3), 1, True, draw.generator()


@case(aspect="edge", dtypes=("bfloat16",))
def training_in_half_precision(draw):
    return draw.normal(30, 40), 0.3, True, draw.generator()


@domain(outside={"inf": "inf times 0 is not a number"})
def any_mode(draw):
    p, training = draw.number(0, 1), draw.pick(True, True, False)
    half = draw.precision in ("float16", "bfloat16")
    draw.require(training or not half or p <= 0.9 or p == 1)  # x - p x has no digits left there, and is right
    X = draw.many() if training and 0 < p < 1 else draw.any(axes=(0, 4), without="inf")
    return X, p, training, draw.generator()


@laws
def what_must_hold(X, p, training, generator=None):
    if not training or p in (0, 1):
        return []
    return each_entry_by_its_own_coin(X, p, factor=1.0) if generator else without_a_generator()


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), 0.5, True, draw.generator()


@batch
def more_features_when_testing(draw, n):
    return draw.normal(3, n), 0.5, False, draw.generator()


def masked(X, p, generator):
    return X * (torch.rand(X.shape, generator=generator, device=X.device) >= p)


@misconception(
    "That is inverted dropout, which divides by 1 - p in training. Here training only masks; multiply in testing."
)
def inverted_form(X, p, training, generator=None):
    if not training:
        return X
    return masked(X, p, generator) / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "When testing all units are on, so the next layer gets more than it was trained with. Multiply by 1 - p there.",
    keeps="right in training",
)
def not_scaled_in_testing(X, p, training, generator=None):
    return masked(X, p, generator) if training else X


@misconception(
    "You multiply by the probability of dropping. Multiply by that of keeping, 1 - p.",
    keeps="right in training",
)
def scaled_by_the_drop_probability(X, p, training, generator=None):
    return masked(X, p, generator) if training else X * p


@misconception(
    "Dividing widens the gap: all units are on in testing already. Multiply by 1 - p.",
    keeps="right in training",
)
def divided_in_testing(X, p, training, generator=None):
    return masked(X, p, generator) if training else X / (1 - p)


@misconception("You rescale twice. Training only masks here: multiply by 1 - p in testing, and nowhere else.")
def scaled_in_training_too(X, p, training, generator=None):
    if not training:
        return X * (1 - p)
    return masked(X, p, generator) / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "You mask when testing too, so the same input gives two answers. Testing only multiplies by 1 - p.",
    keeps="training is right",
)
def masks_in_testing(X, p, training, generator=None):
    return masked(X, p, generator)


@misconception("p is the probability of dropping; you keep with probability p. Swap p and 1 - p in both branches.")
def keeps_with_probability_p(X, p, training, generator=None):
    return masked(X, 1 - p, generator) if training else X * p
