"""The entries of a key: every case in every dtype, its gradients, the batches, the cases on another device.

The reference is asked each question; what it answers is kept, for the key maker and for the doctor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import torch

from grader.course.draw import Draw
from grader.course.page import Case, Page
from grader.keymaking.expected import CaseAsked, asker, expectations
from grader.keymaking.questions import (
    array_of,
    asked_dtypes,
    drawn_arguments,
    has_floats,
    parameters,
    question_of,
    stated_laws,
)
from grader.model.errors import PageError, UnluckyDrawError
from grader.model.keys.key import DEVICE, FEW, MANY, VECTORISED, Entry, gradient_check
from grader.model.keys.statistic import Law
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.tolerance import HALF
from grader.model.value import Array, Generator, leaves
from grader.model.vocabulary import Purpose

BAND_RUNS = 20
ANOTHER, REDRAWN = 1_299_709, 15_485_863
DRAWS = 3


def entries_of(page: Page, seed: int) -> tuple[tuple[Entry, ...], tuple[Answer, ...]]:
    pairs = [pair for case in page.cases for pair in _alike_in_all_dtypes(_well_drawn(page, case, seed))]
    pairs += list(_once_more(page, pairs, seed))
    pairs += [pair for name, batch in page.batches.items() for pair in _of_batch(page, name, batch, seed)]
    pairs += list(moved(page, [entry for entry, _ in pairs]))
    if not pairs:
        raise PageError(
            f"{page.where()}: a page needs at least one @case. Add one: def name(draw), which returns arguments."
        )
    return tuple(entry for entry, _ in pairs), tuple(answer for _, answer in pairs)


def _well_drawn(page: Page, case: Case, seed: int) -> list[tuple[Entry, Answer]]:
    """What `of_case` gives; with other numbers where those of this seed lie near a kink, or the answer near 0.

    That happens to one draw in some hundreds, and no class must go without a key for it.
    """
    for number in range(DRAWS - 1):
        try:
            return list(of_case(page, case, seed + number * REDRAWN))
        except UnluckyDrawError:
            continue
    return list(of_case(page, case, seed + (DRAWS - 1) * REDRAWN))


def of_case(page: Page, case: Case, seed: int) -> Iterator[tuple[Entry, Answer]]:
    """A case in each of its dtypes, with the reference's answers; and its gradients."""
    drawn = drawn_arguments(case.draw, page, case, seed)
    laws = stated_laws(page, drawn) if case.raises is None else ()
    for dtype in asked_dtypes(page, case, drawn):
        question = question_of(page, case, seed, drawn, dtype, laws)
        asked = CaseAsked(page, case, dtype, question)
        own = asker(page, page.reference)(question)
        entry = Entry(case.name, case.name, not case.hidden, "value", dtype, _bare(question), raises=case.raises)
        if isinstance(own, Failed):
            yield replace(entry, purpose="value"), _promised(asked, own)
            continue
        stated = tuple(_with_band(asked, law) for law in laws)
        expected = expectations(asked, own)
        if any(leaf.random for leaf in expected) and not laws:
            raise PageError(
                f"{asked.where}: the answer is random, and no law says what must hold. Add @laws, or seed it."
            )
        yield replace(entry, expected=expected, laws=tuple(law for law in stated if not law.gradient)), own
        deterministic = not any(leaf.random for leaf in expected)
        about_gradients = tuple(law for law in stated if law.gradient)
        if page.exercise.gradients and case.gradients and (deterministic or about_gradients) and dtype not in HALF:
            yield from _of_gradients(asked, replace(entry, laws=about_gradients), own)


def _alike_in_all_dtypes(pairs: list[tuple[Entry, Answer]]) -> Iterator[tuple[Entry, Answer]]:
    """Keeps budgets of single entries where they stand in all dtypes of a case: in one alone they may stand by luck."""
    lost = {
        (entry.purpose, leaf.path)
        for entry, _ in pairs
        for leaf in entry.expected
        if leaf.entry_budget is None and entry.dtype not in HALF
    }
    for entry, answer in pairs:
        expected = (
            replace(leaf, entry_budget=None) if (entry.purpose, leaf.path) in lost else leaf for leaf in entry.expected
        )
        yield replace(entry, expected=tuple(expected)), answer


def _once_more(page: Page, pairs: Sequence[tuple[Entry, Answer]], seed: int) -> Iterator[tuple[Entry, Answer]]:
    """The first usual case once more, with other numbers: whoever remembers an answer by the sizes is wrong now."""
    usual = [case for case in page.cases if case.aspect == "value" and not case.hidden and case.raises is None]
    exact = {entry.case for entry, _ in pairs if entry.expected and not any(leaf.random for leaf in entry.expected)}
    for case in [case for case in usual if case.name in exact][:1]:
        asked = [entry for entry, _ in pairs if entry.case == case.name and entry.purpose == "value"]
        dtypes = [entry.dtype for entry in asked]
        again = replace(case, gradients=False, dtypes=("float32",) if "float32" in dtypes else tuple(dtypes[:1]))
        for entry, answer in _well_drawn(page, again, seed + ANOTHER):
            if all(each.question.named != entry.question.named for each in asked if each.dtype == entry.dtype):
                yield entry, answer


def _promised(asked: CaseAsked, own: Failed) -> Failed:
    if asked.case.raises in own.error:
        return own
    line = f" (line {own.line})" if own.line else ""
    what = f"{' '.join(own.error[:1])}: {own.message}".removesuffix(".")
    repair = "Repair the reference, or the case; where the error is due: @case(raises=…)."
    raise PageError(f"{asked.where}: the reference failed: {what}{line}. {repair}")


def _of_gradients(asked: CaseAsked, entry: Entry, own: Returned) -> Iterator[tuple[Entry, Answer]]:
    page, question = asked.page, replace(asked.question, calls=(0,), after=(), forbid=())
    outputs = [leaf for _, leaf in leaves(own.values[0]) if isinstance(leaf, Array) and leaf.is_float()]
    paths = _differentiable(page, question)
    if not outputs or not paths:
        return
    draw = Draw(question.seed, page.id, asked.case.name, "cotangents")
    weighted = (_one_number if entry.laws else _numbers)(draw, outputs)  # random answers are large
    cotangents = tuple(array_of(each) for each in weighted)
    ask = asker(page, page.reference)
    answer = _returned(asked, ask(replace(question, gradients=paths, cotangents=cotangents)))
    flowing = tuple(path for path, each in zip(paths, answer.gradients, strict=True) if each is not None)
    if not flowing:
        return
    question = replace(question, gradients=flowing, cotangents=cotangents)
    if entry.laws:
        question = replace(question, with_value=True)
    answer = _returned(asked, ask(question))
    expected = expectations(replace(asked, question=question), answer)
    check = gradient_check(asked.case.name)
    yield replace(entry, check=check, purpose="gradient", question=_bare(question), expected=expected), answer


def _numbers(draw: Draw, outputs: Sequence[Array]) -> Iterator[torch.Tensor]:
    return (draw.normal(*leaf.shape).to(getattr(torch, leaf.dtype)) for leaf in outputs)


def _one_number(draw: Draw, outputs: Sequence[Array]) -> Iterator[torch.Tensor]:
    """It costs nothing in a key."""
    number = float(draw.uniform(low=0.5, high=2))
    return (torch.full(leaf.shape, number, dtype=getattr(torch, leaf.dtype)) for leaf in outputs)


def _returned(asked: CaseAsked, answer: Answer) -> Returned:
    if isinstance(answer, Failed):
        raise PageError(
            f"{asked.where}: the reference's gradient failed: {' '.join(answer.error[:1])}: {answer.message}"
        )
    return answer


def _differentiable(page: Page, question: Question) -> tuple[str, ...]:
    names, wanted = parameters(page), page.exercise.gradients
    allowed = names if wanted is True else tuple(wanted or ())
    paths = []
    for key, value in question.named.items():
        name = names[key] if isinstance(key, int) and key < len(names) else key
        if page.driver or name in allowed:
            paths += [f"[{key!r}]{rest}" for rest, leaf in leaves(value) if isinstance(leaf, Array) and leaf.is_float()]
    return tuple(paths)


def _of_batch(page: Page, name: str, batch: Callable[..., Any], seed: int) -> Iterator[tuple[Entry, Answer]]:
    sizes: tuple[tuple[int, Purpose], ...] = (FEW, "few"), (MANY, "many")
    for n, purpose in sizes:
        case = Case(name, partial(batch, n=n))
        drawn = drawn_arguments(case.draw, page, case, seed)
        dtype = "float32" if has_floats(drawn) else None
        question = replace(question_of(page, case, seed, drawn, dtype, ()), count=True, forbid=(), after=())
        entry = Entry(name, VECTORISED, True, purpose, dtype, _bare(question))
        yield entry, _returned(CaseAsked(page, case, dtype, question), asker(page, page.reference)(question))


def _bare(question: Question) -> Question:
    """A question as a key stores it: what is the same for all of an exercise stands in the exercise."""
    return replace(question, driver="", forbid=())


def _with_band(asked: CaseAsked, law: Law) -> Law:
    """A band that the author left open is the reference's own: mean +- 8 deviations over 20 runs."""
    if law.name != "within" or "high" in law.numbers:
        return law
    ask, of = asker(asked.page, asked.page.reference), str(law.numbers["of"])
    runs = (ask(replace(asked.question, calls=(shift,))) for shift in range(1, BAND_RUNS + 1))
    path = f"[{of!r}]" if of else ""
    seen = [dict(leaves(_returned(asked, run).values[0]))[path] for run in runs]
    numbers = torch.tensor([float(x.numpy()) if isinstance(x, Array) else float(x) for x in seen], dtype=torch.float64)
    wide = 8 * float(numbers.std()) + 0.02 * abs(float(numbers.mean()))
    mean = float(numbers.mean())
    return replace(law, numbers={**law.numbers, "low": mean - wide, "high": mean + wide})


MOST = 3


def moved(page: Page, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Answer]]:
    """Entries of these once more, with the reference's answers. Raises `PageError` where it is wrong there."""
    if not page.exercise.share(DEVICE):
        return  # the page says that it cannot be asked elsewhere
    for entry in _worth_moving(page, [entry for entry in entries if _may_be_elsewhere(entry)]):
        question = replace(entry.question, driver=page.driver, calls=(0,), device="sim")
        answer = asker(page, page.reference)(question)
        stray = _stray(answer)
        if stray is not None:
            raise PageError(
                f"{page.where()}, case {entry.case}: the reference stays on the CPU on another device: {stray}."
            )
        laws = tuple(law for law in entry.laws if law.calls == 1 and not law.renewed)
        yield replace(entry, check=DEVICE, purpose="device", question=replace(question, driver=""), laws=laws), answer


def _worth_moving(page: Page, entries: Sequence[Entry]) -> Iterable[Entry]:
    """The first usual case, one that is random, that with most to move, an edge: at most `MOST`."""
    aspects = {case.name: case.aspect for case in page.cases}
    usual = [entry for entry in entries if aspects[entry.case] == "value"]
    random = [entry for entry in entries if any(leaf.random for leaf in entry.expected)]
    edges = [entry for entry in entries if aspects[entry.case] == "edge"]
    richest = sorted(entries, key=_on_its_device, reverse=True)
    chosen = [each for group in (usual, random, richest, edges, entries) for each in group[:1]]
    return islice({entry.case: entry for entry in chosen}.values(), MOST)


def _may_be_elsewhere(entry: Entry) -> bool:
    return (
        entry.purpose == "value"
        and entry.shown
        and entry.raises is None
        and entry.dtype in ("float32", None)
        and _on_its_device(entry) > 0
    )


def _on_its_device(entry: Entry) -> int:
    """How many arguments lie on the device of the question."""
    given = (leaf for _, leaf in leaves(entry.question.named) if isinstance(leaf, (Array, Generator)))
    return sum(leaf.library == "torch" for leaf in given)


def _stray(answer: Answer) -> str | None:
    if isinstance(answer, Failed):
        return f"{' '.join(answer.error[:1])}: {answer.message}"
    return next((f"{path}, {text or 'its driver says so'}" for path, text in answer.observed.elsewhere), None)
