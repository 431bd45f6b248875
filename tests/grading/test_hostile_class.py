"""A class with hostile submissions in it: for all others it is as if they had not been there."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.helpers.attacks import ATTACKS
from tests.helpers.mixed_class import entry, hand_in, results
from tests.helpers.sandboxes import one_process

QUICK = ("fork_bomb", "forged_for_the_next", "poisoned_state", "rewrite_the_grader")


def nobody_else_notices(folder: Path, class_key: Path) -> None:
    with one_process():
        alone = {result.student: entry(result) for result in results(folder, class_key, hostile=False)}
    together = {result.student: result for result in results(folder, class_key, hostile=True)}
    assert {name: entry(together[name]) for name in alone} == alone
    assert len({text.partition('"exercises"')[2] for text in alone.values()}) > 3, "a class of one mind shows nothing"
    for name in together.keys() - alone.keys():
        attacker = together[name]
        assert attacker.status == "graded", attacker
        assert attacker.points <= 0.1 * attacker.max_points, attacker


def test_a_small_class(tmp_path: Path, class_key: Path) -> None:
    """Six of ten are honest, and get the same marks with and without the other four, byte for byte."""
    attacks = [path for path in ATTACKS if path.stem in QUICK]
    assert len(attacks) == len(QUICK)
    hand_in(tmp_path / "class", 6, attacks, random.Random(1))
    nobody_else_notices(tmp_path / "class", class_key)


@pytest.mark.soak
def test_a_class_of_a_hundred(tmp_path: Path, class_key: Path) -> None:
    """Seventy of a hundred are honest, and get the same marks with and without the other thirty, byte for byte."""
    rng = random.Random(2)
    hand_in(tmp_path / "class", 70, rng.sample(ATTACKS, 30), rng)
    nobody_else_notices(tmp_path / "class", class_key)
