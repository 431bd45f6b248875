"""Numbers with just enough digits."""

from __future__ import annotations

import math


def number_text(number: object) -> str:
    """A number with four significant digits."""
    if isinstance(number, float) and math.isfinite(number):
        return f"{number:.4g}"
    return str(number)


def pair_text(expected: object, got: object) -> tuple[str, str]:
    """Two numbers with just enough digits to tell them apart."""
    if not (isinstance(expected, (int, float)) and isinstance(got, (int, float))):
        return str(expected), str(got)
    for digits in range(4, 18):
        texts = f"{expected:.{digits}g}", f"{got:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return str(expected), str(got)
