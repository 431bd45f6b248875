"""Each entry tosses a coin of its own, and dividing the survivors by 1 - p keeps the expectation."""

import torch
from _shared import MANY, READY_MADE, each_entry_by_its_own_coin, without_a_generator

from grader import (
    Exercise,
    alternative,
    batch,
    case,
    domain,
    first_attempt,
    law,
    laws,
    misconception,
    picture,
    reference,
)

exercise = Exercise(
    book="sec_dropout",
    points=1,
    gradients=True,
    forbid=READY_MADE,
    forbid_reason="Dropout is the exercise: draw a mask, and multiply with it.",
    equivalent={"p >= 1": "p above 1 is an error", "> p": "a draw is p itself once in millions"},
)


@reference
def dropout(X, p, generator=None):
    if not 0 <= p <= 1:
        raise ValueError(f"p = {p} is no probability")
    if p == 1:
        return torch.zeros_like(X)
    mask = torch.rand(X.shape, generator=generator, device=X.device) >= p
    return X * mask / (1 - p)


@alternative
def bernoulli_in_place(X, p, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p must lie between 0 and 1")
    if p == 0:
        return X.clone()
    if p == 1:
        return torch.zeros_like(X)
    keep = torch.empty_like(X).bernoulli_(1 - p, generator=generator)
    return X * keep / (1 - p)


@alternative
def one_scale_for_all(X, p, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    u = torch.empty(X.shape, device=X.device).uniform_(generator=generator)
    scale = (u < 1 - p).to(X.dtype) * (0.0 if p == 1 else 1 / (1 - p))
    return scale * X


@alternative
def where_kept(X, p, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    dropped = torch.bernoulli(torch.full(X.shape, float(p), device=X.device), generator=generator).bool()
    return torch.where(dropped, torch.zeros_like(X), X / max(1 - p, 1e-9))


@alternative
def filled_with_zeros(X, p, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if p == 1:
        return X * 0
    return (X / (1 - p)).masked_fill(torch.rand(X.shape, generator=generator, device=X.device) < p, 0)


@case(dtypes=("float32",))
def three_in_ten(draw):
    return draw.full(100, 100, value=2.0), 0.3, draw.generator()


@case(dtypes=("float32",))
def many_coins(draw):
    """So many that p + 0.02 shows."""
    return draw.full(MANY, MANY, value=1.0), 0.3, draw.generator()


@case(dtypes=("float32",))
def eight_in_ten(draw):
    return draw.full(100, 100, value=-1.5), 0.8, draw.generator()


@case
def three_axes_in_another_order(draw):
    return draw.normal(3, 30, 20).transpose(0, 2), 0.4, draw.generator()


@case(dtypes=("float32",))
def counted_over_many_calls(draw):
    """One call tells nothing about how the number of zeros varies; 40 small ones do."""
    return draw.full(20, 20, value=1.0), 0.3, draw.generator()


@case(dtypes=("float32",))
def without_a_generator_of_its_own(draw):
    return draw.full(30, 30, value=1.0), 0.4, None


@case(aspect="edge", dtypes=("bfloat16",))
def half_precision(draw):
    return draw.normal(40, 50), 0.3, draw.generator()


@case(aspect="edge")
def nothing_is_dropped(draw):
    return draw.normal(3, 4), 0.0, draw.generator()


@case(aspect="edge", gradients=False)
def everything_is_dropped(draw):
    """Zeros need not hang on X."""
    return draw.normal(5, 4), 1, draw.generator()


@case(aspect="edge")
def an_empty_batch(draw):
    return draw.normal(0, 3), 0.5, draw.generator()


@case(raises="ValueError", weight=0.5)
def a_negative_probability(draw):
    return draw.normal(2, 3), -0.1, draw.generator()


@case(raises="ValueError", weight=0.5)
def a_probability_above_one(draw):
    return draw.normal(2, 3), 1.5, draw.generator()


@domain(outside={"inf": "inf times 0 is not a number", "2-D of 20 x 20": "its law counts zeros"})
def any_probability(draw):
    p = draw.pick(0, 0.0, draw.number(0, 1), draw.number(0, 1), draw.number(0, 1), -0.01, 1.01)
    draw.raises("ValueError", p < 0 or p > 1)
    X = draw.many() if 0 < p < 1 else draw.any(axes=(0, 4), without="inf")
    return X, p, draw.generator()


@laws
def what_must_hold(X, p, generator=None):
    if p in (0, 1) or X.numel() == 0:
        return []
    if X.shape == (20, 20):
        return [law.number_of_zeros_varies(p=p)]
    if generator is None:
        return without_a_generator()
    return each_entry_by_its_own_coin(X, p, factor=1 / (1 - p))


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), 0.5, draw.generator()


@batch
def more_features(draw, n):
    return draw.normal(3, n), 0.5, draw.generator()


def checked(p):
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")


def mask_like(X, p, generator):
    return torch.rand(X.shape, generator=generator, device=X.device) >= p


@picture("image")
def survivors(draw):
    """Each entry is dropped by a coin of its own, and survivors are scaled up, so that the mean stays."""
    return torch.ones(16, 24), 0.4, draw.generator()


@misconception(
    "Your survivors are as large as before, so the expectation shrinks to 1 - p of what it was, and evaluation "
    "sees larger numbers than training.",
    "Divide the survivors by the probability of keeping: X * mask / (1 - p).",
)
def not_rescaled(X, p, generator=None):
    checked(p)
    return X * mask_like(X, p, generator)


@misconception(
    "You divide the survivors by the probability of dropping, so the expectation changes unless p is one half. "
    "What shrinks the expectation is that only a share of 1 - p survives.",
    "Divide by the probability of keeping: X * mask / (1 - p).",
)
def divided_by_the_drop_probability(X, p, generator=None):
    checked(p)
    return X * mask_like(X, p, generator) / p if p > 0 else X.clone()


@misconception(
    "p is the probability of dropping here. You keep with probability p, as some courses define it.",
    "Keep with probability 1 - p, where torch.rand(…) >= p, and divide by 1 - p.",
)
def keeps_with_probability_p(X, p, generator=None):
    checked(p)
    return X * ~mask_like(X, p, generator) / p if p > 0 else torch.zeros_like(X)


@misconception(
    "At p = 1 you divide zero by zero, which is NaN. Everything is dropped there, so everything should be zero.",
    "Return torch.zeros_like(X) for p = 1 before you divide.",
    keeps="right but for p = 1",
)
def zero_over_zero_at_one(X, p, generator=None):
    checked(p)
    return X * mask_like(X, p, generator) / (1 - p)


@misconception(
    "Your mask comes from the global generator, and the argument generator is not used. Whoever passes a "
    "generator with the same seed twice gets two different answers, so nobody can repeat your result.",
    "Pass generator=generator to the function that draws, as in torch.rand(X.shape, generator=generator, "
    "device=X.device).",
    keeps="the randomness itself is right",
)
def drawn_from_the_global_generator(X, p, generator=None):
    checked(p)
    return X * mask_like(X, p, None) / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "You seed torch's global generator inside the layer. That destroys the random state of whoever calls it, and "
    "everything random in the program repeats itself.",
    "Seed nothing. Draw from the argument: torch.rand(X.shape, generator=generator, device=X.device).",
    keeps="the randomness itself is right",
)
def reseeds_the_global_generator(X, p, generator=None):
    checked(p)
    torch.manual_seed(0)
    return X * mask_like(X, p, generator) / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "Every call draws the same mask, because your own generator starts anew each time. The units that are "
    "dropped would be the same in every step.",
    "Draw from the argument: torch.rand(X.shape, generator=generator, device=X.device).",
    keeps="a single call looks right",
)
def a_generator_of_its_own(X, p, generator=None):
    checked(p)
    own = torch.Generator(device=X.device).manual_seed(0)
    return X * mask_like(X, p, own) / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "A float32 mask turns half precision into float32, for the product has the wider dtype of the two.",
    "Leave the mask bool, or bring it to the dtype of X with mask.to(X.dtype).",
    keeps="right in float32 and float64",
)
def a_float32_mask(X, p, generator=None):
    checked(p)
    return X * mask_like(X, p, generator).float() / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "You drop the same number of entries in every call. If every entry has a coin of its own, the number of "
    "zeros varies from call to call.",
    "Compare one random number for each entry with p: torch.rand(X.shape, generator=generator, device=X.device) >= p.",
    keeps="shares and scale are right",
)
def exactly_as_many_zeros(X, p, generator=None):
    checked(p)
    order = torch.randperm(X.numel(), generator=generator, device=X.device)
    mask = order.reshape(X.shape) >= round(X.numel() * p)
    return X * mask / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "All examples share one mask, so the same features are dropped in every one of them. Every entry should have "
    "a coin of its own.",
    "Draw as many numbers as X has entries: torch.rand(X.shape, …).",
    chance="a coin that several entries share makes the share itself a coin",
)
def one_mask_for_all_examples(X, p, generator=None):
    checked(p)
    mask = torch.rand(X.shape[1:], generator=generator, device=X.device) >= p
    return X * mask / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "One coin decides about a whole row (a slice along the last axis), which is then dropped or kept as a whole. "
    "Every entry should have a coin of its own.",
    "Draw as many numbers as X has entries: torch.rand(X.shape, …).",
    chance="a coin that several entries share makes the share itself a coin",
)
def one_coin_per_row(X, p, generator=None):
    checked(p)
    mask = torch.rand((*X.shape[:-1], 1), generator=generator, device=X.device) >= p
    return X * mask / (1 - p) if p < 1 else torch.zeros_like(X)


@misconception(
    "You change X itself, which the caller still needs.",
    "Make a new tensor: X * mask, not X *= mask or X.mul_(mask).",
    keeps="the answer is right",
)
def multiplied_in_place(X, p, generator=None):
    checked(p)
    return X.mul_(mask_like(X, p, generator)).div_(1 - p) if p < 1 else X.zero_()


@misconception(
    "A p outside [0, 1] is no probability, and you compute with it all the same. The stub promises an error.",
    'Look at p before you draw: if not 0 <= p <= 1: raise ValueError("p must lie in [0, 1]").',
    keeps="right for every probability",
)
def any_number_will_do(X, p, generator=None):
    return X * mask_like(X, p, generator) / (1 - p) if p != 1 else torch.zeros_like(X)


@misconception(
    "You refuse p = 0 and p = 1. They are probabilities too: nothing is dropped, or everything.",
    "Refuse only what is smaller than 0 or larger than 1, and return zeros for p = 1.",
    keeps="right between 0 and 1",
)
def refuses_zero_and_one(X, p, generator=None):
    if not 0 < p < 1:
        raise ValueError("p must lie between 0 and 1")
    return X * mask_like(X, p, generator) / (1 - p)


@misconception(
    "An assert raises AssertionError, not the ValueError that is promised; and with python -O it is skipped. It "
    "is for errors of your own, not for those of a caller.",
    'Raise the error yourself: if not 0 <= p <= 1: raise ValueError("p must lie in [0, 1]").',
    keeps="right for every probability",
)
def asserts(X, p, generator=None):
    assert 0 <= p <= 1
    return X * mask_like(X, p, generator) / (1 - p) if p < 1 else torch.zeros_like(X)


@first_attempt("asserts", "drawn_from_the_global_generator", "a_float32_mask")
def as_in_the_book(X, p, generator=None):
    assert 0 <= p <= 1
    if p == 1:
        return torch.zeros_like(X)
    return mask_like(X, p, None).float() * X / (1.0 - p)
