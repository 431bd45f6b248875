"""What d2l-check plot draws of an exercise: questions, and what is true of their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.model.question import Question
from grader.model.value import Array

PictureKind = Literal["curve", "bars", "image", "path"]
PICTURE_KINDS: tuple[PictureKind, ...] = ("curve", "bars", "image", "path")


@dataclass(frozen=True, slots=True)
class Series:
    """One line, one group of bars, one image or one path.

    label: what it is called, where there are several. questions: one that is answered with all numbers, or one for each
    number. truth: the right numbers, in float64: of shape (n,) for curves and bars, (rows, columns) for images and
    (steps, 2) for paths.
    """

    label: str
    questions: tuple[Question, ...]
    truth: Array


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of an exercise.

    name: that of its function on the page. title: what is to be seen, in a sentence.
    part: which part of the answer is drawn, as a path (`[0]`); empty for all of it.
    x: where on the horizontal axis the numbers stand, of shape (n,); None for images and paths.
    random: another right answer has other numbers.
    surface: for a path, the heights of what it goes down, of shape (m, m), over `box` = (left, right, bottom, top).
    """

    name: str
    title: str
    kind: PictureKind
    series: tuple[Series, ...]
    part: str = ""
    x: Array | None = None
    x_label: str = ""
    y_label: str = ""
    random: bool = False
    surface: Array | None = None
    box: tuple[float, ...] = ()
