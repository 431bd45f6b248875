"""What a page does over many seeds: its stub, reference, alternatives, misconceptions and thoughtless answers."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.course.page import Misconception, Page
from grader.doctor.coverage import of_drawing
from grader.doctor.diagnosis import examine_naming
from grader.doctor.kill_matrix import by_chance
from grader.doctor.records import MisconceptionRecord, Naming, PageRecord, Problem
from grader.judging.facts import fact_of
from grader.judging.findings import findings, passes
from grader.judging.scoring import score, share
from grader.keymaking.coverage.covering import Covering
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import Rehearsal, rehearse
from grader.model.errors import PageError
from grader.model.fact import Fact
from grader.model.keys.key import ExerciseKey
from grader.model.question import Answer, Question
from grader.model.result import ExerciseResult
from grader.report.explanation import sentence

MOST = 0.7
ENOUGH = 2
"""On so many seeds in a row a page is refused before the others are left out."""
OTHER_START = 7_919


def examine_page(page: Page, seeds: Iterable[int]) -> PageRecord:
    """Everything that can be known of a page by trying it."""
    started, seeds = time.monotonic(), tuple(seeds)
    problems: dict[str, Problem] = {}
    refused: list[str] = []
    results: dict[str, list[tuple[ExerciseResult, bool]]] = {wrong.name: [] for wrong in page.misconceptions}
    caught_by: dict[str, Counter[str]] = {wrong.name: Counter() for wrong in page.misconceptions}
    statistical, checks = set[str](), dict[str, None]()
    naming: Naming | None = None
    covered: list[Covering] = []
    for seed in seeds:
        try:
            made = rehearse(page, seed)
        except PageError as error:
            refused.append(str(error))
            if len(refused) == ENOUGH and not covered:
                break  # it is the page, and not the numbers
            continue
        statistical |= _statistical(made.key)
        covered.append(made.covered)
        naming = naming or examine_naming(page, made, seed)
        checks |= {check.name: None for check in made.key.checks}
        for problem in (*_stub(page, made.key), *_alternatives(page, made.key, seed), *_thoughtless(page, made)):
            problems.setdefault(f"{problem.where} {problem.repair}", problem)
        for name in results:
            result, at_home = _mistaken(page, made, name)
            results[name].append((result, at_home))
            caught_by[name].update(check.name for check in result.checks if check.verdict != "passed")
    if not covered:
        return PageRecord(page.id, 0, len(page.alternatives), problems=_refusals(refused, len(refused)))
    records = tuple(_record(wrong, results[wrong.name], bool(statistical)) for wrong in page.misconceptions)
    drawing = of_drawing(page, covered)
    about = (*_about(page, records, len(covered)), *_misnamed(page, naming or Naming()))
    found = (*_refusals(refused, len(seeds)), *problems.values(), *drawing, *about)
    seconds = time.monotonic() - started
    record = PageRecord(
        page.id, len(covered), len(page.alternatives), records, found, seconds, tuple(checks), caught_by,
        tuple(sorted(statistical)), naming or Naming(),
    )  # fmt: skip
    return replace(record, problems=(*found, *by_chance(page, record)))


def _refusals(refused: Sequence[str], seeds: int) -> tuple[Problem, ...]:
    """Why no key could be made, once for each kind of reason; and on how many seeds, where not on all."""
    kinds: dict[str, list[str]] = {}
    for message in refused:
        kinds.setdefault(re.sub(r"[-+.\d]+(e[-+]?\d+)?", "#", message.partition(": ")[2]), []).append(message)
    some = len(refused) < seeds
    problems = []
    for messages in kinds.values():
        where, _, what = messages[0].partition(": ")
        problems.append(Problem(where, what, f"(On {len(messages)} of {seeds} seeds.)" if some else ""))
    return tuple(problems)


def _statistical(key: ExerciseKey) -> set[str]:
    """The checks that judge random numbers."""
    laws = {check.name for check in key.checks if check.aspect == "law"}
    return laws | {entry.check for entry in key.entries if entry.laws}


def _stub(page: Page, key: ExerciseKey) -> Iterator[Problem]:
    def unwritten(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    if _earned(key, _answers(key, unwritten)):
        yield Problem(page.where(), "the untouched stub earns points.", "Give it a case that only an answer passes.")


def _answers(key: ExerciseKey, function: Callable[..., Any], file: str = "") -> tuple[Answer, ...]:
    from grader.runner.respond import respond

    return tuple(respond({key.function: function, "__file__": file}, question) for question in key.questions)


def _earned(key: ExerciseKey, answers: Sequence[Answer]) -> float:
    return share(key.checks, passes(key, answers))


def _alternatives(page: Page, key: ExerciseKey, seed: int) -> Iterator[Problem]:
    for name, function in page.alternatives.items():
        answers = tuple(asker(page, function)(question) for question in key.questions)
        failed = next((finding for finding in findings(key, answers) if not finding.passed), None)
        if failed:
            yield Problem(
                f"{page.where(name)}, alternative {name}",
                f"seed {seed}: refused at {failed.check}: {_said(fact_of(key, failed))}",
                "Repair it, or the case that is too strict.",
            )


def _thoughtless(page: Page, made: Rehearsal) -> Iterator[Problem]:
    for name, passed in made.thoughtless.items():
        if earned := share(made.key.checks, passed):
            yield Problem(page.where(), f"answering {name} earns {earned:.0%}.", "Add a case that needs an answer.")


def _mistaken(page: Page, made: Rehearsal, name: str) -> tuple[ExerciseResult, bool]:
    """The result of a misconception, and whether a student would see it at home."""
    key, answers = made.named, made.wrong[name]
    if any(entry.laws for entry in key.entries):
        function = next(wrong.function for wrong in page.misconceptions if wrong.name == name)
        ask = asker(page, function)
        answers = tuple(ask(_started_elsewhere(question)) for question in key.questions)
    result = score(key, findings(key, answers))
    return result, any(check.shown and check.verdict != "passed" for check in result.checks)


def _started_elsewhere(question: Question) -> Question:
    """The same question with other random numbers: another student's luck."""
    return replace(question, calls=tuple(None if call is None else call + OTHER_START for call in question.calls))


def _record(
    wrong: Misconception, results: Sequence[tuple[ExerciseResult, bool]], is_random: bool
) -> MisconceptionRecord:
    called = Counter(" and ".join(sorted(result.mistakes)) for result, _ in results if result.mistakes)
    return MisconceptionRecord(
        name=wrong.name,
        caught=sum(at_home for _, at_home in results),
        named=called.pop(wrong.name, 0),
        misnamed=dict(called),
        earns=max((result.points / result.max_points for result, _ in results), default=0.0),
        random=is_random,
        chance=wrong.chance,
    )


def _misnamed(page: Page, naming: Naming) -> Iterator[Problem]:
    for made, name in naming.misnamed:
        yield Problem(
            f"{page.where(made)}, {made}", f"is called {name}.", "Add a case in which they answer differently."
        )


def _about(page: Page, records: Sequence[MisconceptionRecord], seeds: int) -> Iterator[Problem]:
    keeps: Mapping[str, str] = {wrong.name: wrong.keeps for wrong in page.misconceptions}
    for record in records:
        where = f"{page.where(record.name)}, misconception {record.name}"
        if record.caught < seeds:
            yield Problem(where, f"is caught by shown cases on {record.caught} of {seeds} seeds.", "Add a shown case.")
        if record.misnamed:
            other = max(record.misnamed, key=lambda name: record.misnamed[name])
            yield Problem(where, f"is called {other}.", "Add a case in which the two answer differently.")
        if record.earns > MOST and not keeps[record.name]:
            yield Problem(
                where, f"still earns {record.earns:.0%}.", "Add or weigh a case that it fails, or say why: keeps=…"
            )


def _said(fact: Fact) -> str:
    return "\n".join(filter(None, (fact.call, sentence(fact))))
