"""The hints of an exercise as text, each with the failed check that it explains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.model.book_section import BookSection
from grader.model.result import CheckResult, ExerciseResult, Hint, Verdict
from grader.report.patterns_in_words import pattern_text

COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"}
BEGIN = "Begin with what its stub says: the formula, the shapes, then the doctest."
WITHOUT_A_LOOP = (
    "One operation can take all examples at once: index with two tensors, as in P[torch.arange(n), y]; give a tensor a "
    "new axis, as in X[:, None]; sum or multiply along an axis."
)
TRY_SMALL = (
    "Work the call above out by hand, with numbers as small as you like for which it still fails, and print what each "
    "line of yours gives beside it: the first line that differs is the one."
)
SAY_IT_THEMSELVES = ("growth", "device", "mutation", "state", "forbidden", "cannot_run")
"""Kinds of failures whose sentence says what to do."""
ORDINALS = ("The first", "The second", "The third", "Another one")


def hint_text(hint: Hint) -> str:
    """The whole hint: what goes wrong and why, then what to write instead. Instructors read it."""
    return f"{hint.idea} {hint.line}".strip()


def hint_texts(exercise: ExerciseResult) -> tuple[str, ...]:
    """What students read at once: the idea of each hint, and that it is not the whole story where it is not; else what
    is true of all wrong answers alike."""
    texts = [hint.idea for hint in exercise.hints]
    if exercise.pattern:
        return (" ".join([pattern_text(exercise.pattern), *texts]),)
    if not exercise.certain:
        heads = ("Part of what is wrong", *["Another part"] * len(texts))
        return tuple(f"{head}: {text}" for head, text in zip(heads, texts, strict=False))
    if len(texts) < 2:
        return tuple(texts)
    count = COUNTS.get(len(texts), str(len(texts)))
    first, *others = (f"{ORDINALS[min(at, len(ORDINALS) - 1)]}: {text}" for at, text in enumerate(texts))
    return (f"{count} mistakes explain all that is wrong. {first}", *others)


def hints_of(exercise: ExerciseResult) -> str:
    """All hints in one paragraph."""
    return " ".join(hint_texts(exercise))


def hint_steps(exercise: ExerciseResult, sections: Mapping[str, BookSection]) -> tuple[str, ...]:
    """What there is to ask for beyond the idea, one step after the other: the lines to write, then where to read on."""
    steps = [hint.line for hint in exercise.hints if hint.line]
    failed = exercise.first_failure
    if not exercise.hints and failed and failed.fact and failed.fact.kind == "growth":
        steps.append(WITHOUT_A_LOOP)
    steps += [f"In numbers: d2l-check explain {exercise.id}.{mistake}" for mistake in exercise.mistakes]
    read = [f"{section.number} {section.title}: {section.address}" for section in sections.values()]
    return (*steps, *([f"In the book: {'; '.join(read)}"] if read else []))


def has_a_sentence_of_its_own(exercise: ExerciseResult) -> bool:
    """Whether the check to repair first says what to do, so that there is no mistake to be recognised."""
    fact = exercise.first_failure.fact if exercise.first_failure else None
    return fact is not None and (fact.cause is not None or fact.kind in SAY_IT_THEMSELVES)


def explained_failures(exercise: ExerciseResult) -> tuple[tuple[CheckResult | None, str], ...]:
    """Each hint with the failed check that it stands under: one that it explains and no earlier hint stands under,
    if possible one that it alone explains.

    None where there is none left. Without any hint, the check to repair first.
    """
    texts, taken = hint_texts(exercise), set[str]()
    pairs: list[tuple[CheckResult | None, str]] = []
    for place, text in enumerate(texts):
        hint = exercise.hints[place] if place < len(exercise.hints) else None
        others = {name for other in exercise.hints if other is not hint for name in other.explained}
        check = _first(exercise, hint.explained, others, taken) if hint else None
        check = check or (exercise.first_failure if place == 0 else None)
        taken |= {check.name} if check else set()
        pairs.append((check, text))
    return tuple(pairs) or ((exercise.first_failure, ""),)


def _first(exercise: ExerciseResult, names: Iterable[str], others: set[str], taken: set[str]) -> CheckResult | None:
    """The check to show of those that a hint explains: a shown one before a hidden one, and what other hints explain as
    well after what they do not."""
    failed = [check for check in exercise.checks if check.verdict is not Verdict.PASSED]
    mine = [check for check in failed if check.name in names and check.name not in taken]
    return min(mine, key=lambda check: (not check.shown, check.name in others), default=None)
