"""What points are given for: the checks of a page, with their weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.course.page import Page
from grader.model.key import ALLOWED, DEVICE, MUTATION, STATE, TYPE, VECTORISED, Check, Entry, gradient_check
from grader.model.value import Array, leaves

RANDOM_CASE = 0.2  # of a random answer a case says little but its form: laws say the rest


def checks_of(page: Page, entries: Sequence[Entry]) -> tuple[Check, ...]:
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
