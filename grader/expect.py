"""What is expected of the answer to one question: truth, kind and error budget of every leaf.

The reference is asked the question itself, the same in float64 (the truth), on neighbours of its inputs and,
to see what is random, with other seeds. Everything here is trusted code, in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from grader import tolerance
from grader.errors import PageError
from grader.key import Expected
from grader.page import Case, Page
from grader.question import Answer, Ask, Failed, Question, Returned
from grader.sandbox.respond import respond, to_torch
from grader.sheet import Sheet, numbers, sheet
from grader.value import ITEM_BYTES, Array, Dtype, Value, extent, map_leaves

OTHER_SEEDS = (1_000_003, 2_000_003, 3_000_017)


@dataclass(frozen=True)
class Asked:
    """A case in one dtype. `where` names it in messages to the author."""

    page: Page
    case: Case
    dtype: str | None
    question: Question

    @property
    def where(self) -> str:
        return f"{self.page.id}, case {self.case.name}" + (f" in {self.dtype}" if self.dtype else "")


def asker(page: Page, function: Callable[..., Any]) -> Ask:
    """Answers a page's questions with `function`."""
    return lambda question: respond({page.name: function, "__file__": str(page.path)}, question)


def expectations(asked: Asked, own: Returned) -> tuple[Expected, ...]:
    """Every leaf of the answer with its truth and budget. `own` is the reference's answer."""
    question, ask = asked.question, asker(asked.page, asked.page.reference)
    random = _random_paths(question, ask, own)
    truth = _truth(asked, own)
    others = [] if random else [sheet(question, answer) for answer in _neighbours(question, ask)]
    others += [sheet(question, answer) for answer in _alternatives(asked)]
    single = _single_errors(asked) if asked.dtype == "float64" else {}
    return tuple(
        _expected(
            asked,
            path,
            leaf,
            truth.get(path),
            path in random,
            [each.get(path) for each in others],
            single.get(path, 0.0),
        )
        for path, leaf in sheet(question, own).items()
    )


def _random_paths(question: Question, ask: Ask, own: Returned) -> frozenset[str]:
    """The leaves that another seed changes."""
    if question.gradients:
        return frozenset()
    mine = sheet(question, own)
    with_seeds = [_returned(ask(replace(question, calls=(seed,)))) for seed in OTHER_SEEDS]
    seen = [sheet(question, answer) for answer in with_seeds if answer]
    return frozenset(path for path in mine if any(other.get(path) != mine[path] for other in seen))


def _returned(answer: Answer) -> Returned | None:
    return answer if isinstance(answer, Returned) else None


def _truth(asked: Asked, own: Returned) -> Sheet:
    exact = asked.page.truth
    if asked.dtype in (None, "float64") and exact is None:
        return sheet(asked.question, own)
    question = recast(asked.question, "float64")
    answer = asker(asked.page, exact or asked.page.reference)(question)
    if isinstance(answer, Failed):
        raise PageError(
            f"{asked.where}: the reference failed in float64: {' '.join(answer.error[:1])} {answer.message}"
        )
    return sheet(question, answer)


def _neighbours(question: Question, ask: Ask) -> list[Returned]:
    generator = torch.Generator().manual_seed(question.seed)
    questions = (recast(question, None, lambda x: jiggled(x, generator)) for _ in range(tolerance.NEIGHBOURS))
    return [answer for each in questions if (answer := _returned(ask(each)))]


def _alternatives(asked: Asked) -> list[Returned]:
    answers = [asker(asked.page, function)(asked.question) for function in asked.page.alternatives.values()]
    return [answer for answer in answers if isinstance(answer, Returned)]


def _single_errors(asked: Asked) -> dict[str, float]:
    """The reference's errors in float32: in float64 it is its own truth and would look perfect."""
    low = recast(asked.question, "float32")
    ask = asker(asked.page, asked.page.reference)
    rough, exact = _returned(ask(low)), _returned(ask(recast(low, "float64")))
    if rough is None or exact is None:
        return {}
    right, seen = sheet(low, exact), sheet(low, rough)
    errors = {
        path: tolerance.error(t, s)
        for path in right
        if (t := _floats(right[path])) is not None and (s := _floats(seen.get(path))) is not None
    }
    return {path: each for path, each in errors.items() if np.isfinite(each)}


def _floats(leaf: Value) -> np.ndarray | None:
    seen = numbers(leaf)
    return None if seen is None else seen.astype(np.float64)


def _expected(
    asked: Asked, path: str, own: Value, truth: Value, random: bool, others: Sequence[Value], single: float
) -> Expected:
    kind, dtype, aspect = _kind(own), own.dtype if isinstance(own, Array) else None, _aspect(asked.page, path)
    mine = numbers(own)
    shape = () if mine is None else mine.shape
    if random:
        return Expected(path, kind, dtype, shape, None, None, True, aspect)
    if mine is None:
        return Expected(path, "exact", None, (), own, None, False, aspect)
    seen = [each for each in (numbers(other) for other in others) if each is not None]
    if mine.dtype.kind in "iub":
        if any(each.shape != mine.shape or not (each == mine).all() for each in seen):
            raise PageError(f"{asked.where}: {path} hangs on the last digit of the inputs (a tie?). Draw other inputs.")
        return Expected(path, kind, dtype, shape, own, None, False, aspect)
    if isinstance(own, Array) and asked.dtype == "float64" and own.dtype != "float64" and not _dtype_is_given(asked):
        raise PageError(f"{asked.where}: {path} is {own.dtype} when asked in float64. The reference loses precision.")
    right = _floats(truth)
    if right is None or right.shape != mine.shape:
        raise PageError(f"{asked.where}: {path} has another form in float64.")
    budget = _budget(asked, path, right, mine, seen, dtype or "float32", single)
    return Expected(path, kind, dtype, shape, Array.of(right), budget, False, aspect)


def _kind(own: Value) -> str:
    if isinstance(own, Array):
        return "tensor"
    return type(own).__name__ if isinstance(own, (bool, int, float)) else "exact"


def _aspect(page: Page, path: str) -> str:
    for part, aspect in page.exercise.parts.items():
        if path.startswith(f"value[{part!r}]"):
            return aspect
    return "value"


def _dtype_is_given(asked: Asked) -> bool:
    given = [leaf for leaf in asked.question.named.values() if isinstance(leaf, Array) and leaf.is_float()]
    return not given


def _budget(
    asked: Asked, path: str, truth: np.ndarray, own: np.ndarray, others: Sequence[np.ndarray], dtype: str, single: float
) -> float:
    if (np.isfinite(truth) & ~np.isfinite(own)).any():
        raise PageError(
            f"{asked.where}: {path} overflows where the truth does not. Draw smaller inputs, or other dtypes."
        )
    alike = [each for each in others if each.shape == own.shape and (np.isfinite(each) == np.isfinite(truth)).all()]
    accuracy = asked.page.exercise.accuracy
    if accuracy is not None:
        return accuracy * tolerance.peak(truth)
    budget = tolerance.budget(tolerance.unit(truth, [own, *alike], dtype, single))
    if dtype in ("float64", "float32") and not asked.case.ill_conditioned:
        if budget > tolerance.LARGEST_SHARE * tolerance.peak(truth) > 0:
            raise PageError(
                f"{asked.where}: {path} cannot tell right from wrong: an honest error may reach {budget:.2g} where the "
                f"answer is {tolerance.peak(truth):.2g}. A kink, a tie, or an ill-conditioned case? Draw other inputs."
            )
    return budget


def recast(
    question: Question, dtype: str | None, change: Callable[[torch.Tensor], torch.Tensor] = lambda x: x
) -> Question:
    """The same question with its floating tensors changed, and in another dtype."""

    def leaf(value: Value) -> Value:
        if isinstance(value, Array) and value.is_float():
            tensor = change(to_torch(value))
            return array_of(tensor.to(getattr(torch, dtype)) if dtype else tensor)
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


def array_of(tensor: torch.Tensor) -> Array:
    """A tensor as a key holds it, with its strides where they are not the usual ones."""
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.is_contiguous() or 0 in tensor.stride():
        plain = tensor.contiguous()
        return Array(dtype, tuple(plain.shape), _bytes(plain))
    storage = torch.zeros(extent(tuple(tensor.shape), tensor.stride()), dtype=tensor.dtype)
    storage.as_strided(tensor.shape, tensor.stride()).copy_(tensor)
    return Array(dtype, tuple(tensor.shape), _bytes(storage), tuple(tensor.stride()))


def _bytes(plain: torch.Tensor) -> bytes:
    assert str(plain.dtype).removeprefix("torch.") in ITEM_BYTES
    return plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
