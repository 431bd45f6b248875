"""A case and a seed -> the question that is asked: its arguments, its seed, its laws."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from grader.course.draw import Draw
from grader.course.page import Arguments, Case, Page, dtype_name
from grader.model.errors import PageError
from grader.model.question import Question
from grader.model.statistic import Law, plan
from grader.model.value import Dtype, Value, leaves, map_leaves
from grader.tensors import array_of, cast


def drawn_arguments(draw: Callable[[Draw], Any], page: Page, case: Case, seed: int) -> Arguments:
    try:
        given = draw(Draw(seed, page.id, case.name))
    except Exception as error:
        raise PageError(f"{page.id}: case {case.name} cannot be drawn: {type(error).__name__}: {error}") from error
    if isinstance(given, Arguments):
        return given
    return Arguments(given if isinstance(given, tuple) else (given,), {})


def has_floats(drawn: Arguments) -> bool:
    given = [leaf for _, leaf in leaves([drawn.args, drawn.kwargs])]
    return (
        any(isinstance(leaf, torch.Tensor) and leaf.is_floating_point() for leaf in given) or Dtype("question") in given
    )


def asked_dtypes(page: Page, case: Case, drawn: Arguments) -> tuple[str | None, ...]:
    if not has_floats(drawn):
        return (None,)
    return case.dtypes or tuple(dtype_name(dtype) for dtype in page.exercise.dtypes)


def question_of(
    page: Page, case: Case, seed: int, drawn: Arguments, dtype: str | None, laws: tuple[Law, ...]
) -> Question:
    def leaf(value: Any) -> Value:
        if isinstance(value, torch.Tensor):
            floating = value.is_floating_point() and dtype is not None
            return array_of(cast(value, getattr(torch, str(dtype))) if floating else value)
        if isinstance(value, torch.dtype):
            return Dtype(dtype_name(value))
        return Dtype(str(dtype)) if value == Dtype("question") else value

    args, kwargs = map_leaves(leaf, drawn.args), map_leaves(leaf, dict(drawn.kwargs))
    names = parameters(page)
    after = tuple(f"[{names.index(name)}]" for name in page.exercise.mutates if names.index(name) < len(args))
    seed_here = Draw(seed, page.id, case.name, "seed").integer(1, 2**31)
    return Question(
        page.name, args, kwargs, seed_here, plan(laws), after=after, driver=page.driver, forbid=page.exercise.forbid
    )


def stated_laws(page: Page, drawn: Arguments) -> tuple[Law, ...]:
    if page.laws is None:
        return ()
    try:
        stated = page.laws(*drawn.args, **drawn.kwargs)
    except Exception as error:
        raise PageError(f"{page.id}: the laws cannot be stated: {type(error).__name__}: {error}") from error
    return tuple(replace(law, numbers=map_leaves(_number, dict(law.numbers))) for law in stated)


def _number(value: Any) -> Value:
    return (
        array_of(value.double() if value.is_floating_point() else value) if isinstance(value, torch.Tensor) else value
    )


def parameters(page: Page) -> tuple[str, ...]:
    """The names of the reference's parameters."""
    return tuple(inspect.signature(page.reference).parameters)
