"""What is expected of the answer to one question: truth, kind and error budget of every leaf.

The reference is asked the question itself, the same in float64 (the truth), on neighbours of its inputs and,
to see what is random, with other seeds. Everything here is trusted code, in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from grader.course.page import Case, Page
from grader.keymaking.questions import jiggled, recast
from grader.model import tolerance
from grader.model.errors import PageError, UnluckyDrawError
from grader.model.keys.key import Expected
from grader.model.leaves import KINDS_OF_ARRAYS, Sheet, numbers, sheet
from grader.model.question import Answer, Ask, Failed, Question, Returned
from grader.model.value import Array, Generator, Value, leaves
from grader.model.vocabulary import LEAF_KINDS, Aspect, LeafKind, one_of
from grader.runner.respond import respond

OTHER_SEEDS = (1_000_003, 2_000_003, 3_000_017)


@dataclass(frozen=True)
class CaseAsked:
    """A case in one dtype. `where` names it in messages to the author."""

    page: Page
    case: Case
    dtype: str | None
    question: Question

    @property
    def where(self) -> str:
        return f"{self.page.where(self.case.name)}, case {self.case.name}" + (f" in {self.dtype}" if self.dtype else "")


def asker(page: Page, function: Callable[..., Any]) -> Ask:
    """Answers a page's questions with `function`."""
    return lambda question: respond({page.name: function, "__file__": str(page.path)}, question)


@dataclass(frozen=True)
class Sheets:
    """What there is to know about the answer, leaf by leaf; `single` are the reference's errors in float32."""

    own: Sheet
    truth: Sheet
    random: frozenset[str]
    neighbours: Sequence[Sheet]
    alternatives: Sequence[Sheet]
    single: Mapping[str, float]


def expectations(asked: CaseAsked, own: Returned) -> tuple[Expected, ...]:
    """Every leaf of the answer with its truth and budget. `own` is the reference's answer."""
    asked = replace(asked, question=replace(asked.question, forbid=()))  # watching is slow, and was done for `own`
    question, ask = asked.question, asker(asked.page, asked.page.reference)
    random = _random_paths(question, own, ask)
    sheets = Sheets(
        own=sheet(question, own),
        truth=_truth(asked, own),
        random=random,
        neighbours=[] if random else [sheet(question, answer) for answer in _neighbours(question, ask)],
        alternatives=[sheet(question, answer) for answer in _alternatives(asked)],
        single=_single_errors(asked) if asked.dtype == "float64" else {},
    )
    return tuple(_expected(asked, sheets, path) for path in sheets.own)


def _random_paths(question: Question, own: Returned, ask: Ask) -> frozenset[str]:
    """The leaves that another seed changes."""
    if question.gradients and not question.with_value:
        return frozenset()
    if not question.gradients and not _draws(question, own):
        other = _returned(ask(replace(question, calls=OTHER_SEEDS[:1])))
        if other and sheet(question, other) == sheet(question, own):  # nearly always
            return frozenset()
    return _changed_by_seeds(question, ask)


def _draws(question: Question, own: Returned) -> bool:
    """Whether anything was drawn from a generator, as far as it is known."""
    given = any(isinstance(leaf, Generator) for _, leaf in leaves(question.named))
    return given or any(name.endswith("global generator") for name in own.observed.state)


def _changed_by_seeds(question: Question, ask: Ask) -> frozenset[str]:
    own = _returned(ask(question))  # anew: a watched backward pass may round otherwise
    if own is None:
        return frozenset()
    mine = sheet(question, own)
    with_seeds = [_returned(ask(replace(question, calls=(seed,)))) for seed in OTHER_SEEDS]
    seen = [sheet(question, answer) for answer in with_seeds if answer]
    return frozenset(path for path in mine if any(other.get(path) != mine[path] for other in seen))


def _returned(answer: Answer) -> Returned | None:
    return answer if isinstance(answer, Returned) else None


def _truth(asked: CaseAsked, own: Returned) -> Sheet:
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


def _alternatives(asked: CaseAsked) -> list[Returned]:
    answers = [asker(asked.page, function)(asked.question) for function in asked.page.alternatives.values()]
    return [answer for answer in answers if isinstance(answer, Returned)]


def _single_errors(asked: CaseAsked) -> dict[str, float]:
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


def _expected(asked: CaseAsked, sheets: Sheets, path: str) -> Expected:
    own = sheets.own[path]
    kind, dtype, aspect = _kind(own), own.dtype if isinstance(own, Array) else None, _aspect(asked.page, path)
    mine = numbers(own)
    shape = () if mine is None else mine.shape
    if path in sheets.random:
        return Expected(path, kind, dtype, shape, None, None, True, aspect)
    if mine is None:
        return Expected(path, "exact", None, (), own, None, False, aspect)
    near = _numbers_at(path, sheets.neighbours)
    if mine.dtype.kind in "iub":
        if any(each.shape != shape or not (each == mine).all() for each in near):
            raise UnluckyDrawError(
                f"{asked.where}: {path} hangs on the last digit of the inputs (a tie?). Draw other inputs."
            )
        return Expected(path, kind, dtype, shape, own, None, False, aspect)
    if dtype not in (None, "float64") and asked.dtype == "float64" and _has_floats(asked.question):
        raise PageError(f"{asked.where}: {path} is {dtype} when asked in float64. The reference loses precision.")
    truth = _floats(sheets.truth.get(path))
    if truth is None or truth.shape != shape:
        raise PageError(f"{asked.where}: {path} has another form in float64.")
    others = _numbers_at(path, sheets.alternatives)
    precision, single = dtype or asked.dtype or "float32", sheets.single.get(path, 0.0)
    budget = _budget(asked, path, truth, [mine, *near], others, precision, single)
    share = _entry_budget(asked, truth, [mine, *others], near, precision)
    right = Array.of(truth, own.library if isinstance(own, Array) else "torch")
    return Expected(path, kind, dtype, shape, right, budget, False, aspect, share)


def _numbers_at(path: str, sheets: Sequence[Sheet]) -> list[np.ndarray]:
    found = (numbers(each.get(path)) for each in sheets)
    return [each for each in found if each is not None]


def _has_floats(question: Question) -> bool:
    return any(isinstance(leaf, Array) and leaf.is_float() for _, leaf in leaves(question.named))


def _kind(own: Value) -> LeafKind:
    if isinstance(own, Array):
        return KINDS_OF_ARRAYS[own.library]
    return one_of(LEAF_KINDS, type(own).__name__) if isinstance(own, (bool, int, float)) else "exact"


def _aspect(page: Page, path: str) -> Aspect:
    for part, aspect in page.exercise.parts.items():
        if path.startswith(f"value[{part!r}]"):
            return aspect
    return "value"


def _budget(
    asked: CaseAsked,
    path: str,
    truth: np.ndarray,
    own: Sequence[np.ndarray],
    alternatives: Sequence[np.ndarray],
    dtype: str,
    single: float,
) -> float:
    """`own` are the reference's answers, the question's first. Alternatives may widen it, up to what is right."""
    if (np.isfinite(truth) & ~np.isfinite(own[0])).any():
        raise UnluckyDrawError(
            f"{asked.where}: {path} overflows where the truth does not. Draw smaller inputs, or other dtypes."
        )
    accuracy = asked.page.exercise.accuracy
    if accuracy is not None:
        return accuracy * tolerance.peak(truth)
    unit = tolerance.unit(truth, own, dtype, single)
    honest = [each for each in alternatives if tolerance.error(truth, each) <= tolerance.budget(unit, dtype)]
    budget = tolerance.budget(tolerance.unit(truth, [*own, *honest], dtype, single), dtype)
    peak, lenient = tolerance.peak(truth), asked.case.ill_conditioned or dtype not in ("float64", "float32")
    if budget > tolerance.LARGEST_SHARE * peak > 0 and not lenient:
        raise UnluckyDrawError(
            f"{asked.where}: {path} cannot tell right from wrong: an honest error may reach {budget:.2g} where the "
            f"answer is {peak:.2g}. A kink, a tie, or an ill-conditioned case? Draw other inputs."
        )
    return budget


def _entry_budget(
    asked: CaseAsked, truth: np.ndarray, honest: Sequence[np.ndarray], near: Sequence[np.ndarray], dtype: str
) -> float | None:
    """The share of itself that each entry may be off, if reference and alternatives keep the digits of all of them."""
    if asked.page.exercise.accuracy is not None or not tolerance.keeps_every_entry(truth, honest, near, dtype):
        return None
    return tolerance.entry_budget(dtype)
