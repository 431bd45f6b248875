"""Exact numbers: what is computed has no rounding, what is written down has four decimals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

DECIMALS = 4


def exact(value: float | str | Decimal) -> Fraction:
    """The number itself, to the last bit of a float."""
    return Fraction(value)


def written(value: Fraction) -> Decimal:
    """The number as marks are written down; what lies in the middle goes to the even digit, as `round` has it."""
    return Decimal(round(value * 10**DECIMALS)).scaleb(-DECIMALS)
