"""What the pages on dropout share."""

import torch

from grader import law, stand_in

READY_MADE = (
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "alpha_dropout",
    "feature_dropout",
    "feature_alpha_dropout",
    "native_dropout",
)


MANY = 300


def each_entry_by_its_own_coin(x, p, factor, argument=0, of="", slope=None):
    """What must hold where each entry of the argument x is zeroed with probability p or else multiplied by `factor`.

    slope: what the gradient of a survivor is multiplied by, where that is another number. Of very many entries only the
    rate is looked at.
    """
    if len(x) >= MANY:
        return [law.share_of_zeros(of=of, p=p)]
    laws = [
        law.share_of_zeros(of=of, p=p),
        law.survivors_scaled_by(of=of, factor=factor, argument=argument),
        *[law.independent_zeros(of=of, p=p)] * (x.dim() > 1),
        law.fresh_every_call(of=of, p=p),
        law.same_seed_same_answer(of=of),
    ]
    if x.numel() <= 10_000:
        laws.append(law.gradient_follows_the_zeros(of=of, factor=slope or factor, argument=argument))
    if min(x.shape[-1], x.numel() // x.shape[-1]) >= 60:
        laws.append(law.no_two_rows_alike(of=of))
    value = float(x.flatten()[0])
    if x.numel() < 5000 or (x != value).any():
        return laws
    coin = p * (1 - p)
    deviation = abs(factor * value) * coin**0.5
    return [
        *laws,
        law.mean_is(of=of, mean=factor * value * (1 - p), sd=deviation),
        law.spread_is(of=of, sd=deviation, kurtosis=1 / coin - 3),
    ]


def without_a_generator(of=""):
    """Fresh in every call, and the same again where the global generator has the same seed."""
    return [law.draws_differ(of=of), law.same_seed_same_answer(of=of)]


@stand_in
def dropout(X, p, generator=None):
    if not 0 <= p <= 1:
        raise ValueError(f"p = {p} is no probability")
    if p == 1:
        return torch.zeros_like(X)
    return X * (torch.rand(X.shape, generator=generator, device=X.device) >= p) / (1 - p)
