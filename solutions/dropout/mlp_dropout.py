"""Where dropout belongs in a network: on the hidden units, with a mask for each example, in training only."""

import torch
from _shared import READY_MADE, dropout, each_entry_by_its_own_coin, without_a_generator

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
    reference,
    stand_in,
)

exercise = Exercise(
    book="sec_dropout",
    points=2,
    gradients=("X",),
    forbid=(*READY_MADE, "Sequential"),
    forbid_reason="The network is the exercise: use matrix products, relu and your own dropout.",
    needs=("dropout", "dropout_layer"),
    weights={"law": 2},
    equivalent={"p >= 1": "p above 1 is never given", "> p": "a draw is p itself once in millions"},
)


@reference
def mlp_dropout(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    if training and p == 1:
        H = torch.zeros_like(H)
    elif training:
        H = H * (torch.rand(H.shape, generator=generator, device=H.device) >= p) / (1 - p)
    return H @ W2 + b2


@stand_in
def dropout_layer(X, p, training, generator=None):
    if not training:
        return X
    if p == 1:
        return torch.zeros_like(X)
    return X * (torch.rand(X.shape, generator=generator, device=X.device) >= p) / (1 - p)


@alternative
def before_the_activation(X, W1, b1, W2, b2, p, training, generator=None):
    """relu(m z) = m relu(z): the order does not matter."""
    Z = X @ W1 + b1
    if training and p > 0:
        Z = Z * torch.empty_like(Z).bernoulli_(1 - p, generator=generator) * (1 / (1 - p) if p < 1 else 0)
    return torch.relu(Z) @ W2 + b2


@alternative
def built_on_dropout_layer(X, W1, b1, W2, b2, p, training, generator=None):
    return torch.addmm(b2, dropout_layer((X @ W1 + b1).clamp(min=0), p, training, generator), W2)


@alternative
def rescaled_at_the_end(X, W1, b1, W2, b2, p, training, generator=None):
    H = torch.einsum("nd,dh->nh", X, W1).add(b1).clamp(min=0)
    if not training:
        return H @ W2 + b2
    kept = H.masked_fill(torch.rand(H.shape, generator=generator, device=H.device) < p, 0)
    return kept @ W2 / (1 - p if p < 1 else 1) + b2


COPIES = 300


def network(draw, d, h, q):
    """Biases of the hidden units are positive: something gets through."""
    return draw.normal(d, h), draw.uniform(h, low=0.5, high=1.5), draw.normal(h, q), draw.normal(q)


@case(weight=4)
def evaluation(draw):
    return draw.normal(5, 3), *network(draw, 3, 6, 2), 0.5, False, draw.generator()


@case(weight=4)
def evaluation_with_all_sizes_alike(draw):
    return draw.normal(4, 4), *network(draw, 4, 4, 4), 0.3, False, draw.generator()


@case(dtypes=("float32",))
def training_on_a_thousand_copies_of_one_example(draw):
    """Each row is another draw of the same network: their mean and spread are known."""
    return draw.full(1000, 3, value=1.0), *network(draw, 3, 16, 2), 0.4, True, draw.generator()


@case(dtypes=("float32",))
def training_with_outputs_that_are_copies(draw):
    """Outputs with the same weights see the same hidden units, so they agree in every row. They are many: weights that
    have coins of their own make them vary along a row, and one mask for all examples leaves no variation at all."""
    W1, b1, _, b2 = network(draw, 2, 24, 1)
    W2 = draw.uniform(24, 1, low=0.5, high=1.5).repeat(1, COPIES)
    return draw.full(1000, 2, value=-0.5), W1, b1, W2, b2.repeat(COPIES), 0.25, True, draw.generator()


def identity(draw, n, h):
    """Inputs are 1 and all weights the identity: an answer shows the hidden units, which are 1.5, and so the mask."""
    eye = torch.eye(h, dtype=torch.float64)
    return draw.full(n, h, value=1.0), eye, draw.full(h, value=0.5), eye.clone(), draw.full(h, value=0.0)


@case(dtypes=("float32",))
def training_a_network_that_shows_its_mask(draw):
    return *identity(draw, 160, 64), 0.35, True, draw.generator()


@case(dtypes=("float32",))
def training_without_a_generator_of_its_own(draw):
    return *identity(draw, 20, 30), 0.4, True, None


@case(aspect="edge")
def training_drops_nothing(draw):
    return draw.normal(5, 3), *network(draw, 3, 6, 2), 0.0, True, draw.generator()


@case(aspect="edge")
def training_drops_everything(draw):
    return draw.normal(5, 3), *network(draw, 3, 6, 2), 1.0, True, draw.generator()


@case(aspect="edge", weight=2)
def evaluation_where_training_would_drop_everything(draw):
    return draw.normal(6, 3), *network(draw, 3, 5, 2), 1.0, False, draw.generator()


@case(aspect="edge", weight=2)
def evaluation_of_a_single_example(draw):
    """One hidden unit is open thanks to its bias alone, another one is closed, and both count."""
    W1, b1, W2, b2 = network(draw, 3, 4, 1)
    W1[:, 0] = draw.uniform(3, low=-0.15, high=-0.05)
    W1[:, 1] = draw.uniform(3, low=-3, high=-2)
    W2[:2] = draw.uniform(2, 1, low=0.5, high=1.5)
    return draw.uniform(1, 3, low=0.5, high=1), W1, b1, W2, b2, 0.5, False, draw.generator()


@domain(outside={"inf, huge, tiny": "products of matrices overflow or vanish"})
def any_network(draw):
    n, d, h, q = (draw.size(least=least) for least in (0, 1, 2, 1))
    p, training = draw.number(0, 1), draw.flag(left_out=False)
    X = draw.any(n, d, without="inf huge tiny apart")
    if training and 0 < p < 1:
        X = draw.full(1000, d, value=1.0)
        h, q, p = 16, max(q, 2), min(max(p, 0.1), 0.9)
    return X, *network(draw, d, h, q), p, training, draw.generator()


@laws
def what_must_hold(X, W1, b1, W2, b2, p, training, generator=None):
    """The rows of X are alike here, so the rows of the answer are independent draws of a sum over hidden units."""
    if not training or p in (0, 1):
        return []
    if generator is None:
        return without_a_generator()
    if W2.shape[0] == W2.shape[1]:
        return each_entry_by_its_own_coin(X, p, factor=1.5 / (1 - p), slope=1 / (1 - p))
    H = (X[0] @ W1 + b1).relu()
    deviation = (p / (1 - p) * H**2 @ W2**2).sqrt()
    copies = []
    if (W2[:, :1] == W2).all():  # only rows are draws of their own, which widens what chance may do
        copies = [law.copies_agree(axis=1), law.spread_is(sd=float(deviation[0]), kurtosis=1 + 2 * W2.shape[1])]
    return [
        *copies,
        law.columns_average(mean=H @ W2 + b2, sd=deviation),
        law.columns_spread(sd=deviation),
        law.draws_differ(),
        law.same_seed_same_answer(),
    ]


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), *network(draw, 3, 6, 2), 0.5, True, draw.generator()


@misconception(
    "You ignore the argument training and drop in evaluation too. Evaluation must be the plain network.",
    "Drop only if training is True.",
)
def drops_in_evaluation(X, W1, b1, W2, b2, p, training, generator=None):
    return dropout((X @ W1 + b1).relu(), p, generator) @ W2 + b2


@misconception(
    "All examples share one mask, so the same hidden units are dropped for the whole batch. Each example should "
    "have a mask of its own.",
    "Draw one number for each entry of H: torch.rand(H.shape, generator=generator, device=H.device) >= p.",
)
def one_mask_for_all_examples(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    if training:
        H = H * dropout(torch.ones_like(H[0]), p, generator)
    return H @ W2 + b2


@misconception(
    "You drop features of the input. Only hidden units are to be dropped here.",
    "Apply dropout to H, after the ReLU, and not to X.",
    chance="a mistake of the mean is larger for some weights than for others",
)
def inputs_dropped(X, W1, b1, W2, b2, p, training, generator=None):
    return ((dropout(X, p, generator) if training else X) @ W1 + b1).relu() @ W2 + b2


@misconception(
    "You drop weights of the second layer, which is DropConnect. One draw of weights serves the whole batch, but "
    "each example should have a mask of its own.",
    "Apply dropout to the hidden units H instead of to W2.",
    keeps="right in evaluation, where nothing is dropped, and on average",
)
def weights_dropped(X, W1, b1, W2, b2, p, training, generator=None):
    return (X @ W1 + b1).relu() @ (dropout(W2, p, generator) if training else W2) + b2


@misconception(
    "You drop outputs. A prediction that is set to zero at random is no prediction.",
    "Apply dropout to H, before the second layer, not to the outputs.",
    keeps="the same where the second weights are the identity",
    chance="a mistake of the mean is larger for some weights than for others",
)
def outputs_dropped(X, W1, b1, W2, b2, p, training, generator=None):
    Y = (X @ W1 + b1).relu() @ W2 + b2
    return dropout(Y, p, generator) if training else Y


@misconception(
    "Your survivors are as large as before, so in training the second layer gets only 1 - p of what it gets in "
    "evaluation, on average.",
    "Divide the survivors by 1 - p: H * mask / (1 - p).",
)
def not_rescaled(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    if training:
        H = H * (torch.rand(H.shape, generator=generator, device=H.device) >= p)
    return H @ W2 + b2


@misconception(
    "You scale in evaluation. It is training that divides the survivors, so that evaluation has nothing to do.",
    "Evaluation is the plain network: H @ W2 + b2.",
)
def scaled_in_evaluation_too(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    return (dropout(H, p, generator) if training else H * (1 - p)) @ W2 + b2


@misconception(
    "You drop in evaluation and not in training. It should be the other way round.",
    "Drop if training is True.",
)
def flag_reversed(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    return (H if training else dropout(H, p, generator)) @ W2 + b2


@misconception(
    "At p = 1 you divide zero by zero, which is NaN. All hidden units are dropped there, so only b2 should be left.",
    "Make the hidden units zero for p = 1 in training, before you divide: H = torch.zeros_like(H).",
    keeps="right but for p = 1",
)
def zero_over_zero_at_one(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    if training:
        H = H * (torch.rand(H.shape, generator=generator, device=H.device) >= p) / (1 - p)
    return H @ W2 + b2


@misconception(
    "The ReLU is missing, so the network is linear, and two layers do no more than one.",
    "Clamp X W1 + b1 at zero before you drop: torch.relu(X @ W1 + b1).",
    chance="a mistake of the mean is larger for some weights than for others",
)
def no_activation(X, W1, b1, W2, b2, p, training, generator=None):
    H = X @ W1 + b1
    return (dropout(H, p, generator) if training else H) @ W2 + b2


@misconception(
    "The ReLU comes before the bias is added. Then the bias cannot shift the point where a unit opens, and "
    "hidden units may be negative.",
    "Add the bias first: torch.relu(X @ W1 + b1).",
)
def bias_after_the_activation(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1).relu() + b1
    return (dropout(H, p, generator) if training else H) @ W2 + b2


@misconception(
    "Your mask comes from the global generator, and the argument generator is not used. Whoever passes a "
    "generator with the same seed twice gets two different answers, so nobody can repeat your result.",
    "Pass generator on, to your dropout or to the function that draws: torch.rand(H.shape, generator=generator, "
    "device=H.device).",
    keeps="the randomness itself is right",
)
def drawn_from_the_global_generator(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    return (dropout(H, p) if training else H) @ W2 + b2


@first_attempt("drawn_from_the_global_generator", "zero_over_zero_at_one")
def without_generator_and_without_p_of_one(X, W1, b1, W2, b2, p, training, generator=None):
    H = (X @ W1 + b1).relu()
    if training:
        H = H * (torch.rand(H.shape, device=H.device) > p) / (1 - p)
    return H @ W2 + b2
