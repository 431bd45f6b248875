"""Dropout for weights: every weight has a coin of its own, and a whole batch passes through one draw."""

import torch
from _shared import READY_MADE, dropout, each_entry_by_its_own_coin, without_a_generator

from grader import Exercise, alternative, batch, case, domain, first_attempt, law, laws, misconception, reference

exercise = Exercise(
    book="sec_dropout",
    points=3,
    gradients=("W",),
    forbid=READY_MADE,
    forbid_reason="Dropout is the exercise: draw a mask, and multiply with it.",
    needs=("dropout",),
    equivalent={"> p": "a draw is p itself once in millions"},
)


@reference
def dropconnect(X, W, p, generator=None):
    mask = torch.rand(W.shape, generator=generator, device=W.device) >= p
    return X @ (W * mask / (1 - p))


@alternative
def rescaled_at_the_end(X, W, p, generator=None):
    keep = torch.empty_like(W).bernoulli_(1 - p, generator=generator)
    return torch.einsum("nd,dq->nq", X, W * keep) / (1 - p)


@alternative
def built_on_dropout(X, W, p, generator=None):
    return torch.matmul(X, dropout(W, p, generator))


@alternative
def filled_with_zeros(X, W, p, generator=None):
    dropped = torch.bernoulli(torch.full(W.shape, float(p), device=W.device), generator=generator).bool()
    return X @ (W / (1 - p)).masked_fill(dropped, 0)


@case
def nothing_dropped(draw):
    return draw.normal(5, 4), draw.normal(4, 3), 0.0, draw.generator()


@case
def nothing_dropped_from_a_square_matrix(draw):
    return draw.normal(4, 4), draw.normal(4, 4).T, 0, draw.generator()


@case(dtypes=("float32",))
def the_identity_shows_the_weights(draw):
    return torch.eye(60, dtype=torch.float64), draw.full(60, 100, value=1.5), 0.3, draw.generator()


@case(dtypes=("float32",))
def few_weights_are_left(draw):
    return torch.eye(60, dtype=torch.float64), draw.full(60, 150, value=-0.5), 0.8, draw.generator()


@case(dtypes=("float32",))
def without_a_generator_of_its_own(draw):
    return torch.eye(30, dtype=torch.float64), draw.full(30, 20, value=1.0), 0.4, None


@case
def the_identity_shows_weights_that_differ(draw):
    return torch.eye(20, dtype=torch.float64), draw.normal(20, 30), 0.4, draw.generator()


@case(dtypes=("float32",))
def a_batch_of_equal_examples(draw):
    """One mask per call: equal rows stay equal, and units differ. The factor is 4, so that sums are exact."""
    return draw.full(90, 100, value=1.0), draw.full(100, 600, value=0.5), 0.75, draw.generator()


@case(dtypes=("float32",))
def one_example_meets_many_units(draw):
    """Units with equal weights differ by their coins alone: their mean and spread are known."""
    return draw.full(1, 50, value=2.0), draw.full(50, 1000, value=0.5), 0.4, draw.generator()


@case(aspect="edge")
def an_empty_batch(draw):
    return draw.normal(0, 4), draw.normal(4, 3), 0.3, draw.generator()


@case(aspect="edge", dtypes=("bfloat16",))
def half_precision(draw):
    return torch.eye(20, dtype=torch.float64), draw.full(20, 30, value=2.0), 0.3, draw.generator()


@domain(outside={"inf, huge, tiny": "products of matrices overflow or vanish", "p = 1": "the stub ends below 1"})
def any_weights(draw):
    p = draw.pick(0, 0.0, draw.number(0, 1, without="low high"))
    if p == 0:
        X = draw.any(draw.size(), draw.size(least=1), without="inf huge tiny")
        return X, draw.any(X.shape[1], draw.size(least=1), without="inf huge tiny"), p, draw.generator()
    d = draw.integer(30, 50)
    W = draw.full(d, draw.integer(40, 60), value=draw.pick(1.5, -0.5, 2.0))
    return torch.eye(d, dtype=torch.float64), W, p, draw.generator()


@laws
def what_must_hold(X, W, p, generator=None):
    if p == 0 or len(X) == 0:
        return []
    if generator is None:
        return without_a_generator()
    if X.shape[0] == X.shape[1]:
        return each_entry_by_its_own_coin(W, p, factor=1 / (1 - p), argument=1)
    deviation = float((p / (1 - p) * X**2 @ W**2).sqrt()[0, 0])
    if len(X) > 1:  # only columns are draws of their own, which widens what chance may do
        spread = law.spread_is(sd=deviation, kurtosis=1 + 2 * len(X))
        return [law.copies_agree(axis=0), spread, law.draws_differ(), law.same_seed_same_answer()]
    return [law.mean_is(mean=float((X @ W)[0, 0]), sd=deviation), law.spread_is(sd=deviation)]


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), draw.normal(3, 4), 0.5, draw.generator()


@batch
def more_features(draw, n):
    return draw.normal(2, n), draw.normal(n, 4), 0.5, draw.generator()


@misconception(
    "You drop entries of the input, which is dropout. DropConnect drops single weights.",
    "Mask the weights, with one random number for each entry of W: X @ (W * mask / (1 - p)).",
    chance="a coin that several entries share makes the share itself a coin",
)
def activations_dropped(X, W, p, generator=None):
    return dropout(X, p, generator) @ W


@misconception(
    "One coin decides about a whole column of W, and so about an output unit. Every weight should have a coin of "
    "its own.",
    "Draw one number for each weight: torch.rand(W.shape, …).",
    chance="a coin that several entries share makes the share itself a coin",
)
def whole_columns_dropped(X, W, p, generator=None):
    return X @ (W * dropout(torch.ones_like(W[0]), p, generator))


@misconception(
    "One coin decides about a whole row of W, and so about an input feature. Every weight should have a coin of "
    "its own.",
    "Draw one number for each weight: torch.rand(W.shape, …).",
)
def whole_rows_dropped(X, W, p, generator=None):
    return X @ (W * dropout(torch.ones_like(W[:, :1]), p, generator))


@misconception(
    "You overwrite the stored weights, so what is dropped once is lost for ever.",
    "Multiply into a new tensor: V = W * mask / (1 - p), not W *= mask.",
    keeps="the product is right",
)
def weights_destroyed(X, W, p, generator=None):
    W *= dropout(torch.ones_like(W), p, generator)
    return X @ W


@misconception(
    "Your mask is the wrong way round: you keep with probability p, but p is the probability of dropping.",
    "Keep where the random number is at least p: torch.rand(W.shape, …) >= p.",
)
def mask_inverted(X, W, p, generator=None):
    mask = torch.rand(W.shape, generator=generator, device=W.device) < p
    return X @ (W * mask / (1 - p))


@misconception(
    "The weights that are left are as large as before, so outputs shrink to 1 - p of what they were, on average.",
    "Divide the weights that are left by 1 - p.",
)
def not_rescaled(X, W, p, generator=None):
    return X @ (W * (torch.rand(W.shape, generator=generator, device=W.device) >= p))


@misconception(
    "You drop outputs, which is dropout after the layer. DropConnect drops single weights, so every output keeps "
    "a part of its sum.",
    "Mask the weights before you multiply: X @ (W * mask / (1 - p)).",
    keeps="the same on the identity",
    chance="a coin that several entries share makes the share itself a coin",
)
def outputs_dropped(X, W, p, generator=None):
    return dropout(X @ W, p, generator)


@misconception(
    "Each example gets a mask of its own, as in the paper on DropConnect. Here one mask is drawn in each call, "
    "and the whole batch shares it.",
    "Draw one mask of the shape of W: torch.rand(W.shape, …) >= p.",
    keeps="right for every single example",
)
def one_mask_per_example(X, W, p, generator=None):
    mask = torch.rand((len(X), *W.shape), generator=generator, device=W.device) >= p
    return torch.einsum("nd,ndq->nq", X, W * mask / (1 - p))


@misconception(
    "Every call draws the same mask, because your own generator starts anew each time.",
    "Draw from the argument: torch.rand(W.shape, generator=generator, device=W.device).",
    keeps="a single call looks right",
)
def a_generator_of_its_own(X, W, p, generator=None):
    return X @ dropout(W, p, torch.Generator(device=W.device).manual_seed(0))


@misconception(
    "Your mask comes from the global generator, and the argument generator is not used. Whoever passes a "
    "generator with the same seed twice gets two different answers, so nobody can repeat your result.",
    "Pass generator=generator to the function that draws: torch.rand(W.shape, generator=generator, device=W.device).",
    keeps="the randomness itself is right",
)
def drawn_from_the_global_generator(X, W, p, generator=None):
    return X @ dropout(W, p)


@first_attempt("mask_inverted", "not_rescaled")
def kept_with_probability_p_and_not_rescaled(X, W, p, generator=None):
    return X @ (W * (torch.rand(W.shape, generator=generator, device=W.device) < p))


@first_attempt("drawn_from_the_global_generator", "not_rescaled")
def without_generator_and_not_rescaled(X, W, p, generator=None):
    return X @ (W * (torch.rand(W.shape, device=W.device) > p))
