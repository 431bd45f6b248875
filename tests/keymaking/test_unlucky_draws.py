"""Numbers that by chance do not tell right from wrong are drawn again; a case that never does is the author's to repair."""

from __future__ import annotations

import pytest

from grader.keymaking.keymaker import make_exercise_key
from grader.model.errors import PageError
from tests.helpers.pages import Write
from tests.helpers.pages import write as write

PAGE = """
    @reference
    def less(x):
        return x - 1e5

    @case
    def numbers(draw):
        lucky = int(draw.integers(high={of})) > 0
        return draw.normal(3) + (0 if lucky else 1e5)
"""


def test_an_unlucky_draw_is_drawn_again(write: Write) -> None:
    """One in four does not tell right from wrong. No seed goes without a key for it, and each key is its seed's."""
    page = write(PAGE.format(of=4))
    keys = [make_exercise_key(page, seed) for seed in range(1, 21)]
    assert len({str(key.entries) for key in keys}) == 20
    assert keys[:5] == [make_exercise_key(page, seed) for seed in range(1, 6)]


def test_a_case_that_is_always_unlucky_is_a_mistake_of_the_page(write: Write) -> None:
    """It is named, with its line."""
    page = write(PAGE.format(of=1))
    with pytest.raises(PageError, match=r"f\.py:10: .*case numbers.* cannot tell right from wrong"):
        make_exercise_key(page, 1)
