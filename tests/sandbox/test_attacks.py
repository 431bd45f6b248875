"""Hostile submissions, each with the outcome it must have, in every mode for untrusted code.

An attack is a file in attacks/. It has one function to write, `double(x)`, whose right answer only the test knows. Its
first line states the outcomes that are allowed:

    right, wrong                              it answered, and the numbers are or are not twice x
    raised [name], missing, out_of_memory     what the child says of it
    timed_out, died                           what the parent says of it

An attack that gets somewhere says BREACH, in an answer, a file or a connection. None may, none may outlive its
submission, and the next submission must not notice that it was there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.sandbox.session import Sandbox
from tests.helpers.attacks import ATTACKS, QUESTION, World, undergo
from tests.helpers.course import ROOT
from tests.helpers.sandbox_modes import LIMITS, SECRET


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.stem for attack in ATTACKS])
def test_an_attack_gains_nothing(walled: Sandbox, world: World, attack: Path) -> None:
    """It ends in its verdict, within its limits, reads no secret, leaves nothing behind and nobody else notices."""
    undergo(walled, world, attack)


@pytest.mark.parametrize("attack", ATTACKS[::4], ids=[attack.stem for attack in ATTACKS[::4]])
def test_an_attack_gains_nothing_behind_fewer_walls(hardened: Sandbox, world: World, attack: Path) -> None:
    """A sample in every mode; all of them, three times, are for `make soak`."""
    undergo(hardened, world, attack)


@pytest.mark.soak
@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.stem for attack in ATTACKS])
def test_an_attack_gains_nothing_when_repeated(hardened: Sandbox, world: World, attack: Path) -> None:
    """The same three times over: no outcome is a matter of luck."""
    for _ in range(3):
        undergo(hardened, world, attack)


def test_an_attack_can_succeed(started: object, world: World) -> None:
    """The tests above can fail: without the walls, trusted code reads what it likes, and the test sees it."""
    with (
        Sandbox.start(LIMITS, trust=True, without=("words",)) as sandbox,
        sandbox.submission(
            {"attack": world.source(ROOT / "tests" / "sandbox" / "attacks" / "read_solution.py")}
        ) as submission,
    ):
        (answer,) = submission.ask("attack", [QUESTION])
    assert SECRET in repr(answer)
