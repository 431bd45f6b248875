"""What failed together with something that it needs: it is asked again beside right functions of ours.

So one early mistake is not punished twice. Where no key holds such a function, as in a student's kit, the result says
which function to repair first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from grader.grading.examination import Again, Examination, Interim, hidden_answers
from grader.grading.repairs import StudentCode, with_repair_first
from grader.model.exercise_id import function_of
from grader.model.fact import Fact
from grader.model.keys.key import ExerciseKey
from grader.model.keys.key_parts import has_hidden, merged, shown_part, told_by_kind
from grader.model.question import Answer
from grader.model.result import CheckResult, ExerciseResult, Verdict


def shown_again(exam: Examination, asked: Sequence[Interim]) -> list[Interim]:
    """Asks again what failed together with something that it needs, beside right functions of ours."""
    failed = {each.key.id for each in asked if each.failed}
    return [_beside_ours(exam, each, _due(each, failed)) for each in asked]


def _due(asked: Interim, failed: Collection[str]) -> tuple[str, ...]:
    """The functions that an exercise is asked again with: what it needs, what failed, and what we have."""
    if not asked.failed or asked.answers is None or (asked.result and asked.result.verdict is Verdict.MISSING):
        return ()
    needed = (function_of(name) for name in asked.key.needs if name in failed)
    return tuple(name for name in needed if name in asked.key.stand_ins)


def _beside_ours(exam: Examination, asked: Interim, stand_ins: tuple[str, ...]) -> Interim:
    if not stand_ins:
        return asked
    with exam.child_with(asked.key, stand_ins) as child:
        answers = child.ask(asked.key.topic, shown_part(asked.key).questions, asked.key.limits)
    return replace(asked, again=Again(stand_ins, answers))


def with_stand_ins(exam: Examination, asked: Sequence[Interim]) -> tuple[ExerciseResult, ...]:
    """What failed together with something that it needs counts as it is beside ours: one early mistake is not punished
    twice."""
    failed = {each.key.id for each in asked if each.failed}
    code = _code(exam, asked)
    to_repair = [each.key.id for each in asked if each.result and each.result.is_wrong]
    return tuple(
        with_repair_first(_carried(exam, each, _due(each, failed)), code, to_repair, each.key.stand_ins)
        for each in asked
    )


def _code(exam: Examination, asked: Sequence[Interim]) -> StudentCode:
    submission = exam.submission
    exercises = {(each.key.topic, each.key.function): each.key.id for each in asked}
    return StudentCode(submission.readable, exercises, submission.notebooks)


def _carried(exam: Examination, asked: Interim, stand_ins: tuple[str, ...]) -> ExerciseResult:
    result, key = asked.result, asked.key
    assert result is not None
    if not stand_ins:
        return result
    if asked.again and asked.again.stand_ins == stand_ins:
        again = exam.judged(key, _answers_again(exam, asked.key, asked.again))
    else:
        again = _by_kind(exam, asked, result, stand_ins)
    if again.points < result.points or _outcome(again) == _outcome(result):
        return result
    return replace(again, note=Fact("graded_beside", functions=stand_ins))


def _answers_again(exam: Examination, key: ExerciseKey, again: Again) -> tuple[Answer, ...]:
    if not has_hidden(key):
        return again.answers
    with exam.child_with(key, again.stand_ins) as child:
        return merged(key, again.answers, hidden_answers(key, again.answers, child))


def _by_kind(exam: Examination, asked: Interim, result: ExerciseResult, stand_ins: tuple[str, ...]) -> ExerciseResult:
    """What it needs failed by a hidden question alone. By now processes of this submission have seen hidden questions,
    so of what it says beside ours only the kind is told, and where nothing has changed what was said before."""
    key = asked.key
    with exam.child_with(key, stand_ins) as child:
        again = exam.judged(told_by_kind(key), child.ask(key.topic, key.questions, key.limits))
    return replace(again, checks=tuple(map(_as_before, again.checks, result.checks)))


def _as_before(check: CheckResult, before: CheckResult) -> CheckResult:
    if check.verdict is before.verdict:
        return before
    if not check.shown or check.fact is None:
        return check
    return replace(check, fact=replace(check.fact, hidden=False))


def _outcome(result: ExerciseResult) -> tuple[object, ...]:
    return result.points, result.mistakes, *(check.verdict for check in result.checks)
