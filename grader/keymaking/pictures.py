"""The pictures of a page -> questions and true numbers, for d2l-check plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from grader.course.draw import Draw
from grader.course.page import Arguments, Case, Page, PagePicture
from grader.keymaking.expected import asker
from grader.keymaking.questions import question_of, recast
from grader.model.errors import PageError
from grader.model.keys.picture import Picture, Series
from grader.model.picture_numbers import numbers_of
from grader.model.question import Failed, Question, Returned
from grader.model.value import Array

DTYPE = "float32"
SURFACE, MARGIN = 41, 0.25
OTHER_SEED = 7


def pictures_of(page: Page, seed: int) -> tuple[Picture, ...]:
    """Every picture of the page. Raises `PageError` where the reference cannot be drawn."""
    return tuple(_picture(page, each, seed) for each in page.pictures)


def _picture(page: Page, wanted: PagePicture, seed: int) -> Picture:
    try:
        drawn = wanted.draw(Draw(seed, page.id, wanted.name))
    except Exception as error:
        raise PageError(
            f"{page.where(wanted.name)}: picture {wanted.name} cannot be drawn: {type(error).__name__}: {error}"
        ) from error
    x, given = drawn if wanted.kind in ("curve", "bars") else (None, drawn)
    lines = given if isinstance(given, dict) else {"": given}
    series = tuple(Series(label, *_asked(page, wanted, seed, calls)) for label, calls in lines.items())
    where = None if x is None else Array.of(np.asarray(torch.as_tensor(x).double()))
    _require_fitting(page, wanted, series, where)
    surface, box = _surface(wanted, series[0].truth.numpy())
    return Picture(
        wanted.name,
        wanted.title,
        wanted.kind,
        series,
        wanted.part,
        where,
        wanted.x,
        wanted.y,
        wanted.kind == "image" and any(_is_random(page, wanted, each) for each in series),
        surface,
        box,
    )


def _asked(page: Page, wanted: PagePicture, seed: int, calls: Any) -> tuple[tuple[Question, ...], Array]:
    """The questions of one line, and the right numbers."""
    case = Case(wanted.name, wanted.draw)
    every = [Arguments.of(each) for each in (calls if isinstance(calls, list) else [calls])]
    questions = tuple(question_of(page, case, seed, each, DTYPE, ()) for each in every)
    return questions, Array.of(_right(page, wanted, [recast(question, "float64") for question in questions]))


def _right(page: Page, wanted: PagePicture, questions: Sequence[Question]) -> np.ndarray:
    try:
        return numbers_of(list(_answers(page, wanted, questions)), wanted.kind, wanted.part)
    except ValueError as error:
        raise PageError(f"{page.where(wanted.name)}: picture {wanted.name}: of the reference {error}.") from None


def _answers(page: Page, wanted: PagePicture, questions: Sequence[Question]) -> Iterator[Returned]:
    ask = asker(page, page.truth or page.reference)
    for question in questions:
        answer = ask(question)
        if isinstance(answer, Failed):
            said = f"{' '.join(answer.error[:1])} {answer.message}"
            raise PageError(f"{page.where(wanted.name)}: picture {wanted.name}: the reference failed: {said}")
        yield answer


def _require_fitting(page: Page, wanted: PagePicture, series: Sequence[Series], x: Array | None) -> None:
    for line in series:
        numbers = line.truth.numpy()
        if not np.isfinite(numbers).all():
            raise PageError(
                f"{page.where(wanted.name)}: picture {wanted.name}: the reference's numbers are not all finite."
            )
        if x is not None and numbers.shape != x.shape:
            raise PageError(
                f"{page.where(wanted.name)}: picture {wanted.name}: "
                f"{numbers.size} numbers came back for {x.numpy().size} places on the"
                " horizontal axis. Give one for each."
            )


def _is_random(page: Page, wanted: PagePicture, line: Series) -> bool:
    """Whether another seed changes the numbers."""
    questions = [replace(recast(each, "float64"), calls=(OTHER_SEED,)) for each in line.questions]
    return not np.array_equal(_right(page, wanted, questions), line.truth.numpy())


def _surface(wanted: PagePicture, path: np.ndarray) -> tuple[Array | None, tuple[float, ...]]:
    """The heights around a path."""
    if wanted.surface is None:
        return None, ()
    low, high = path.min(0), path.max(0)
    room = MARGIN * max(float((high - low).max()), 1e-3)
    box = (low[0] - room, high[0] + room, low[1] - room, high[1] + room)
    across, up = torch.linspace(*box[:2], SURFACE).double(), torch.linspace(*box[2:], SURFACE).double()
    heights = wanted.surface(across[None, :], up[:, None]).expand(SURFACE, SURFACE)
    return Array.of(heights.float().numpy()), tuple(map(float, box))
