"""The entries of a key that close the gaps: the inputs of the plan, with numbers from the seed.

An input that the reference or an alternative fails, or that could not tell right from wrong, is drawn again. If that
happens often, the stub promises what honest code does not do, or an alternative is wrong: the doctor says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.course.page import Page
from grader.judging.findings import findings
from grader.keymaking.coverage.drawing import called_with, drawn
from grader.keymaking.coverage.plan import Chosen, plan_of
from grader.keymaking.entries import of_case
from grader.keymaking.expected import asker
from grader.model.errors import PageError
from grader.model.keys.key import COVERING, GRADIENT_COVERING, Entry, ExerciseKey
from grader.model.question import Answer

MOST_ATTEMPTS, MOST_REFUSALS = 60, 6
"""How often numbers are drawn for one input. That they miss what it is there for is soon seen, and may be likely; that
right solutions do not agree on them is neither."""
TOLD = 4


@dataclass(frozen=True)
class Covering:
    """What was asked. refused: why inputs were drawn again, each reason. missing: inputs that could not be drawn."""

    pairs: tuple[tuple[Entry, Answer], ...] = ()
    drawn: int = 0
    refused: tuple[str, ...] = ()
    missing: tuple[Chosen, ...] = ()


def covering(page: Page, seed: int) -> Covering:
    """The covering inputs of a page with a seed. Some are asked for gradients, too."""
    pairs: list[tuple[Entry, Answer]] = []
    refused: list[str] = []
    missing: list[Chosen] = []
    tried = 0
    for chosen in plan_of(page).chosen:
        found, reasons = _first_agreed(page, chosen, seed)
        pairs += found
        refused += reasons
        tried += len(reasons) + bool(found)
        if not found:
            missing.append(chosen)
    return Covering(tuple(pairs), tried, tuple(refused), tuple(missing))


def _first_agreed(page: Page, chosen: Chosen, seed: int) -> tuple[list[tuple[Entry, Answer]], list[str]]:
    """The entries of an input, and why others were refused before; no entries where no numbers show what it is for."""
    reasons: list[str] = []
    for attempt in range(MOST_ATTEMPTS):
        outcome = _entries(page, chosen, seed, attempt)
        if isinstance(outcome, list):
            return outcome, reasons
        if outcome:
            reasons.append(outcome)
        if len(reasons) == MOST_REFUSALS:
            break
    return [], reasons


def _entries(page: Page, chosen: Chosen, seed: int, attempt: int) -> list[tuple[Entry, Answer]] | str | None:
    """The entries of one input, or why it is refused; None where these numbers miss what the input is there for."""
    made = drawn(page, chosen.number, seed, attempt)
    if made is None or not chosen.shows <= made.texts:
        return None
    case = replace(made.case, gradients=chosen.gradient)
    try:
        pairs = [(_renamed(entry, chosen), answer) for entry, answer in of_case(page, case, seed)]
    except PageError as error:
        return str(error)
    failing = _failing(page, pairs)
    return f"{page.id}, {case.name}: {failing}" if failing else pairs


def _renamed(entry: Entry, chosen: Chosen) -> Entry:
    """The entry under its check. Asked in one dtype only, budgets of single numbers might stand by luck."""
    check = GRADIENT_COVERING if entry.purpose == "gradient" else COVERING
    expected = tuple(replace(leaf, entry_budget=None) for leaf in entry.expected)
    return replace(entry, check=check, expected=expected, special=chosen.new[:TOLD])


def _failing(page: Page, pairs: Sequence[tuple[Entry, Answer]]) -> str:
    """Who of the page's own right solutions fails these entries, and where. The reference has answered them."""
    names, _ = called_with(page)
    entries, own = [entry for entry, _ in pairs], [answer for _, answer in pairs]
    key = ExerciseKey(
        page.id, 1.0, names, (), tuple(entries), forbid=page.exercise.forbid, mutates=page.exercise.mutates,
        global_random=page.exercise.global_random, driver=page.driver,
    )  # fmt: skip
    others = ((name, map(asker(page, each), key.questions)) for name, each in page.alternatives.items())
    for name, answers in (("the reference", own), *others):
        for finding in findings(key, tuple(answers)):
            if not finding.passed:
                seen = finding.mismatch.kind if finding.mismatch else finding.failed and finding.failed.error[:1]
                return f"{name} fails {finding.check} ({seen}) where {', '.join(entries[0].special)}"
    return ""
