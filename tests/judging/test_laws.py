"""Laws: honest answers leave them once in a thousand million, and each mistake they are meant for breaks them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from grader import law
from grader.judging.bounds import ALPHA, chernoff, chi_square_bounds
from grader.judging.laws import read
from grader.judging.sample import Statistics
from grader.model.keys.statistic import Law, plan
from grader.model.question import Question
from grader.model.value import Array

N = 100
Answer = Callable[[np.random.Generator], np.ndarray]
INPUT = np.full((N, N), 2.0, dtype=np.float32)


def said(stated: Law, answer: Answer, seed: int = 0) -> Statistics:
    """A law read off `answer(rng)`, one call after the other; renewed calls start again, and elsewhere."""
    calls = plan((stated,))
    rng = np.random.default_rng(seed)
    values = []
    for call in calls:
        rng = rng if call is None else np.random.default_rng(seed + call)
        values.append(Array.of(answer(rng)))
    question = Question("f", (Array.of(INPUT),), calls=calls)
    return read(stated, question, tuple(values), values[0].shape)


def holds(stated: Law, answer: Answer, seed: int = 0) -> bool:
    return all(statistic.holds for statistic in said(stated, answer, seed).values())


def dropout(p: float) -> Answer:
    return lambda rng: ((rng.random((N, N)) >= p) * INPUT / (1 - p)).astype(np.float32)


DROPOUT = [
    law.share_of_zeros(p=0.3), law.survivors_scaled_by(factor=1 / 0.7), law.independent_zeros(p=0.3), law.fresh_every_call(p=0.3),
    law.same_seed_same_answer(), law.other_seed_other_answer(), law.draws_differ(), law.number_of_zeros_varies(p=0.3),
]  # fmt: skip


@pytest.mark.parametrize("stated", DROPOUT, ids=lambda each: each.name)
def test_honest_dropout_keeps_every_law(stated: Law) -> None:
    """On 50 seeds."""
    assert all(holds(stated, dropout(0.3), seed) for seed in range(50))


def one_coin_per_row(rng: np.random.Generator) -> np.ndarray:
    return ((rng.random((N, 1)) >= 0.3) * INPUT / 0.7).astype(np.float32)


def one_coin_per_column(rng: np.random.Generator) -> np.ndarray:
    return ((rng.random((1, N)) >= 0.3) * INPUT / 0.7).astype(np.float32)


def the_same_mask(rng: np.random.Generator) -> np.ndarray:
    return dropout(0.3)(np.random.default_rng(5))


def another_generator(rng: np.random.Generator) -> np.ndarray:
    return dropout(0.3)(np.random.default_rng())


def not_rescaled(rng: np.random.Generator) -> np.ndarray:
    return ((rng.random((N, N)) >= 0.3) * INPUT).astype(np.float32)


def exactly_as_many(rng: np.random.Generator) -> np.ndarray:
    mask = np.ones(N * N)
    mask[rng.permutation(N * N)[: int(0.3 * N * N)]] = 0
    return (mask.reshape(N, N) * INPUT / 0.7).astype(np.float32)


@pytest.mark.parametrize(
    ("stated", "wrong"),
    [
        (law.share_of_zeros(p=0.3), dropout(0.35)), (law.share_of_zeros(p=0.3), dropout(0.7)),
        (law.independent_zeros(p=0.3), one_coin_per_row), (law.independent_zeros(p=0.3), one_coin_per_column),
        (law.fresh_every_call(p=0.3), the_same_mask), (law.draws_differ(), the_same_mask),
        (law.other_seed_other_answer(), the_same_mask), (law.same_seed_same_answer(), another_generator),
        (law.survivors_scaled_by(factor=1 / 0.7), not_rescaled), (law.number_of_zeros_varies(p=0.3), exactly_as_many),
    ],
)  # fmt: skip
def test_a_mistake_breaks_the_law_it_is_about(stated: Law, wrong: Answer) -> None:
    """On every one of 20 seeds: a law that catches by luck is none."""
    assert not any(holds(stated, wrong, seed) for seed in range(20))


def test_permutations() -> None:
    """Honest shuffles keep the laws of orders; rotations, swaps and drawing with replacement break one each."""

    def shuffled(rng: np.random.Generator) -> np.ndarray:
        return rng.permutation(10)

    def rotated(rng: np.random.Generator) -> np.ndarray:
        return np.roll(np.arange(10), rng.integers(10))

    laws = [law.each_once(n=10), law.any_item_first(n=10), law.any_neighbour(n=10), law.fixed_points_average_one(n=10)]
    assert all(holds(stated, shuffled, seed) for stated in laws for seed in range(20))
    assert not holds(law.any_neighbour(n=10), rotated)
    assert not holds(law.each_once(n=10), lambda rng: rng.integers(10, size=10))
    assert not holds(law.any_item_first(n=10), lambda rng: np.arange(10))


def test_a_shuffle_with_a_slight_bias() -> None:
    """Swapping each of n items with any of them, not only with those not yet settled, favours earlier places."""
    n = 12_000

    def swapped(rng: np.random.Generator) -> np.ndarray:
        order = list(range(n))
        for here, there in enumerate(rng.integers(n, size=n).tolist()):
            order[here], order[there] = order[there], order[here]
        return np.array(order)

    stated = law.later_as_often_as_earlier(n=n)
    assert all(holds(stated, lambda rng: rng.permutation(n), seed) for seed in range(50))
    assert not any(holds(stated, swapped, seed) for seed in range(20))
    assert not holds(stated, lambda rng: np.arange(n))


def test_an_answer_of_another_form_holds_no_law() -> None:
    """A scalar is no matrix: it has no share of zeros."""
    question = Question("f", (Array.of(INPUT),))
    for value in (0.0, None, "text", Array.of(np.zeros(3)), [1, 2]):
        statistics = read(law.share_of_zeros(p=0.3), question, (value,), (N, N))
        assert not any(statistic.holds for statistic in statistics.values())


def test_nan_holds_nothing() -> None:
    """Comparisons are written so that NaN fails."""
    assert not holds(law.mean_is(mean=0.0, sd=1.0), lambda rng: np.full((N, N), np.nan))


@pytest.mark.parametrize(("n", "p"), [(10_000, 0.3), (100, 0.5), (2_000, 0.01)])
def test_chernoff_is_an_upper_bound(n: int, p: float) -> None:
    """The exact binomial tails beyond the width are below ALPHA together."""
    width = chernoff(n, p)
    k = np.arange(n + 1)
    logs = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log(1 - p)
        for i in k
    ]
    outside = np.abs(k / n - p) > width
    assert float(np.exp(np.array(logs))[outside].sum()) <= ALPHA


def test_chi_square_bounds_are_on_both_sides() -> None:
    """Exact-k masks have no spread at all: the lower bound must be above zero for 40 calls."""
    low, high = chi_square_bounds(40)
    assert 0 < low < 40 < high
