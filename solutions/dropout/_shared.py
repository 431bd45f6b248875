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


def each_entry_by_its_own_coin(x, p, factor, argument=0):
    """What must hold where each entry of the argument x is zeroed with probability p or else multiplied by `factor`."""
    laws = [
        law.share_of_zeros(p=p),
        law.survivors_scaled_by(factor=factor, argument=argument),
        law.independent_zeros(p=p),
        law.fresh_every_call(p=p),
        law.same_seed_same_answer(),
    ]
    value = float(x.flatten()[0])
    if x.numel() < 5000 or (x != value).any():
        return laws
    coin = p * (1 - p)
    deviation = abs(factor * value) * coin**0.5
    return [
        *laws,
        law.mean_is(mean=factor * value * (1 - p), sd=deviation),
        law.spread_is(sd=deviation, kurtosis=1 / coin - 3),
    ]


@stand_in
def dropout(X, p, generator=None):
    if not 0 <= p <= 1:
        raise ValueError(f"p = {p} is no probability")
    if p == 1:
        return torch.zeros_like(X)
    return X * (torch.rand(X.shape, generator=generator, device=X.device) >= p) / (1 - p)
