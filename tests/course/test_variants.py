"""A mistake with other numbers is the same mistake: what `also=` makes of a page."""

from __future__ import annotations

import re

import pytest
import torch

from grader.model.errors import PageError
from tests.helpers.pages import Write
from tests.helpers.pages import write as write

PAGE = """
    @reference
    def scaled(x):
        return x / x.sum()

    @case
    def ordinary(draw):
        return draw.uniform(3, low=1, high=2)

    @misconception("The number is a little too small.", also={also})
    def epsilon_added(x{own}):
        return x / (x.sum() + eps)
"""


def test_each_value_but_the_default_is_another_attempt(write: Write) -> None:
    """It makes the one mistake, with its own number."""
    page = write(PAGE.format(also="(1e-3, 1e-2, 0.5)", own=", *, eps=1e-2"))
    assert [(each.name, each.mistakes) for each in page.first_attempts] == [
        ("epsilon_added(eps=0.001)", ("epsilon_added",)),
        ("epsilon_added(eps=0.5)", ("epsilon_added",)),
    ]
    x = torch.tensor([1.0, 1.0])
    given = [each.function(x)[0].item() for each in (*page.misconceptions, *page.first_attempts)]
    assert given == pytest.approx([1 / 2.01, 1 / 2.001, 1 / 2.5])


@pytest.mark.parametrize("own", ["", ", eps=1e-2", ", *, eps", ", *, eps=1e-2, more=1"])
def test_it_needs_one_parameter_of_its_own(write: Write, own: str) -> None:
    """Which values would be meant otherwise?"""
    says = "also= gives values for one keyword-only parameter with a default. Write one: (…, *, eps=1e-8)."
    with pytest.raises(PageError, match=re.escape(f"f.py:14: misconception epsilon_added: {says}")):
        write(PAGE.format(also="EPSILONS", own=own))
