"""The older form: training only masks, so testing turns every unit down to its average share."""

import torch
from _shared import MANY, READY_MADE, each_entry_by_its_own_coin, without_a_generator

from grader import Exercise, alternative, batch, case, domain, laws, misconception, reference

exercise = Exercise(
    book="sec_dropout",
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
    "This is inverted dropout, which divides by 1 - p in training. Here training only masks, and testing does "
    "the scaling.",
    "Return X * mask in training, and (1 - p) * X when testing.",
)
def inverted_form(X, p, training, generator=None):
    if not training:
        return X
    return masked(X, p, generator) / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "When testing all units are on, so the next layer gets more than it was trained with.",
    "Multiply by 1 - p when testing: (1 - p) * X.",
    keeps="right in training",
)
def not_scaled_in_testing(X, p, training, generator=None):
    return masked(X, p, generator) if training else X


@misconception(
    "You multiply by the probability of dropping when testing. On average a unit was on in a share of 1 - p of "
    "the training steps.",
    "Multiply by the probability of keeping: (1 - p) * X.",
    keeps="right in training",
)
def scaled_by_the_drop_probability(X, p, training, generator=None):
    return masked(X, p, generator) if training else X * p


@misconception(
    "You divide by 1 - p when testing. All units are on there, which is more than in training already, and "
    "dividing widens the gap.",
    "Multiply when testing: (1 - p) * X.",
    keeps="right in training",
)
def divided_in_testing(X, p, training, generator=None):
    return masked(X, p, generator) if training else X / (1 - p)


@misconception(
    "You rescale twice, in training and when testing. Here training only masks.",
    "Do not divide in training: return X * mask.",
)
def scaled_in_training_too(X, p, training, generator=None):
    if not training:
        return X * (1 - p)
    return masked(X, p, generator) / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "You mask when testing too, so the same input gives two answers.",
    "When testing, only multiply: (1 - p) * X.",
    keeps="training is right",
)
def masks_in_testing(X, p, training, generator=None):
    return masked(X, p, generator)


@misconception(
    "p is the probability of dropping here. You keep with probability p in training, and multiply by p when testing.",
    "Swap p and 1 - p in both branches: keep where torch.rand(…) >= p, and multiply by 1 - p when testing.",
)
def keeps_with_probability_p(X, p, training, generator=None):
    return masked(X, 1 - p, generator) if training else X * p


@misconception(
    "The two branches are swapped: you mask when testing, and only multiply in training.",
    "Mask if training is True; else return (1 - p) * X.",
)
def branches_swapped(X, p, training, generator=None):
    return X * (1 - p) if training else masked(X, p, generator)


@misconception(
    "Your mask comes from the global generator, and the argument generator is not used. Whoever passes a "
    "generator with the same seed twice gets two different answers, so nobody can repeat your result.",
    "Pass generator=generator to the function that draws, as in torch.rand(X.shape, generator=generator, "
    "device=X.device).",
    keeps="the randomness itself is right",
)
def drawn_from_the_global_generator(X, p, training, generator=None):
    return masked(X, p, None) if training else X * (1 - p)


@misconception(
    "A float32 mask turns half precision into float32, for the product has the wider dtype of the two.",
    "Leave the mask bool, or bring it to the dtype of X with mask.to(X.dtype).",
    keeps="right in float32 and float64",
)
def a_float32_mask(X, p, training, generator=None):
    mask = torch.rand(X.shape, generator=generator, device=X.device) >= p
    return X * mask.float() if training else X * (1 - p)
