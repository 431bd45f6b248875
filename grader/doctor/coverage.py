"""What of a stub is asked: its domain beside its words, and what covers what."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.course.course import Topic
from grader.course.page import Page
from grader.doctor.from_stub import allowed
from grader.doctor.records import Problem
from grader.keymaking.coverage.covering import Covering
from grader.keymaking.coverage.drawing import called_with
from grader.keymaking.coverage.plan import plan_of
from grader.model.tolerance import HALF

MOST_REFUSED = 0.1


@dataclass(frozen=True, slots=True)
class CoverageRecord:
    """The coverage of one page.

    covered: a partition -> the case that covers it first, or "covering". open: what the domain reaches and nothing
    covers. pairs: how many essential pairs and triples are covered, and how many there are. inputs: what each covering
    input shows that nothing before it does. outside: what the domain leaves out, and why.
    """

    id: str
    covered: Mapping[str, str]
    open: tuple[str, ...]
    pairs: tuple[int, int]
    inputs: tuple[tuple[str, ...], ...]
    outside: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def examine_coverage(page: Page, topic: Topic, made: Covering) -> CoverageRecord:
    """The coverage of a page; `made` is what became of its covering inputs with some seed."""
    plan = plan_of(page)
    together = [goal for goal in plan.reached if len(goal) > 1]
    singles = sorted(text for goal in plan.reached if len(goal) == 1 for text in goal)
    by = {text: plan.by[frozenset((text,))] for text in singles if frozenset((text,)) in plan.by}
    return CoverageRecord(
        page.id,
        by,
        tuple(text for text in singles if text not in by),
        (sum(goal in plan.by for goal in together), len(together)),
        tuple(each.new for each in plan.chosen),
        dict(page.domain.outside) if page.domain else {},
        (*_missing(page), *of_stub(page, topic), *of_drawing(page, [made])),
    )


def _missing(page: Page) -> Iterator[Problem]:
    if page.domain is None:
        yield Problem(page.where(), "says nowhere what its stub allows.", "Write a @domain.")


def of_stub(page: Page, topic: Topic) -> Iterator[Problem]:
    """What the stub allows and the domain, if there is one, neither draws nor excludes."""
    if page.domain is None:
        return
    reached = {text for goal in plan_of(page).reached for text in goal}
    for text in sorted(set(_of_the_domain(page, topic)) - reached):
        if not is_outside(text, page.domain.outside):
            what = f"its stub allows that {text}, and its domain never draws it."
            yield Problem(page.where(), what, "Draw it, or say in outside=… why.")


def of_drawing(page: Page, made: Sequence[Covering]) -> Iterator[Problem]:
    """Inputs that are refused often, or that no numbers make what they are there for, with any seed."""
    refused, drawn = [reason for each in made for reason in each.refused], sum(each.drawn for each in made)
    if len(refused) > MOST_REFUSED * drawn:
        yield Problem(
            page.where(),
            f"{len(refused)} of {drawn} covering inputs are refused: {refused[0]}",
            "Correct the alternative, or leave out of the domain what the stub does not promise.",
        )
    for chosen in dict.fromkeys(chosen for each in made for chosen in each.missing):
        what = f"no numbers show that {', '.join(chosen.new[:3])}."
        yield Problem(page.where(), what, "Correct the domain: its choices decide that.")


def _of_the_domain(page: Page, topic: Topic) -> Iterator[str]:
    """What the stub allows of the arguments that the domain draws: a driver's may be others."""
    tree = ast.parse(topic.path.read_text(encoding="utf-8"))
    stub = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == page.name), None)
    names, optional = called_with(page)
    for text in allowed(stub) if stub else ():
        name = text.partition(" ")[0]
        if name in names and (name in optional or not text.endswith("is left out")):
            yield text


def is_outside(text: str, outside: Mapping[str, str]) -> bool:
    """Whether the author has said why this is never drawn."""
    words = [word.strip() for key in outside for word in key.split(",")]
    half = any(word == "half precision" for word in words) and text.endswith(HALF)
    return half or any(text == word or text.endswith(f" {word}") for word in words)


def lines(record: CoverageRecord) -> Iterator[str]:
    """The record as text: partitions with what covers them, pairs, covering inputs, what is outside."""
    covered, all_pairs = record.pairs
    counts = f"{len(record.covered)} partitions covered, {len(record.open)} open; {covered} of {all_pairs} pairs"
    yield f"{record.id}: {counts}"
    width = max((len(text) for text in (*record.covered, *record.open)), default=0)
    yield from (f"  {text:{width}}  {by}" for text, by in sorted(record.covered.items()))
    yield from (f"  {text:{width}}  OPEN" for text in record.open)
    for number, new in enumerate(record.inputs, 1):
        yield f"  covering input {number}: {'; '.join(new)}"
    yield from (f"  outside: {what}: {why}" for what, why in record.outside.items())


def row(record: CoverageRecord) -> str:
    """The record in one line of a table."""
    covered, all_pairs = record.pairs
    reached = len(record.covered) + len(record.open)
    outside = "; ".join(f"{what}: {why}" for what, why in record.outside.items())
    counts = f"{len(record.covered):>3}/{reached:<3} {covered:>3}/{all_pairs:<3} {len(record.inputs):>2}"
    return f"{record.id:32} {counts}  {outside}"
