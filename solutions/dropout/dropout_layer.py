"""Inverted dropout leaves evaluation alone: training has already paid for it."""

import torch
from _shared import MANY, READY_MADE, dropout, each_entry_by_its_own_coin, without_a_generator

from grader import (
    Exercise,
    alternative,
    arguments,
    batch,
    case,
    domain,
    driver,
    first_attempt,
    laws,
    misconception,
    reference,
)

exercise = Exercise(
    book="sec_dropout",
    points=1,
    gradients=("X",),
    parts={"X unchanged": "mutation"},
    forbid=READY_MADE,
    forbid_reason="Dropout is the exercise: draw a mask, and multiply with it.",
    needs=("dropout",),
    equivalent={"p >= 1": "p above 1 is never given", "> p": "a draw is p itself once in millions"},
)


@reference
def dropout_layer(X, p, training, generator=None):
    if not training:
        return X
    if p == 1:
        return torch.zeros_like(X)
    mask = torch.rand(X.shape, generator=generator, device=X.device) >= p
    return X * mask / (1 - p)


@alternative
def evaluation_drops_with_probability_zero(X, p, training, generator=None):
    q = 1 - (p if training else 0.0)
    if q == 0:
        return X * 0
    u = torch.rand(X.shape, generator=generator, device=X.device)
    return X * (u < q).to(X.dtype) / q


@alternative
def built_on_dropout(X, p, training, generator=None):
    return dropout(X, p, generator) if training else X.clone()


@alternative
def where_kept(X, p, training, generator=None):
    if not training or p == 0:
        return X
    keep = torch.empty(X.shape, device=X.device).bernoulli_(1 - p, generator=generator).bool()
    return torch.where(keep, X / (1 - p) if p < 1 else X, torch.zeros_like(X))


@driver
def recorded_or_not(dropout_layer, X, p, training, generator, gradients_recorded=True):
    """Gradients may not be recorded: it is no business of this layer. X is looked at again in the end."""
    before, recorded = X.detach().clone(), X.requires_grad
    with torch.set_grad_enabled(gradients_recorded):
        Y = dropout_layer(X, p, training, generator)
    return {"Y": Y, "X unchanged": torch.equal(X, before) and X.requires_grad == recorded}


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


@case(dtypes=("float32",), gradients=False)
def training_under_no_grad(draw):
    return arguments(draw.full(100, 100, value=3.0), 0.4, True, draw.generator(), gradients_recorded=False)


@case(weight=5)
def evaluation(draw):
    return draw.normal(4, 5), 0.3, False, draw.generator()


@case(weight=5)
def evaluation_of_three_axes_in_another_order(draw):
    return draw.normal(2, 3, 4).transpose(0, 2), 0.8, False, draw.generator()


@case(aspect="edge", weight=5)
def evaluation_where_training_would_drop_everything(draw):
    return draw.normal(4, 4), 1.0, False, draw.generator()


@case(aspect="edge")
def training_drops_nothing(draw):
    return draw.normal(3, 4), 0.0, True, draw.generator()


@case(aspect="edge")
def training_drops_everything(draw):
    return draw.normal(5, 3), 1.0, True, draw.generator()


@case(aspect="edge", dtypes=("bfloat16",))
def training_in_half_precision(draw):
    return draw.normal(30, 40), 0.3, True, draw.generator()


@domain(outside={"inf": "inf times 0 is not a number"})
def any_mode(draw):
    p, training = draw.number(0, 1), draw.pick(True, True, False)
    X = draw.many() if training and 0 < p < 1 else draw.any(axes=(0, 4), without="inf")
    recording = draw.flag()
    draw.value_only(recording is False)
    return X, p, training, draw.generator(left_out=False), recording


@laws
def what_must_hold(X, p, training, generator, gradients_recorded=True):
    if not training or p in (0, 1):
        return []
    return each_entry_by_its_own_coin(X, p, factor=1 / (1 - p), of="Y") if generator else without_a_generator(of="Y")


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), 0.5, True, draw.generator()


@misconception(
    "You drop in evaluation too, so the same input gives two answers.",
    "Return X as it is unless training: if not training: return X.",
)
def always_drops(X, p, training, generator=None):
    return dropout(X, p, generator)


@misconception(
    "You scale in evaluation. It is training that divides the survivors, so that evaluation has nothing to do.",
    "Return X as it is in evaluation.",
)
def scaled_in_evaluation_too(X, p, training, generator=None):
    return dropout(X, p, generator) if training else X * (1 - p)


@misconception(
    "You drop in evaluation and not in training. It should be the other way round.",
    "Drop if training is True; else return X.",
)
def flag_reversed(X, p, training, generator=None):
    return X if training else dropout(X, p, generator)


@misconception(
    "You divide by 1 - p in evaluation, where nothing is dropped. It is the survivors of training that have to "
    "make up for what is lost.",
    "Divide in training: X * mask / (1 - p). In evaluation return X.",
)
def division_moved_to_evaluation(X, p, training, generator=None):
    if training:
        return X * (torch.rand(X.shape, generator=generator, device=X.device) >= p)
    return X / (1 - p) if p < 1 else X


@misconception(
    "This is the original dropout, which multiplies by 1 - p when testing. Here training does the scaling, so "
    "that evaluation has nothing to do.",
    "Divide by 1 - p in training, and return X in evaluation.",
)
def original_form(X, p, training, generator=None):
    if training:
        return X * (torch.rand(X.shape, generator=generator, device=X.device) >= p)
    return X * (1 - p)


@misconception(
    "Nothing is ever dropped: your training does the same as your evaluation.",
    "In training set each entry to zero with probability p, and divide the others by 1 - p.",
)
def never_drops(X, p, training, generator=None):
    return X


@misconception(
    "You drop only while gradients are recorded. torch.no_grad() says nothing about training: one may train "
    "without recording, and evaluate with it.",
    "Ask the argument training, and nothing else.",
    keeps="right as long as gradients are recorded in training, and only there",
)
def follows_the_recording(X, p, training, generator=None):
    return dropout(X, p, generator) if training and torch.is_grad_enabled() else X


@misconception(
    "In evaluation the answer is X, and its gradient with respect to X is one. detach() cuts it off, and nothing "
    "flows back.",
    "Return X as it is, without detach().",
    keeps="every number is right",
)
def detached_in_evaluation(X, p, training, generator=None):
    return dropout(X, p, generator) if training else X.detach()


@misconception(
    "At p = 1 you divide zero by zero, which is NaN. Everything is dropped there, so everything should be zero.",
    "Return torch.zeros_like(X) for p = 1 in training, before you divide.",
    keeps="right but for p = 1",
)
def zero_over_zero_at_one(X, p, training, generator=None):
    return X * (torch.rand(X.shape, generator=generator, device=X.device) >= p) / (1 - p) if training else X


@misconception(
    "Your mask comes from the global generator, and the argument generator is not used. Whoever passes a "
    "generator with the same seed twice gets two different answers, so nobody can repeat your result.",
    "Pass generator=generator to the function that draws, as in torch.rand(X.shape, generator=generator, "
    "device=X.device).",
    keeps="the randomness itself is right",
)
def drawn_from_the_global_generator(X, p, training, generator=None):
    return dropout(X, p) if training else X


@misconception(
    "A float32 mask turns half precision into float32, for the product has the wider dtype of the two.",
    "Leave the mask bool, or bring it to the dtype of X with mask.to(X.dtype).",
    keeps="right in float32 and float64",
)
def a_float32_mask(X, p, training, generator=None):
    if not training:
        return X
    mask = torch.rand(X.shape, generator=generator, device=X.device) >= p
    return X * mask.float() / (1 - p) if p < 1 else torch.zeros_like(X)


@first_attempt("drawn_from_the_global_generator", "zero_over_zero_at_one")
def without_generator_and_without_p_of_one(X, p, training, generator=None):
    return X * (torch.rand(X.shape, device=X.device) > p) / (1 - p) if training else X
