"""How far chance may carry a statistic: bounds that an honest answer leaves with a probability of at most `ALPHA`."""

from __future__ import annotations

import math
from functools import cache

ALPHA = 1e-9
Z = 6.2  # two-sided normal quantile of ALPHA is 6.11


@cache
def chernoff(n: int, p: float, alpha: float = ALPHA) -> float:
    """t such that P(|share of n coins - p| > t) <= alpha: 2 exp(-n KL(p + t, p)) = alpha, for every n."""
    if p <= 0 or p >= 1 or n == 0:
        return 0.0

    def divergence(q: float) -> float:
        return sum(a * math.log(a / b) for a, b in ((q, p), (1 - q, 1 - p)) if a > 0)

    def side(sign: int) -> float:
        low, high = 0.0, 1 - p if sign > 0 else p
        for _ in range(60):
            middle = (low + high) / 2
            inside = n * divergence(min(1.0, max(0.0, p + sign * middle))) < math.log(2 / alpha)
            low, high = (middle, high) if inside else (low, middle)
        return high

    return max(side(1), side(-1))


def chi_square_bounds(freedom: int, alpha: float = ALPHA) -> tuple[float, float]:
    """Between which a chi-square lies but for alpha on each side.

    Above by Laurent and Massart (2000, lemma 1), whose room also covers the heavier tail of counts (ten equal
    cells, 100 draws: 6e-11). Below by Chernoff, P(chi-square / freedom <= r) <= exp(-freedom (r - 1 - log r) / 2):
    theirs is 0, and forbids nothing, up to 82 degrees of freedom.
    """
    t = math.log(1 / alpha)
    low, high = 0.0, 1.0
    for _ in range(60):
        r = (low + high) / 2
        low, high = (r, high) if freedom * (r - 1 - math.log(r)) / 2 > t else (low, r)
    return freedom * low, freedom + 2 * math.sqrt(freedom * t) + 2 * t
