"""One submission, asked and judged: key + sandbox -> SubmissionResult.

The order in which it is asked is what keeps hidden inputs hidden:

    1. the shown questions of all exercises; what needs it once more (a notebook's definitions alone, what failed beside
       something that it needs, what failed on a graphics card) is asked again, the shown questions only;
    2. the hidden questions, of processes that were asked nothing before.

What a process of the second kind says is judged, but no word and no number of it is told to the student. A key without
hidden questions has no second part.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from grader.grading.exercise import Scoring, judged, told_apart
from grader.intake.submission import Submission
from grader.judging.messages import HIDDEN
from grader.judging.scoring import ungraded
from grader.model.exercise_id import function_of
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.keys.key_parts import has_hidden, hidden_part, merged, shown_part, told_by_kind, unasked
from grader.model.keys.key_variants import device_of, exercise_on_device, in_float64
from grader.model.question import Answer
from grader.model.result import CheckResult, ExerciseResult, SubmissionResult, Verdict
from grader.model.vocabulary import Status
from grader.sandbox.running import RunningSubmission
from grader.sandbox.session import Sandbox

Progress = Callable[[ExerciseResult], None]
Elsewhere = tuple[tuple[Answer, ...], tuple[Answer, ...]]
"""The answers on the CPU to what was asked on a graphics card, and those in float64."""
ENDS = (Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY, Verdict.DIED)
CUT = "A cell stopped the whole notebook, so functions, classes, imports and assignments were run alone."


@dataclass(frozen=True)
class _Interim:
    """An exercise as far as it has been asked.

    result: None where nothing has been asked yet, since all of it is hidden. answers: to the shown questions; None
    where there is no source to ask. again: beside stand-ins of ours, if that was due.
    """

    key: ExerciseKey
    result: ExerciseResult | None
    answers: tuple[Answer, ...] | None = None
    elsewhere: Elsewhere | None = None
    again: _Again | None = None

    @property
    def failed(self) -> bool:
        return self.result is not None and not self.result.passed

    @property
    def has_more(self) -> bool:
        """Whether there are hidden questions to ask."""
        return self.answers is not None and has_hidden(self.key)


@dataclass(frozen=True)
class _Again:
    """The answers to the shown questions beside right functions of ours."""

    stand_ins: tuple[str, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class _Examination:
    """A submission, and what it is asked with."""

    submission: Submission
    sandbox: Sandbox
    scoring: Scoring | None = None

    def judged(self, key: ExerciseKey, answers: Sequence[Answer], scoring: Scoring | None = None) -> ExerciseResult:
        """The result of these answers."""
        topic = key.topic
        return judged(key, self.submission.sources[topic], answers, self.submission.notebooks.get(topic), scoring)

    def child(self) -> RunningSubmission:
        """The whole submission in a fresh child."""
        return self.sandbox.submission(self.submission.modules)

    def child_with(self, key: ExerciseKey, stand_ins: Collection[str]) -> RunningSubmission:
        """A topic in a fresh child, in which some functions are ours."""
        source = "\n\n".join([self.submission.modules[key.topic], *(key.stand_ins[name] for name in stand_ins)])
        return self.sandbox.submission({key.topic: source})


def examine(
    key: AnswerKey,
    submission: Submission,
    sandbox: Sandbox,
    progress: Progress = lambda result: None,
    scoring: Scoring | None = None,
) -> SubmissionResult:
    """Asks every question of the key and judges the answers. Nothing a student does raises.

    scoring: `exercise.scored`, or what does the same in less time.
    """
    if submission.problem:
        status: Status = "absent" if submission.absent else "not_graded"
        return SubmissionResult(submission.student, status, reason=submission.problem, empty=submission.empty)
    started = time.monotonic()
    exam = _Examination(submission, sandbox.within(key.limits), scoring)
    asked = _all_shown(exam, key, progress)
    exam, asked = _without_what_never_ends(exam, asked)
    asked = _shown_again(exam, asked)
    asked = _all_hidden(exam, asked, progress)
    results = _with_stand_ins(exam, asked)
    reason = "; ".join(submission.notes) or None
    return SubmissionResult(submission.student, "graded", results, reason, time.monotonic() - started)


# 1. The shown questions.


def _all_shown(exam: _Examination, key: AnswerKey, progress: Progress) -> list[_Interim]:
    asked: list[_Interim] = []
    with exam.child() as child:
        for exercise in key.exercises:
            asked.append(_shown(exam, exercise, child))
            if asked[-1].result and not asked[-1].has_more:
                progress(asked[-1].result)
    return asked


def _shown(exam: _Examination, key: ExerciseKey, child: RunningSubmission) -> _Interim:
    submission = exam.submission
    if key.topic in submission.problems:
        return _Interim(key, ungraded(key, Verdict.NOT_GRADED, submission.problems[key.topic], "unread"))
    if key.topic not in submission.sources:
        return _Interim(key, ungraded(key, Verdict.MISSING, f"there is no {key.topic}.py", "absent"))
    part = shown_part(key)
    if not part.entries and has_hidden(key):
        return _Interim(key, None, ())
    started = time.monotonic()
    answers = child.ask(key.topic, part.questions, key.limits)
    result, elsewhere = exam.judged(part, answers, exam.scoring), None
    if not result.passed and device_of(part) != "cpu":
        elsewhere = _elsewhere(part, child)
        result = _compared(exam, part, result, elsewhere)
    return _Interim(key, replace(result, seconds=time.monotonic() - started), answers, elsewhere)


def _elsewhere(key: ExerciseKey, child: RunningSubmission) -> Elsewhere:
    on_cpu = exercise_on_device(key, "cpu")
    answers = child.ask(key.topic, (*on_cpu.questions, *in_float64(on_cpu).questions), key.limits)
    count = len(on_cpu.entries)
    return answers[:count], answers[count:]


def _compared(exam: _Examination, key: ExerciseKey, result: ExerciseResult, elsewhere: Elsewhere) -> ExerciseResult:
    """The result, and whether the device is to blame for what failed."""
    on_cpu = exercise_on_device(key, "cpu")
    exact = in_float64(on_cpu)
    seen = exam.judged(exact, elsewhere[1]) if exact.entries else None
    return told_apart(result, exam.judged(on_cpu, elsewhere[0]), seen)


def _without_what_never_ends(exam: _Examination, asked: list[_Interim]) -> tuple[_Examination, list[_Interim]]:
    """Asks again where a notebook got no answer at all, with its definitions alone.

    A demonstration that prints for ever, or a training run of a minute, must not cost the answers beside it.
    """
    for topic, notebook in exam.submission.notebooks.items():
        results = [each.result for each in asked if each.key.topic == topic and each.result]
        if not results or any(result.verdict not in ENDS for result in results):
            continue
        notebooks = {**exam.submission.notebooks, topic: notebook.definitions}
        shorter = replace(exam, submission=replace(exam.submission, notebooks=notebooks))
        with shorter.child() as child:
            again = {each.key.id: _shown(shorter, each.key, child) for each in asked if each.key.topic == topic}
        if any(each.result and each.result.verdict not in ENDS for each in again.values()):
            exam = shorter
            asked = [_noted(again[each.key.id], CUT) if each.key.id in again else each for each in asked]
    return exam, asked


def _noted(asked: _Interim, note: str) -> _Interim:
    return replace(asked, result=asked.result and replace(asked.result, note=note))


def _shown_again(exam: _Examination, asked: Sequence[_Interim]) -> list[_Interim]:
    """Asks again what failed together with something that it needs, beside right functions of ours."""
    failed = {each.key.id for each in asked if each.failed}
    return [_beside_ours(exam, each, _due(each, failed)) for each in asked]


def _due(asked: _Interim, failed: Collection[str]) -> tuple[str, ...]:
    """The functions that an exercise is asked again with: what it needs, what failed, and what we have."""
    if not asked.failed or asked.answers is None or (asked.result and asked.result.verdict is Verdict.MISSING):
        return ()
    needed = (function_of(name) for name in asked.key.needs if name in failed)
    return tuple(name for name in needed if name in asked.key.stand_ins)


def _beside_ours(exam: _Examination, asked: _Interim, stand_ins: tuple[str, ...]) -> _Interim:
    if not stand_ins:
        return asked
    with exam.child_with(asked.key, stand_ins) as child:
        answers = child.ask(asked.key.topic, shown_part(asked.key).questions, asked.key.limits)
    return replace(asked, again=_Again(stand_ins, answers))


# 2. The hidden questions.


def _all_hidden(exam: _Examination, asked: list[_Interim], progress: Progress) -> list[_Interim]:
    """In a child of its own, so that what told of the shown questions has seen none of them."""
    if not any(each.has_more for each in asked):
        return asked
    with exam.child() as child:
        for place, each in enumerate(asked):
            if each.has_more:
                result = _hidden(exam, each, child)
                asked[place] = replace(each, result=result)
                progress(result)
    return asked


def _hidden(exam: _Examination, asked: _Interim, child: RunningSubmission) -> ExerciseResult:
    """The result of all questions."""
    assert asked.answers is not None
    started, key, before = time.monotonic(), asked.key, asked.result
    result = exam.judged(key, merged(key, asked.answers, _hidden_answers(key, asked.answers, child)), exam.scoring)
    if not result.passed and device_of(key) != "cpu":
        more = _elsewhere(hidden_part(key), child)
        if asked.elsewhere is None:
            result = _compared(exam, hidden_part(key), result, more)
        else:
            result = _compared(exam, key, result, _both(key, asked.elsewhere, more))
    seconds = time.monotonic() - started + (before.seconds if before else 0.0)
    note = before.note if before and before.note == CUT else result.note
    return replace(result, seconds=seconds, note=note)


def _hidden_answers(key: ExerciseKey, shown: Sequence[Answer], child: RunningSubmission) -> tuple[Answer, ...]:
    ended = unasked(key, shown)
    return child.ask(key.topic, hidden_part(key).questions, key.limits) if ended is None else ended


def _both(key: ExerciseKey, shown: Elsewhere, hidden: Elsewhere) -> Elsewhere:
    on_cpu = exercise_on_device(key, "cpu")
    return merged(on_cpu, shown[0], hidden[0]), merged(in_float64(on_cpu), shown[1], hidden[1])


def _with_stand_ins(exam: _Examination, asked: Sequence[_Interim]) -> tuple[ExerciseResult, ...]:
    """What failed together with something that it needs counts as it is beside ours: one early mistake is not punished
    twice."""
    failed = {each.key.id for each in asked if each.failed}
    return tuple(_carried(exam, each, _due(each, failed)) for each in asked)


def _carried(exam: _Examination, asked: _Interim, stand_ins: tuple[str, ...]) -> ExerciseResult:
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
    them, mistakes_do = ("that", "Its mistake does") if len(stand_ins) == 1 else ("them", "Their mistakes do")
    note = f"Graded with a right {' and '.join(stand_ins)}: repair {them} first. {mistakes_do} not count here."
    return replace(again, note=note)


def _answers_again(exam: _Examination, key: ExerciseKey, again: _Again) -> tuple[Answer, ...]:
    if not has_hidden(key):
        return again.answers
    with exam.child_with(key, again.stand_ins) as child:
        return merged(key, again.answers, _hidden_answers(key, again.answers, child))


def _by_kind(exam: _Examination, asked: _Interim, result: ExerciseResult, stand_ins: tuple[str, ...]) -> ExerciseResult:
    """What it needs failed by a hidden question alone. By now processes of this submission have seen hidden questions,
    so of what it says beside ours only the kind is told, and where nothing has changed what was said before."""
    key = asked.key
    with exam.child_with(key, stand_ins) as child:
        again = exam.judged(told_by_kind(key), child.ask(key.topic, key.questions, key.limits))
    return replace(again, checks=tuple(map(_as_before, again.checks, result.checks)))


def _as_before(check: CheckResult, before: CheckResult) -> CheckResult:
    if check.verdict is before.verdict:
        return before
    return replace(check, detail=check.detail.removeprefix(f"{HIDDEN}: ")) if check.shown else check


def _outcome(result: ExerciseResult) -> tuple[object, ...]:
    return result.points, result.misconception, *(check.verdict for check in result.checks)
