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
from collections.abc import Callable
from dataclasses import replace

from grader.grading.examination import Elsewhere, Examination, Interim, hidden_answers
from grader.grading.exercise import Scoring, told_apart
from grader.grading.stand_ins import shown_again, with_stand_ins
from grader.grading.stops import stop_note
from grader.intake.submission import Submission
from grader.judging.scoring import ungraded
from grader.model.fact import Fact
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.keys.key_parts import has_hidden, hidden_part, merged, shown_part
from grader.model.keys.key_variants import device_of, exercise_on_device, in_float64
from grader.model.result import ExerciseResult, SubmissionResult, Verdict
from grader.model.statements import StatementPlace
from grader.model.vocabulary import Status
from grader.sandbox.running import RunningSubmission
from grader.sandbox.session import Sandbox

Progress = Callable[[ExerciseResult], None]
ENDS = (Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY, Verdict.DIED)
CUT = Fact("definitions_only")


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
    in_cells: dict[str, tuple[StatementPlace, ...]] = dict.fromkeys(submission.notebooks, ())  # lines are the cells'
    exam = Examination(submission, sandbox.within(key.limits), scoring, in_cells)
    asked, exam, stops = _all_shown(exam, key, progress)
    exam, asked = _without_what_never_ends(exam, asked)
    asked = shown_again(exam, asked)
    asked = _all_hidden(exam, asked, progress)
    results = with_stand_ins(exam, asked)
    reason = "; ".join((*submission.notes, *stops)) or None
    return SubmissionResult(submission.student, "graded", results, reason, time.monotonic() - started)


# 1. The shown questions.


def _all_shown(exam: Examination, key: AnswerKey, progress: Progress) -> tuple[list[Interim], Examination, list[str]]:
    """What was asked; with what to ask on; and a sentence for each file that did not run to its end."""
    asked: list[Interim] = []
    with exam.child() as child:
        for exercise in key.exercises:
            asked.append(_shown(exam, exercise, child))
            if asked[-1].result and not asked[-1].has_more:
                progress(asked[-1].result)
    stops = [
        stop_note(topic, stop, exam.submission.readable)
        for topic, stop in child.stops.items()
        if topic not in exam.submission.notebooks
    ]
    return asked, replace(exam, endless=child.endless), stops


def _shown(exam: Examination, key: ExerciseKey, child: RunningSubmission) -> Interim:
    submission = exam.submission
    if key.topic in submission.problems:
        return Interim(
            key, ungraded(key, Verdict.NOT_GRADED, Fact("unread", text=submission.problems[key.topic]), "unread")
        )
    if key.topic not in submission.sources:
        return Interim(key, ungraded(key, Verdict.MISSING, Fact("no_file", file=f"{key.topic}.py"), "absent"))
    part = shown_part(key)
    if not part.entries and has_hidden(key):
        return Interim(key, None, ())
    started = time.monotonic()
    answers = child.ask(key.topic, part.questions, key.limits)
    result, elsewhere = exam.judged(part, answers, exam.scoring), None
    if result.verdict is Verdict.MISSING and result.note:
        missing = ungraded(key, Verdict.MISSING, result.note, result.source)
        return Interim(key, replace(missing, seconds=time.monotonic() - started))
    if not result.passed and device_of(part) != "cpu":
        elsewhere = _elsewhere(part, child)
        result = _compared(exam, part, result, elsewhere)
    return Interim(key, replace(result, seconds=time.monotonic() - started), answers, elsewhere)


def _elsewhere(key: ExerciseKey, child: RunningSubmission) -> Elsewhere:
    on_cpu = exercise_on_device(key, "cpu")
    answers = child.ask(key.topic, (*on_cpu.questions, *in_float64(on_cpu).questions), key.limits)
    count = len(on_cpu.entries)
    return answers[:count], answers[count:]


def _compared(exam: Examination, key: ExerciseKey, result: ExerciseResult, elsewhere: Elsewhere) -> ExerciseResult:
    """The result, and whether the device is to blame for what failed."""
    on_cpu = exercise_on_device(key, "cpu")
    exact = in_float64(on_cpu)
    seen = exam.judged(exact, elsewhere[1]) if exact.entries else None
    return told_apart(result, exam.judged(on_cpu, elsewhere[0]), seen)


def _without_what_never_ends(exam: Examination, asked: list[Interim]) -> tuple[Examination, list[Interim]]:
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


def _noted(asked: Interim, note: Fact) -> Interim:
    return replace(asked, result=asked.result and replace(asked.result, note=note))


# 2. The hidden questions.


def _all_hidden(exam: Examination, asked: list[Interim], progress: Progress) -> list[Interim]:
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


def _hidden(exam: Examination, asked: Interim, child: RunningSubmission) -> ExerciseResult:
    """The result of all questions."""
    assert asked.answers is not None
    started, key, before = time.monotonic(), asked.key, asked.result
    result = exam.judged(key, merged(key, asked.answers, hidden_answers(key, asked.answers, child)), exam.scoring)
    if not result.passed and device_of(key) != "cpu":
        more = _elsewhere(hidden_part(key), child)
        if asked.elsewhere is None:
            result = _compared(exam, hidden_part(key), result, more)
        else:
            result = _compared(exam, key, result, _both(key, asked.elsewhere, more))
    seconds = time.monotonic() - started + (before.seconds if before else 0.0)
    note = before.note if before and before.note == CUT else result.note
    return replace(result, seconds=seconds, note=note)


def _both(key: ExerciseKey, shown: Elsewhere, hidden: Elsewhere) -> Elsewhere:
    on_cpu = exercise_on_device(key, "cpu")
    return merged(on_cpu, shown[0], hidden[0]), merged(in_float64(on_cpu), shown[1], hidden[1])
