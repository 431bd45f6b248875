"""Pictures of an exercise: one's own answers beside the right ones. Needs matplotlib (the extra `plot`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from grader.model.keys.picture import Picture, PictureKind, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RIGHT, YOURS = "#8a8a8a", ("#2f6fb5", "#d2604b", "#2f9a74", "#8a62bd", "#b98210")
WIDTH, HEIGHT = 4.6, 3.4  # inches, of one panel
LETTERS_PER_INCH = 13


@dataclass(frozen=True)
class DrawnSeries:
    """A series with the numbers that a student's function gave; None where it gave none, for the reason `why`."""

    series: Series
    yours: np.ndarray | None
    why: str = ""


def png_of(picture: Picture, drawn: Sequence[DrawnSeries]) -> bytes:
    """The picture as a PNG file. What is right is grey and dashed, or on the left; what is yours has a colour."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = _PANELS[picture.kind](drawn)
    figure = Figure(figsize=(WIDTH * panels, HEIGHT), layout="constrained")
    FigureCanvasAgg(figure)
    _DRAWN[picture.kind](figure, picture, drawn)
    figure.suptitle(fill(picture.title, int(LETTERS_PER_INCH * WIDTH * panels)), fontsize=10)
    file = BytesIO()
    figure.savefig(file, format="png", dpi=130)
    return file.getvalue()


def _curves(figure: Figure, picture: Picture, drawn: Sequence[DrawnSeries]) -> None:
    axes = figure.add_subplot()
    assert picture.x is not None
    x = picture.x.numpy()
    for place, each in enumerate(drawn):
        colour, label = YOURS[place % len(YOURS)], each.series.label or "yours"
        axes.plot(x, each.series.truth.numpy(), "--", color=RIGHT, linewidth=3.2, label=None if place else "right")
        if each.yours is not None:
            axes.plot(x, each.yours, color=colour, linewidth=1.4, label=label)
    _finish(axes, picture)
    axes.legend(fontsize=8)


def _bars(figure: Figure, picture: Picture, drawn: Sequence[DrawnSeries]) -> None:
    assert picture.x is not None
    x = picture.x.numpy()
    first: Axes | None = None
    for place, each in enumerate(drawn):
        axes = figure.add_subplot(1, len(drawn), place + 1, sharey=first)
        first = first or axes
        axes.bar(x - 0.2, each.series.truth.numpy(), 0.38, color=RIGHT, hatch="//", label="right")
        if each.yours is not None:
            axes.bar(x + 0.2, each.yours, 0.38, color=YOURS[0], label="yours")
        axes.set_title(each.series.label, fontsize=9)
        _finish(axes, picture)
    if first is not None:
        first.legend(fontsize=8)


def _images(figure: Figure, picture: Picture, drawn: Sequence[DrawnSeries]) -> None:
    (each,) = drawn
    truth = each.series.truth.numpy()
    low, high = float(truth.min()), float(truth.max())
    pairs = [("right (drawn at random)" if picture.random else "right", truth), ("yours", each.yours)]
    for place, (title, numbers) in enumerate(pairs):
        axes = figure.add_subplot(1, 2, place + 1)
        axes.set_title(title, fontsize=9)
        if numbers is None:
            axes.set_axis_off()
            continue
        image = axes.imshow(numbers, vmin=low, vmax=high, cmap="viridis", interpolation="nearest")
        _finish(axes, picture)
    figure.colorbar(image, ax=figure.axes, shrink=0.8)


def _paths(figure: Figure, picture: Picture, drawn: Sequence[DrawnSeries]) -> None:
    axes = figure.add_subplot()
    if picture.surface is not None:
        left, right, bottom, top = picture.box
        heights = picture.surface.numpy()
        across, up = np.linspace(left, right, heights.shape[1]), np.linspace(bottom, top, heights.shape[0])
        axes.contour(across, up, heights, levels=14, colors="#c8c8c8", linewidths=0.8)
    for place, each in enumerate(drawn):
        truth, colour = each.series.truth.numpy(), YOURS[place % len(YOURS)]
        axes.plot(*truth.T, "o--", color=RIGHT, markersize=6, linewidth=2.5, label=None if place else "right")
        if each.yours is not None:
            axes.plot(
                *each.yours.T, "o-", color=colour, markersize=3, linewidth=1.2, label=each.series.label or "yours"
            )
    if picture.box:
        axes.set(xlim=picture.box[:2], ylim=picture.box[2:])
    _finish(axes, picture)
    axes.legend(fontsize=8)


def _finish(axes: Axes, picture: Picture) -> None:
    axes.set_xlabel(picture.x_label, fontsize=9)
    axes.set_ylabel(picture.y_label, fontsize=9)
    axes.tick_params(labelsize=8)


_DRAWN: Mapping[PictureKind, Callable[[Figure, Picture, Sequence[DrawnSeries]], None]] = {
    "curve": _curves,
    "bars": _bars,
    "image": _images,
    "path": _paths,
}
_PANELS: Mapping[PictureKind, Callable[[Sequence[DrawnSeries]], float]] = {
    "curve": lambda _: 1.3,
    "bars": lambda drawn: max(0.8 * len(drawn), 1.3),
    "image": lambda _: 2,
    "path": lambda _: 1.3,
}
