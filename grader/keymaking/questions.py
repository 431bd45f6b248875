"""A case and a seed -> the question that is asked: its arguments, its seed, its laws."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from grader.course.domain_draw import OwnDtype
from grader.course.draw import Draw
from grader.course.numpy_draw import draw_for
from grader.course.page import Arguments, Case, Page, dtype_name
from grader.course.places import place_of, raised_in
from grader.model import tolerance
from grader.model.encoding import extent
from grader.model.errors import PageError
from grader.model.keys.statistic import Law, plan
from grader.model.question import Question
from grader.model.value import ITEM_BYTES, Array, Dtype, Library, Value, leaves, map_leaves
from grader.runner.tensors import to_torch


def drawn_arguments(draw: Callable[[Draw], Any], page: Page, case: Case, seed: int) -> Arguments:
    try:
        given = draw(draw_for(page.exercise.arrays, Draw(seed, page.id, case.name)))
    except Exception as error:
        where = f"{place_of(page.path, raised_in(page.path, error))}: {page.id}, case {case.name}"
        raise PageError(f"{where} cannot be drawn: {type(error).__name__}: {error}.") from error
    if given is None:
        repair = "Return the arguments as a tuple; None as an argument is arguments(None)."
        raise PageError(f"{page.where(case.name)}, case {case.name} returns nothing. {repair}")
    _refuse_other_arrays(page, case, given)
    drawn = Arguments.of(given)
    if case.raises is None:
        _refuse_misfit(page, case, drawn)
    return drawn


def _refuse_misfit(page: Page, case: Case, given: Arguments) -> None:
    """Refuses arguments that the reference, or the page's driver, does not take."""
    takes = _taken_by(page)
    try:
        takes.bind(*given.args, **given.kwargs)
    except TypeError as error:
        where = f"{page.where(case.name)}, case {case.name}"
        repair = "Return a tuple of all arguments, or arguments(…, name=…)."
        raise PageError(f"{where} does not fit {page.name}{takes}: {error}. {repair}") from None


def _refuse_other_arrays(page: Page, case: Case, given: Any) -> None:
    """Refuses NumPy's arrays on a page about tensors, and the other way round; and dtypes that keys do not know."""
    arguments = (given.args, dict(given.kwargs)) if isinstance(given, Arguments) else given
    for _, leaf in leaves(arguments):
        if why := _other_array(page, leaf):
            raise PageError(f"{page.where(case.name)}, case {case.name} gives {why}")


def _other_array(page: Page, leaf: Any) -> str:
    """What is wrong with an array that a case gives, and the repair; empty where nothing is."""
    if isinstance(leaf, np.ndarray) and page.exercise.arrays != "numpy":
        return 'a NumPy array. Draw a tensor, or say Exercise(arrays="numpy") where students write NumPy.'
    if isinstance(leaf, torch.Tensor) and page.exercise.arrays == "numpy":
        return 'a tensor, where the exercise says arrays="numpy". Draw with draw alone.'
    if isinstance(leaf, np.ndarray) and leaf.dtype.name not in ITEM_BYTES:
        return f"an array of {leaf.dtype}. Give one of {', '.join(ITEM_BYTES)}."
    return ""


def _taken_by(page: Page) -> inspect.Signature:
    """The parameters that a case's arguments are for: those of the driver behind the function, or the reference's."""
    return _taken_by_driver(page.driver) if page.driver else inspect.signature(page.reference)


@lru_cache(maxsize=64)
def _taken_by_driver(driver: str) -> inspect.Signature:
    namespace: dict[str, Any] = {"torch": torch, "np": np}
    exec(driver, namespace)
    drive = inspect.signature(namespace["drive"])
    return drive.replace(parameters=list(drive.parameters.values())[1:])


def has_floats(drawn: Arguments) -> bool:
    given = [leaf for _, leaf in leaves([drawn.args, drawn.kwargs])]
    return (
        any(isinstance(leaf, torch.Tensor) and leaf.is_floating_point() for leaf in given)
        or any(isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" for leaf in given)
        or any(isinstance(leaf, OwnDtype) and leaf.tensor.is_floating_point() for leaf in given)
        or any(isinstance(leaf, Dtype) and leaf.name == "question" for leaf in given)
    )


def asked_dtypes(page: Page, case: Case, drawn: Arguments) -> tuple[str | None, ...]:
    if not has_floats(drawn):
        return (None,)
    return case.dtypes or tuple(dtype_name(dtype) for dtype in page.exercise.dtypes)


def question_of(
    page: Page, case: Case, seed: int, drawn: Arguments, dtype: str | None, laws: tuple[Law, ...]
) -> Question:
    def leaf(value: Any) -> Value:
        if isinstance(value, OwnDtype):
            return array_of(value.tensor, page.exercise.arrays)
        if isinstance(value, (torch.Tensor, np.ndarray)):
            library: Library = "torch" if isinstance(value, torch.Tensor) else "numpy"
            tensor = value if isinstance(value, torch.Tensor) else _tensor_of(value)
            floating = tensor.is_floating_point() and dtype is not None
            return array_of(cast(tensor, getattr(torch, str(dtype))) if floating else tensor, library)
        if isinstance(value, torch.dtype):
            return Dtype(dtype_name(value))
        return Dtype(str(dtype)) if isinstance(value, Dtype) and value.name == "question" else value

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
        where = f"{place_of(page.path, raised_in(page.path, error))}: {page.id}"
        raise PageError(f"{where}: the laws cannot be stated: {type(error).__name__}: {error}.") from error
    return tuple(replace(law, numbers=map_leaves(_number, dict(law.numbers))) for law in stated)


def _tensor_of(array: np.ndarray) -> torch.Tensor:
    """A tensor with the numbers and, where torch has them, the strides of a NumPy array."""
    plain = array if all(step >= 0 for step in array.strides) else np.ascontiguousarray(array)
    return torch.from_numpy(plain if plain.flags.writeable else plain.copy())


def _number(value: Any) -> Value:
    if isinstance(value, np.ndarray):
        return Array.of(value.astype(np.float64) if value.dtype.kind == "f" else value)
    return (
        array_of(value.double() if value.is_floating_point() else value) if isinstance(value, torch.Tensor) else value
    )


def signature(page: Page) -> str:
    """The reference's parameters with their defaults, without annotations."""
    known = inspect.signature(page.reference)
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in known.parameters.values()]
    return str(inspect.Signature(bare)).removeprefix("(").removesuffix(")")


def parameters(page: Page) -> tuple[str, ...]:
    """The names of the reference's parameters."""
    return _parameters(page.reference)


@lru_cache(maxsize=64)
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def cast(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The same numbers in another dtype, with the same strides."""
    if x.is_contiguous() or 0 in x.stride():
        return x.to(dtype).contiguous()
    return torch.empty_strided(x.shape, x.stride(), dtype=dtype).copy_(x)


def recast(
    question: Question, dtype: str | None, change: Callable[[torch.Tensor], torch.Tensor] = lambda x: x
) -> Question:
    """The same question with its floating tensors changed, and in another dtype."""

    def leaf(value: Value) -> Value:
        if isinstance(value, Array) and value.is_float():
            tensor = change(to_torch(replace(value, library="torch")))
            return array_of(tensor.to(getattr(torch, dtype)) if dtype else tensor, value.library)
        if isinstance(value, Dtype) and dtype and value.name in tolerance.ROUNDING:
            return Dtype(dtype)
        return value

    return replace(
        question,
        args=map_leaves(leaf, question.args),
        kwargs=map_leaves(leaf, dict(question.kwargs)),
        cotangents=map_leaves(leaf, question.cotangents),
    )


def jiggled(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Every entry moved to an adjacent number, up or down; zeros stay."""
    signs = torch.randint(0, 2, x.shape, generator=generator).mul(2).sub(1).double()
    step = 1.5 * tolerance.ROUNDING[str(x.dtype).removeprefix("torch.")]
    moved = torch.empty_strided(x.shape, x.stride(), dtype=x.dtype)
    return moved.copy_(x.double() * (1 + step * signs))


def array_of(tensor: torch.Tensor, library: Library = "torch") -> Array:
    """A tensor as a key holds it, with its strides where they are not the usual ones; or NumPy's array that it stands
    for."""
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.is_contiguous() or 0 in tensor.stride():
        plain = tensor.clone(memory_format=torch.contiguous_format)  # one entry of stride 0 passes for contiguous
        return Array(dtype, tuple(plain.shape), _bytes(plain), library=library)
    storage = torch.zeros(extent(tuple(tensor.shape), tensor.stride()), dtype=tensor.dtype)
    storage.as_strided(tensor.shape, tensor.stride()).copy_(tensor)
    return Array(dtype, tuple(tensor.shape), _bytes(storage), tuple(tensor.stride()), library)


def _bytes(plain: torch.Tensor) -> bytes:
    assert str(plain.dtype).removeprefix("torch.") in ITEM_BYTES
    return plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
