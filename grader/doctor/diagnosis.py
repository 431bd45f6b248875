"""Whether diagnosis holds beyond the codings that a page happens to have: other roundings, and two mistakes at once.

Coded otherwise: a misconception says what it would have said of neighbouring inputs, so that every digit that hangs on
the order of computing is another one. Two at once: the errors of both, added up. Whoever is named there must be one of
the two. A third name would be wrong, unless it explains all that is wrong: two mistakes may amount to a third (twice
doubled is times four), and then that is what the student does. Answers that come from no mistake get no name at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import torch

from grader.course.page import FirstAttempt, Page
from grader.doctor.neutral_answers import CHANGES, neutral_answers
from grader.doctor.records import Naming
from grader.judging.diagnosis import Diagnosis, diagnose
from grader.judging.findings import findings
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import Rehearsal
from grader.keymaking.questions import jiggled, recast
from grader.model.keys.key import ExerciseKey
from grader.model.question import Answer, Returned
from grader.model.value import Array, Value


def examine_naming(page: Page, made: Rehearsal, seed: int) -> Naming:
    """First attempts, answers without a mistake, deterministic mistakes coded otherwise, and all pairs of them."""
    key, own = made.named, made.own[: len(made.named.entries)]
    wrong = [
        (name, " and ".join(found.explained))
        for name, answers in neutral_answers(own)
        if (found := _diagnosis(key, answers))
    ]
    told = [attempt for attempt in page.first_attempts if _is_told(key, made, attempt)]
    naming = Naming(attempts=len(page.first_attempts), told=len(told), neutral=len(CHANGES))
    if not any(entry.laws for entry in key.entries):  # clouds, not digits: the doctor asks those with other seeds
        naming, others = _of_digits(page, made, seed, naming)
        wrong += others
    return replace(naming, misnamed=tuple(wrong))


def _is_told(key: ExerciseKey, made: Rehearsal, attempt: FirstAttempt) -> bool:
    found = _diagnosis(key, made.attempted[attempt.name])
    return found is not None and set(attempt.mistakes) <= found.explained.keys()


def _of_digits(page: Page, made: Rehearsal, seed: int, naming: Naming) -> tuple[Naming, list[tuple[str, str]]]:
    """Misconceptions coded otherwise and pairs of them, and what of these gets another name."""
    key, named, both = made.named, 0, 0
    wrong: list[tuple[str, str]] = []
    for each in page.misconceptions:
        found = _diagnosis(key, _recoded(page, each.function, made, each.name, seed))
        named += found is not None and set(found.explained) == {each.name}
        if found and each.name not in found.explained:
            wrong.append((f"{each.name}, coded otherwise,", " and ".join(found.explained)))
    pairs = list(combinations(made.wrong, 2))
    for pair in pairs:
        found = _diagnosis(key, tuple(map(_added, made.own, *(made.wrong[name] for name in pair))))
        both += found is not None and set(pair) <= found.explained.keys()
        if found and not found.certain and (third := [name for name in found.explained if name not in pair]):
            wrong.append((" with ".join(pair), " and ".join(third)))
    return replace(naming, recoded=len(page.misconceptions), named=named, pairs=len(pairs), both=both), wrong


def _diagnosis(key: ExerciseKey, answers: Sequence[Answer]) -> Diagnosis | None:
    return diagnose(key, tuple(findings(key, answers)))


def _recoded(page: Page, function: Callable[..., object], made: Rehearsal, name: str, seed: int) -> tuple[Answer, ...]:
    ask, generator = asker(page, function), torch.Generator().manual_seed(seed)
    answers = []
    for entry, question, said in zip(made.named.entries, made.named.questions, made.wrong[name], strict=True):
        digits = entry.purpose in ("value", "gradient") and isinstance(said, Returned)
        answer = ask(recast(question, None, lambda x: jiggled(x, generator))) if digits else said
        if isinstance(answer, Returned) and isinstance(said, Returned):
            answer = replace(answer, after=said.after, observed=said.observed)
        answers.append(answer if isinstance(answer, Returned) else said)
    return tuple(answers)


def _added(own: Answer, first: Answer, second: Answer) -> Answer:
    """The answer with both errors in it; where one fails, or is of another form, that one."""
    if not (isinstance(own, Returned) and isinstance(first, Returned) and isinstance(second, Returned)):
        return second if isinstance(first, Returned) else first
    values = tuple(map(_sum, own.values, first.values, second.values))
    gradients = tuple(map(_sum, own.gradients, first.gradients, second.gradients))
    return replace(first, values=values, gradients=gradients)


def _sum(own: Value, first: Value, second: Value) -> Value:
    """The right leaf with both errors; a leaf that only one has wrong is that one's."""
    if first == own:
        return second
    if not (isinstance(own, Array) and isinstance(first, Array) and isinstance(second, Array)):
        return first
    digits = own.dtype in ("float64", "float32") and own.dtype == first.dtype == second.dtype
    if second == own or not digits or not own.shape == first.shape == second.shape:
        return first
    with np.errstate(all="ignore"):
        return Array.of(first.numpy() + second.numpy() - own.numpy(), own.library)
