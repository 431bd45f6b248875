"""Points: form counts in proportion to substance, and form alone earns nothing."""

from __future__ import annotations

import pytest

from grader.judging.scoring import share
from grader.model.keys.key import Check


def check(name: str, weight: float = 1.0, *, form: bool = False) -> Check:
    return Check(name, "value", weight, True, form)


MIXED = (check("a"), check("b"), check("shape", form=True), check("type", 0.5, form=True))
FORM = (check("true", form=True), check("false", form=True))


@pytest.mark.parametrize(
    ("checks", "passed", "wanted"),
    [
        (MIXED, "a b shape type", 1.0), (MIXED, "shape type", 0.0), (MIXED, "", 0.0), (MIXED, "a b", 2 / 3.5),
        (MIXED, "a shape type", (1 + 0.75) / 3.5), (FORM, "true", 0.0), (FORM, "true false", 1.0),
    ],
)  # fmt: skip
def test_the_share_of_the_points(checks: tuple[Check, ...], passed: str, wanted: float) -> None:
    """All is all, form without substance is nothing, and with no substance at all it is all or nothing."""
    assert share(checks, frozenset(passed.split())) == pytest.approx(wanted)
