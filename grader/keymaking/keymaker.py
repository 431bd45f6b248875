"""Pages and a seed -> AnswerKey. Refuses a page that could not tell right from wrong (`PageError`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.course.page import FirstAttempt, Misconception, Page
from grader.course.places import place_of
from grader.judging.findings import findings, passes
from grader.keymaking.coverage.covering import Covering, covering
from grader.keymaking.coverage.drawing import called_with
from grader.keymaking.entries import entries_of
from grader.keymaking.expected import asker
from grader.keymaking.pictures import pictures_of
from grader.keymaking.questions import signature
from grader.keymaking.wrong_answers import degenerate_answers, mistakes
from grader.model.errors import PageError
from grader.model.keys.key import (
    ALLOWED,
    COVERING,
    DEVICE,
    GRADIENT_COVERING,
    MUTATION,
    STATE,
    TYPE,
    VECTORISED,
    AnswerKey,
    Check,
    Entry,
    ExerciseKey,
    Mistake,
    gradient_check,
)
from grader.model.keys.key_variants import named_cases
from grader.model.question import Answer
from grader.model.value import Array, leaves
from grader.model.vocabulary import Aspect
from grader.runner.late_imports import avoid_late_imports


def make_key(course: str, title: str, pages: Iterable[Page], seed: int) -> AnswerKey:
    """The key of these pages. The same seed gives the same key."""
    return AnswerKey(course, title, seed, tuple(make_exercise_key(page, seed) for page in pages))


@dataclass(frozen=True)
class Rehearsal:
    """A key with the answers that went into it: the reference's own, and to named cases those of each misconception and
    of each first attempt. thoughtless: name of each answer that needs no thought -> the checks that it passes."""

    key: ExerciseKey
    own: tuple[Answer, ...]
    wrong: Mapping[str, tuple[Answer, ...]]
    attempted: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    covered: Covering = field(default_factory=Covering)
    thoughtless: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def named(self) -> ExerciseKey:
        """The key without what was drawn to cover the rest."""
        return named_cases(self.key)


def make_exercise_key(page: Page, seed: int) -> ExerciseKey:
    """The key of one page."""
    return rehearse(page, seed).key


def rehearse(page: Page, seed: int) -> Rehearsal:
    """Makes the key of one page and keeps what was answered on the way."""
    avoid_late_imports()
    entries, own = entries_of(page, seed)
    covered = covering(page, seed)
    entries += tuple(entry for entry, _ in covered.pairs)
    own += tuple(answer for _, answer in covered.pairs)
    key = ExerciseKey(
        id=page.id,
        points=page.exercise.points,
        parameters=called_with(page)[0],
        checks=checks_of(page, entries),
        entries=entries,
        hints={wrong.name: wrong.hint for wrong in page.misconceptions},
        lines={wrong.name: wrong.line for wrong in page.misconceptions if wrong.line},
        first_attempts={attempt.name: attempt.mistakes for attempt in page.first_attempts},
        forbid=tuple(page.exercise.forbid),
        forbid_reason=page.exercise.forbid_reason,
        signature=signature(page),
        book=(page.exercise.book,) if isinstance(page.exercise.book, str) else page.exercise.book,
        mutates=tuple(page.exercise.mutates),
        global_random=page.exercise.global_random,
        driver=page.driver,
        needs=tuple(name if "." in name else f"{page.topic}.{name}" for name in page.exercise.needs),
        stand_ins=dict(page.stand_ins),
        pictures=pictures_of(page, seed),
    )
    key, thoughtless = _with_form(page, key, own)
    named = named_cases(key)
    _refuse_unlike_alternatives(page, named)
    asked = named.questions
    wrong = {each.name: tuple(map(asker(page, each.function), asked)) for each in page.misconceptions}
    attempted = {each.name: tuple(map(asker(page, each.function), asked)) for each in page.first_attempts}
    return Rehearsal(_with_mistakes(page, key, wrong | attempted), own, wrong, attempted, covered, thoughtless)


def _with_form(page: Page, key: ExerciseKey, own: Sequence[Answer]) -> tuple[ExerciseKey, Mapping[str, frozenset[str]]]:
    """Marks as form every check that a thoughtless answer passes; and which ones each of these answers passes."""
    passed = passes(key, own)
    failing = [check.name for check in key.checks if check.name not in passed]
    if failing:
        raise PageError(_refusal(page, key, own, failing[0]))
    thoughtless = {name: passes(key, answers) for name, answers in degenerate_answers(page, key, own)}
    form = frozenset().union(*thoughtless.values())
    checks = tuple(replace(check, form=check.name in form) for check in key.checks)
    return replace(key, checks=checks), thoughtless


def _refusal(page: Page, key: ExerciseKey, answers: Sequence[Answer], check: str, name: str = "") -> str:
    """Why the reference, or an alternative of that name, fails a check of its own page, with the line to blame."""
    who = f"the alternative {name}" if name else "the reference"
    found = next(finding for finding in findings(key, answers) if not finding.passed and finding.check == check)
    mismatch = found.mismatch
    if check == ALLOWED and mismatch is not None:
        where = f"{place_of(page.path, mismatch.line)}: {page.id}"
        return f"{where}: {who} calls {mismatch.got}, which forbid= refuses to students. Do without it there, too."
    where = f"{page.where(name)}, case {found.entry.case}"
    if check == MUTATION:
        return f"{where}: {who} changes its arguments. Let it change copies, or name them in mutates=."
    if check == STATE and mismatch is not None:
        repair = "Leave it alone, or say global_random=True where it must draw from there."
        return f"{where}: {who} moves {mismatch.got}. {repair}"
    if check == VECTORISED and mismatch is not None:
        return f"{where}: {who} does more work for more examples. Do without the loop, or without @batch."
    what = f" ({mismatch.kind} of {mismatch.path or 'the answer'})" if mismatch else ""
    return f"{where}: {who} fails {check}{what}. Repair it, or the case."


def _refuse_unlike_alternatives(page: Page, key: ExerciseKey) -> None:
    """`key` holds the named cases: what was drawn to cover the rest has been compared when it was drawn."""
    for name, function in page.alternatives.items():
        answers = tuple(map(asker(page, function), key.questions))
        passed = passes(key, answers)
        failing = [check.name for check in key.checks if check.name not in passed]
        if failing:
            raise PageError(_refusal(page, key, answers, failing[0], name))


def _with_mistakes(page: Page, key: ExerciseKey, answered: Mapping[str, tuple[Answer, ...]]) -> ExerciseKey:
    named = named_cases(key)
    entries = list(named.entries)
    listed: tuple[Misconception | FirstAttempt, ...] = (*page.misconceptions, *page.first_attempts)
    for wrong in listed:
        answers = answered[wrong.name]
        if len(passes(named, answers)) == len(named.checks):
            kind = "misconception" if isinstance(wrong, Misconception) else "first attempt"
            repair = "Add a case in which it is wrong; if it is right, make it an @alternative, or remove it."
            where = page.where(wrong.function.__name__)
            raise PageError(f"{where}: no case catches the {kind} {wrong.name}. {repair}")
        for place, mistake in enumerate(mistakes(page, named, wrong.function, answers)):
            if mistake:
                entries[place] = _with_mistake(entries[place], wrong, mistake)
    return replace(key, entries=(*entries, *key.entries[len(entries) :]))


def _with_mistake(entry: Entry, wrong: Misconception | FirstAttempt, mistake: Mistake) -> Entry:
    if isinstance(wrong, Misconception):
        return replace(entry, mistakes={**entry.mistakes, wrong.name: mistake})
    return replace(entry, first_attempts={**entry.first_attempts, wrong.name: mistake})


COVERING_WEIGHT = 1.0  # like a case: what is wrong in some corner is wrong in one thing
RANDOM_CASE = 0.2  # of a random answer a case says little but its form: laws say the rest


def checks_of(page: Page, entries: Sequence[Entry]) -> tuple[Check, ...]:
    """In page order: each case, then its gradient; laws; then what is said once about the whole exercise."""
    about_cases = (*_case_checks(page, entries), *_covering_checks(page, entries), *_law_checks(page, entries))
    total = sum(check.weight for check in about_cases)
    aspects: dict[str, Aspect] = {TYPE: "type", MUTATION: "mutation", DEVICE: "device"}
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


def _covering_checks(page: Page, entries: Sequence[Entry]) -> Iterator[Check]:
    about = [leaf for entry in entries if entry.check == COVERING for leaf in entry.expected]
    if about:
        weight = COVERING_WEIGHT * (RANDOM_CASE if all(leaf.random for leaf in about) else 1.0)
        yield Check(COVERING, "value", weight, True)
    if any(entry.check == GRADIENT_COVERING for entry in entries):
        yield Check(GRADIENT_COVERING, "gradient", COVERING_WEIGHT * page.exercise.weight("gradient"), True)


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
    if page.batches:
        yield VECTORISED
    if any(entry.purpose == "device" for entry in entries):
        yield DEVICE


def _takes_tensors(entries: Sequence[Entry]) -> bool:
    return any(isinstance(leaf, Array) for entry in entries for _, leaf in leaves(entry.question.named))
