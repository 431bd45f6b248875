"""Pages and a seed -> AnswerKey. Refuses a page that could not tell right from wrong (`PageError`)."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from grader.draw import Draw
from grader.errors import PageError
from grader.expect import Asked, asker, expectations
from grader.imitate import degenerate_answers, mistakes
from grader.judge import ALLOWED, DEVICE, MUTATION, STATE, TYPE, VECTORISED, gradient_check, passes
from grader.key import AnswerKey, Check, Entry, ExerciseKey
from grader.law import Law, plan
from grader.moved import moved
from grader.page import Arguments, Case, Page, dtype_name
from grader.question import Answer, Failed, Question, Returned
from grader.tensors import array_of, cast
from grader.value import Array, Dtype, Value, leaves, map_leaves

FEW, MANY = 4, 64
BAND_RUNS = 20
RANDOM_CASE = 0.2  # of a random answer a case says little but its form: laws say the rest
HALF = ("float16", "bfloat16")


def make_key(course: str, title: str, pages: Iterable[Page], seed: int) -> AnswerKey:
    """The key of these pages. The same seed gives the same key."""
    return AnswerKey(course, title, seed, tuple(make_exercise_key(page, seed) for page in pages))


@dataclass(frozen=True)
class Rehearsal:
    """A key with the answers that went into it: the reference's own, and those of each misconception."""

    key: ExerciseKey
    own: tuple[Answer, ...]
    wrong: Mapping[str, tuple[Answer, ...]]


def make_exercise_key(page: Page, seed: int) -> ExerciseKey:
    """The key of one page."""
    return rehearse(page, seed).key


def rehearse(page: Page, seed: int) -> Rehearsal:
    """Makes the key of one page and keeps what was answered on the way."""
    entries, own = _entries(page, seed)
    key = ExerciseKey(
        id=page.id,
        points=page.exercise.points,
        parameters=_arguments_of(page.driver)[1:] if page.driver else _parameters(page),
        checks=_checks(page, entries),
        entries=entries,
        hints={wrong.name: wrong.hint for wrong in page.misconceptions},
        forbid=tuple(page.exercise.forbid),
        forbid_reason=page.exercise.forbid_reason,
        mutates=tuple(page.exercise.mutates),
        global_random=page.exercise.global_random,
        driver=page.driver,
        needs=tuple(f"{page.topic}.{name}" for name in page.exercise.needs),
        stand_ins=dict(page.stand_ins),
    )
    key = _with_form(page, key, own)
    _refuse_unlike_alternatives(page, key)
    wrong = {each.name: tuple(map(asker(page, each.function), key.questions)) for each in page.misconceptions}
    return Rehearsal(_with_mistakes(page, key, wrong), own, wrong)


def _parameters(page: Page) -> tuple[str, ...]:
    return tuple(inspect.signature(page.reference).parameters)


def _arguments_of(driver: str) -> tuple[str, ...]:
    """What a driver calls what it is given; the function itself comes first."""
    (drive,) = (node for node in ast.parse(driver).body if isinstance(node, ast.FunctionDef) and node.name == "drive")
    return tuple(each.arg for each in (*drive.args.posonlyargs, *drive.args.args, *drive.args.kwonlyargs))


def _entries(page: Page, seed: int) -> tuple[tuple[Entry, ...], tuple[Answer, ...]]:
    pairs = [pair for case in page.cases for pair in _of_case(page, case, seed)]
    if page.batch:
        pairs += list(_of_batch(page, seed))
    pairs += list(moved(page, [entry for entry, _ in pairs]))
    if not pairs:
        raise PageError(f"{page.id}: a page needs at least one @case.")
    return tuple(entry for entry, _ in pairs), tuple(answer for _, answer in pairs)


def _of_case(page: Page, case: Case, seed: int) -> Iterator[tuple[Entry, Answer]]:
    drawn = _drawn(case.draw, page, case, seed)
    laws = _laws(page, drawn) if case.raises is None else ()
    for dtype in _dtypes(page, case, drawn):
        question = _question(page, case, seed, drawn, dtype, laws)
        asked = Asked(page, case, dtype, question)
        own = asker(page, page.reference)(question)
        entry = Entry(case.name, case.name, not case.hidden, "value", dtype, _bare(question), raises=case.raises)
        if isinstance(own, Failed):
            yield replace(entry, purpose="value"), _promised(asked, own)
            continue
        stated = tuple(_with_band(asked, law) for law in laws)
        expected = expectations(asked, own)
        if any(leaf.random for leaf in expected) and not laws:
            raise PageError(f"{asked.where}: the answer is random, and no law says what must hold. Add @laws.")
        yield replace(entry, expected=expected, laws=stated), own
        deterministic = not any(leaf.random for leaf in expected)
        if page.exercise.gradients and case.gradients and deterministic and dtype not in HALF:
            yield from _of_gradients(asked, entry, own)


def _promised(asked: Asked, own: Failed) -> Failed:
    if asked.case.raises in own.error:
        return own
    raise PageError(f"{asked.where}: the reference failed: {' '.join(own.error[:1])}: {own.message}")


def _of_gradients(asked: Asked, entry: Entry, own: Returned) -> Iterator[tuple[Entry, Answer]]:
    page, question = asked.page, replace(asked.question, calls=(0,), after=(), forbid=())
    outputs = [leaf for _, leaf in leaves(own.values[0]) if isinstance(leaf, Array) and leaf.is_float()]
    paths = _differentiable(page, question)
    if not outputs or not paths:
        return
    draw = Draw(question.seed, page.id, asked.case.name, "cotangents")
    cotangents = tuple(array_of(draw.normal(*leaf.shape).to(getattr(torch, leaf.dtype))) for leaf in outputs)
    ask = asker(page, page.reference)
    answer = _returned(asked, ask(replace(question, gradients=paths, cotangents=cotangents)))
    flowing = tuple(path for path, each in zip(paths, answer.gradients, strict=True) if each is not None)
    if not flowing:
        return
    question = replace(question, gradients=flowing, cotangents=cotangents)
    answer = _returned(asked, ask(question))
    expected = expectations(replace(asked, question=question), answer)
    check = gradient_check(asked.case.name)
    yield replace(entry, check=check, purpose="gradient", question=_bare(question), expected=expected), answer


def _returned(asked: Asked, answer: Answer) -> Returned:
    if isinstance(answer, Failed):
        raise PageError(
            f"{asked.where}: the reference's gradient failed: {' '.join(answer.error[:1])}: {answer.message}"
        )
    return answer


def _differentiable(page: Page, question: Question) -> tuple[str, ...]:
    names, wanted = _parameters(page), page.exercise.gradients
    allowed = names if wanted is True else tuple(wanted or ())
    paths = []
    for key, value in question.named.items():
        name = names[key] if isinstance(key, int) and key < len(names) else key
        if page.driver or name in allowed:
            paths += [f"[{key!r}]{rest}" for rest, leaf in leaves(value) if isinstance(leaf, Array) and leaf.is_float()]
    return tuple(paths)


def _of_batch(page: Page, seed: int) -> Iterator[tuple[Entry, Answer]]:
    assert page.batch is not None
    for n, purpose in ((FEW, "few"), (MANY, "many")):
        case = Case(VECTORISED, page.batch)
        drawn = _drawn(lambda draw, n=n: page.batch(draw, n), page, case, seed)  # type: ignore[misc]
        dtype = "float32" if _has_floats(drawn) else None
        question = replace(_question(page, case, seed, drawn, dtype, ()), count=True, forbid=(), after=())
        entry = Entry(VECTORISED, VECTORISED, True, purpose, dtype, _bare(question))
        yield entry, _returned(Asked(page, case, dtype, question), asker(page, page.reference)(question))


def _drawn(draw: Callable[[Draw], Any], page: Page, case: Case, seed: int) -> Arguments:
    try:
        given = draw(Draw(seed, page.id, case.name))
    except Exception as error:
        raise PageError(f"{page.id}: case {case.name} cannot be drawn: {type(error).__name__}: {error}") from error
    if isinstance(given, Arguments):
        return given
    return Arguments(given if isinstance(given, tuple) else (given,), {})


def _has_floats(drawn: Arguments) -> bool:
    given = [leaf for _, leaf in leaves([drawn.args, drawn.kwargs])]
    return (
        any(isinstance(leaf, torch.Tensor) and leaf.is_floating_point() for leaf in given) or Dtype("question") in given
    )


def _dtypes(page: Page, case: Case, drawn: Arguments) -> tuple[str | None, ...]:
    if not _has_floats(drawn):
        return (None,)
    return case.dtypes or tuple(dtype_name(dtype) for dtype in page.exercise.dtypes)


def _question(
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
    names = _parameters(page)
    after = tuple(f"[{names.index(name)}]" for name in page.exercise.mutates if names.index(name) < len(args))
    seed_here = Draw(seed, page.id, case.name, "seed").integer(1, 2**31)
    return Question(
        page.name, args, kwargs, seed_here, plan(laws), after=after, driver=page.driver, forbid=page.exercise.forbid
    )


def _bare(question: Question) -> Question:
    """A question as a key stores it: what is the same for all of an exercise stands in the exercise."""
    return replace(question, driver="", forbid=())


def _laws(page: Page, drawn: Arguments) -> tuple[Law, ...]:
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


def _with_band(asked: Asked, law: Law) -> Law:
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


def _checks(page: Page, entries: Sequence[Entry]) -> tuple[Check, ...]:
    """In page order: each case, then its gradient; laws; then what is said once about the whole exercise."""
    about_cases = (*_case_checks(page, entries), *_law_checks(page, entries))
    total = sum(check.weight for check in about_cases)
    aspects = {TYPE: "type", MUTATION: "mutation", DEVICE: "device"}
    return about_cases + tuple(
        Check(name, aspects.get(name, "rule"), round(total * page.exercise.share(name), 4), True)
        for name in _whole_checks(page, entries)
    )


def _case_checks(page: Page, entries: Sequence[Entry]) -> Iterator[Check]:
    names = {entry.check for entry in entries}
    for case in page.cases:
        weight = page.exercise.weight(case.aspect) if case.weight is None else case.weight
        if (
            all(leaf.random for entry in entries if entry.check == case.name for leaf in entry.expected)
            and not case.raises
        ):
            weight *= RANDOM_CASE
        yield Check(case.name, case.aspect, weight, not case.hidden)
        gradient = gradient_check(case.name)
        if gradient in names:
            yield Check(gradient, "gradient", weight * page.exercise.weight("gradient"), not case.hidden)


def _law_checks(page: Page, entries: Sequence[Entry]) -> Iterator[Check]:
    stated = [(law.name, entry.shown) for entry in entries for law in entry.laws]
    for name in dict.fromkeys(name for name, _ in stated):
        yield Check(name, "law", page.exercise.weight("law"), (name, True) in stated)


def _whole_checks(page: Page, entries: Sequence[Entry]) -> Iterator[str]:
    parts = set(page.exercise.parts.values())
    if any(leaf.kind != "exact" for entry in entries if entry.purpose == "value" for leaf in entry.expected):
        yield TYPE
    if MUTATION in parts or (not page.driver and _takes_tensors(entries)):
        yield MUTATION
    yield STATE
    if page.exercise.forbid:
        yield ALLOWED
    if page.batch:
        yield VECTORISED
    if any(entry.purpose == "device" for entry in entries):
        yield DEVICE


def _takes_tensors(entries: Sequence[Entry]) -> bool:
    return any(isinstance(leaf, Array) for entry in entries for _, leaf in leaves(entry.question.named))


def _with_form(page: Page, key: ExerciseKey, own: Sequence[Answer]) -> ExerciseKey:
    """Marks as form every check that a thoughtless answer passes."""
    passed = passes(key, own)
    failing = [check.name for check in key.checks if check.name not in passed]
    if failing:
        raise PageError(f"{page.id}: the reference itself fails {failing[0]}.")
    form = frozenset().union(*(passes(key, answers) for _, answers in degenerate_answers(page, key, own)))
    return replace(key, checks=tuple(replace(check, form=check.name in form) for check in key.checks))


def _refuse_unlike_alternatives(page: Page, key: ExerciseKey) -> None:
    for name, function in page.alternatives.items():
        passed = passes(key, tuple(map(asker(page, function), key.questions)))
        failing = [check.name for check in key.checks if check.name not in passed]
        if failing:
            raise PageError(f"{page.id}: the alternative {name} fails {failing[0]}. Repair it, or the case.")


def _with_mistakes(page: Page, key: ExerciseKey, answered: Mapping[str, tuple[Answer, ...]]) -> ExerciseKey:
    entries = list(key.entries)
    for wrong in page.misconceptions:
        answers = answered[wrong.name]
        if len(passes(key, answers)) == len(key.checks):
            raise PageError(f"{page.id}: no case catches the misconception {wrong.name}. Add one that does.")
        for place, mistake in enumerate(mistakes(page, key, wrong, answers)):
            if mistake:
                entry = entries[place]
                entries[place] = replace(entry, mistakes={**entry.mistakes, wrong.name: mistake})
    return replace(key, entries=tuple(entries))
