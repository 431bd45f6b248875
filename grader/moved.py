"""Which cases are asked once more on the simulated device, to see whether code works wherever its tensors lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from grader.course.page import Page
from grader.expect import asker
from grader.model.errors import PageError
from grader.model.key import DEVICE, Entry
from grader.model.question import Answer, Failed
from grader.model.value import Array, Generator, leaves

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
            raise PageError(f"{page.id}, case {entry.case}: the reference stays on the CPU on another device: {stray}.")
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
    return sum(isinstance(leaf, (Array, Generator)) for _, leaf in leaves(entry.question.named))


def _stray(answer: Answer) -> str | None:
    if isinstance(answer, Failed):
        return f"{' '.join(answer.error[:1])}: {answer.message}"
    return next((f"{path}, {text or 'its driver says so'}" for path, text in answer.observed.elsewhere), None)
