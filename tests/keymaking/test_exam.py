"""Answers that no page lists, by somebody who read the stubs: right ones get all points, wrong ones and lazy ones do not.

What each is, and what is wrong with it, stands in tests/data/answers/*.json. `benchmarks/answers.py` grades them all
and lists those that fare otherwise; here they answer in this process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from grader.keymaking.keymaker import make_exercise_key
from grader.model.keys.key import ExerciseKey
from tests.helpers.course import page
from tests.helpers.exam import EXAM, share
from tests.helpers.keys import exercise_key

SAMPLE = (
    "r_center_einsum", "w_center_half", "r_nc_affine", "w_nc_clamp", "w_lp_only_overflow",
    "w2_ax_pos", "w3_ce_cols", "w_ce_clamped", "w_shape_zero_zero", "w2_mg_argmax",
)  # fmt: skip
SEEDS = range(1, 11)
THOUGHTLESS, WRONG_IN_FULL = 0.05, 0.02


@pytest.mark.parametrize("answer", [each for each in EXAM if each["id"] in SAMPLE], ids=lambda each: str(each["id"]))
def test_a_few_answers_of_the_exam(answer: Mapping[str, Any]) -> None:
    """Right ones pass in full; wrong ones, wrong where no case of a page looks, do not."""
    key = exercise_key(f"{answer['topic']}.{answer['function']}")
    assert (share(answer, key) == 1) is (answer["expected"] == "right"), answer["note"]


@cache
def key(id: str, seed: int) -> ExerciseKey:
    return make_exercise_key(replace(page(id), misconceptions=(), first_attempts=()), seed)


@pytest.mark.soak
def test_the_whole_exam_on_ten_seeds() -> None:
    """No right answer is refused; of the wrong ones that nobody disputes at most 2 % have full marks; laziness earns nothing."""
    refused, in_full, paid, wrong = set(), [], set(), 0
    for answer in EXAM:
        for seed in SEEDS:
            earned = share(answer, key(f"{answer['topic']}.{answer['function']}", seed))
            if answer["expected"] == "right" and earned < 1:
                refused.add(answer["id"])
            elif answer["expected"] == "degenerate" and earned > THOUGHTLESS:
                paid.add(answer["id"])
            elif answer["expected"] == "wrong" and not answer["debatable"]:
                wrong += 1
                in_full += [answer["id"]] * (earned == 1)
    assert (refused, paid) == (set(), set())
    assert len(in_full) <= WRONG_IN_FULL * wrong, sorted(set(in_full))
