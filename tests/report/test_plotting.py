"""Pictures as files: each kind is drawn, with and without an answer."""

from __future__ import annotations

import numpy as np
import pytest

from grader.model.keys.picture import Picture, PictureKind, Series
from grader.model.value import Array
from grader.report.plotting import DrawnSeries, png_of

pytest.importorskip("matplotlib")
LINE = np.array([0.0, 1.0, 4.0])
MATRIX = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(("kind", "truth"), [("curve", LINE), ("bars", LINE), ("image", MATRIX), ("path", MATRIX)])
@pytest.mark.parametrize("answered", [True, False])
def test_each_kind_is_a_png(kind: PictureKind, truth: np.ndarray, answered: bool) -> None:
    """A function that gives nothing leaves the right numbers, and one that gives nonsense (inf, nan) stops nothing."""
    series = Series("one", (), Array.of(truth))
    surface = Array.of(np.ones((4, 4))) if kind == "path" else None
    picture = Picture(
        "p", "A title that is long enough to be broken into more lines than one, which it is, at last, by now.", kind,
        (series,), x=Array.of(LINE) if truth is LINE else None, surface=surface, box=(0.0, 1.0, 0.0, 1.0) if surface else (),
    )  # fmt: skip
    yours = np.where(truth > 0, truth, np.nan) if answered else None
    file = png_of(picture, [DrawnSeries(series, yours)])
    assert file.startswith(b"\x89PNG") and len(file) > 5_000


def test_yours_is_seen() -> None:
    """Another answer is another picture."""
    series = Series("", (), Array.of(LINE))
    picture = Picture("p", "A title.", "curve", (series,), x=Array.of(LINE))
    assert png_of(picture, [DrawnSeries(series, LINE)]) != png_of(picture, [DrawnSeries(series, -LINE)])
