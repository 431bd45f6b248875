"""One submission, asked and judged: key + sandbox -> SubmissionResult."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from grader.adapt import device_of, exercise_on_device, in_float64
from grader.judge import ALLOWED, Finding, findings
from grader.key import AnswerKey, ExerciseKey
from grader.mention import forbidden_in
from grader.notebook import Notebook
from grader.question import Answer, Failed
from grader.sandbox.session import Sandbox
from grader.sandbox.submission import Submission as Child
from grader.scorecard import score, ungraded
from grader.submission import Submission
from grader.verdict import CheckResult, ExerciseResult, Mismatch, SubmissionResult, Verdict

Progress = Callable[[ExerciseResult], None]
Seen = tuple[str, tuple[str, int] | None]
"""The name of a file that is no notebook, and the first forbidden name in it with its line."""
Scoring = Callable[[ExerciseKey, tuple[Answer, ...], Seen], ExerciseResult]
ENDS = (Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY, Verdict.DIED)
FAILS = (Verdict.WRONG, Verdict.RAISED)
IS_THE_DEVICE = "On the CPU it is right: the mathematics is fine, it is the device."
IS_THE_PRECISION = "On the CPU it {}, but is right in float64: the mathematics is fine, it is the precision."
IS_THE_MATHEMATICS = "On the CPU it {}, in float64 as well: it is the mathematics, not the device."
IS_NOT_THE_DEVICE = "On the CPU it {}: it is not the device."
CUT = "A cell stopped the whole notebook, so functions, classes, imports and assignments were run alone."


def examine(
    key: AnswerKey,
    submission: Submission,
    sandbox: Sandbox,
    progress: Progress = lambda result: None,
    scoring: Scoring | None = None,
) -> SubmissionResult:
    """Asks every question of the key and judges the answers. Nothing a student does raises.

    scoring: `scored`, or what does the same in less time.
    """
    if submission.problem:
        status = "absent" if submission.absent else "not_graded"
        return SubmissionResult(submission.student, status, reason=submission.problem)
    started, sandbox = time.monotonic(), sandbox.within(key.limits)
    results = []
    with sandbox.submission(submission.modules) as child:
        for exercise in key.exercises:
            results.append(_exercise(exercise, submission, child, scoring))
            progress(results[-1])
    submission, results = _without_what_never_ends(key, submission, sandbox, results)
    carried = _with_stand_ins(key, submission, sandbox, results)
    reason = "; ".join(submission.notes) or None
    return SubmissionResult(submission.student, "graded", carried, reason, time.monotonic() - started)


def _exercise(key: ExerciseKey, submission: Submission, child: Child, scoring: Scoring | None = None) -> ExerciseResult:
    if key.topic in submission.problems:
        return ungraded(key, Verdict.RAISED, submission.problems[key.topic])
    source = submission.sources.get(key.topic)
    if source is None:
        return ungraded(key, Verdict.MISSING, f"there is no {key.topic}.py")
    started = time.monotonic()
    notebook = submission.notebooks.get(key.topic)
    result = judged(key, source, child.ask(key.topic, key.questions, key.limits), notebook, scoring)
    if not result.passed and device_of(key) != "cpu":
        on_cpu = exercise_on_device(key, "cpu")
        exact = in_float64(on_cpu)
        answers = child.ask(key.topic, (*on_cpu.questions, *exact.questions), key.limits)
        count = len(on_cpu.entries)
        seen = judged(exact, source, answers[count:], notebook) if exact.entries else None
        result = told_apart(result, judged(on_cpu, source, answers[:count], notebook), seen)
    return replace(result, seconds=time.monotonic() - started)


def told_apart(
    result: ExerciseResult, on_cpu: ExerciseResult, in_float64: ExerciseResult | None = None
) -> ExerciseResult:
    """Says of what failed on another device whether it is the mathematics, the precision or the device."""
    there = {check.name: check for check in on_cpu.checks}
    exact = {check.name: check.verdict for check in in_float64.checks} if in_float64 else {}
    checks = (_told_apart(each, there.get(each.name), exact.get(each.name)) for each in result.checks)
    return replace(result, checks=tuple(checks))


def _told_apart(check: CheckResult, on_cpu: CheckResult | None, exact: Verdict | None) -> CheckResult:
    if not check.detail or check.aspect == "device" or on_cpu is None:
        return check
    if on_cpu.verdict is Verdict.PASSED:
        said = IS_THE_DEVICE
    elif on_cpu.verdict not in FAILS:
        return check
    elif exact is Verdict.PASSED:
        said = IS_THE_PRECISION
    else:
        said = IS_THE_MATHEMATICS if exact in FAILS else IS_NOT_THE_DEVICE
    texts = ((check.detail, on_cpu.detail), (check.full_detail, on_cpu.full_detail))
    short, full = (f"{there}\n{said.format(_failure(there, here, on_cpu.verdict))}" for there, here in texts)
    return replace(check, detail=short, full_detail=full)


def _failure(there: str, here: str, verdict: Verdict) -> str:
    """What it does on the CPU; in its own words where the device had others, as for an index that is out of bounds."""
    words = here.rpartition("\n")[2]
    if verdict is Verdict.WRONG:
        return "is wrong too"
    return "fails too" if not words or words in there else f"fails too ({words})"


def always_raised(file: str, answers: Sequence[Answer]) -> str | None:
    """The one error in which every call ended (a file that cannot be run, other parameters), said once."""
    first = answers[0]
    if not isinstance(first, Failed) or first.verdict is not Verdict.RAISED or any(each != first for each in answers):
        return None
    line = f" (line {first.line})" if first.line else ""
    text = f"{' '.join(first.error[:1])}: {first.message}{line}".removeprefix(": ")
    if {"SyntaxError", "ImportError"} & set(first.error):
        return f"{file} cannot be run: {text}"
    return f"every call raised {text}"


def no_function(name: str, source: str) -> str:
    """That it is not there, with a name that is and looks like it."""
    there = re.findall(r"^(?:def|class)\s+(\w+)", source, re.MULTILINE)
    near = difflib.get_close_matches(name, set(there) - {name}, n=1, cutoff=0.8)
    return f"there is no function {name}" + (f"; {near[0]} is there" if near else "")


def judged(
    key: ExerciseKey,
    source: str,
    answers: Sequence[Answer],
    notebook: Notebook | None = None,
    scoring: Scoring | None = None,
) -> ExerciseResult:
    """The result of one exercise from its answers, and from a look at its source."""
    if all(isinstance(answer, Failed) and answer.verdict is Verdict.MISSING and not answer.error for answer in answers):
        return ungraded(key, Verdict.MISSING, no_function(key.function, source))
    ours = next((a for a in answers if isinstance(a, Failed) and a.verdict is Verdict.NOT_GRADED), None)
    if ours:
        return ungraded(key, Verdict.NOT_GRADED, ours.message)
    here = [answer for entry, answer in zip(key.entries, answers, strict=True) if entry.purpose != "device"]
    reason = always_raised("its cell" if notebook else f"{key.topic}.py", here)
    if reason:
        return ungraded(key, Verdict.RAISED, reason)
    mentioned = forbidden_in(source, key.function, key.forbid) if key.forbid else None
    if mentioned and notebook:
        mentioned = mentioned[0], notebook.line_in_cell(mentioned[1])
    return (scoring or scored)(key, tuple(answers), ("" if notebook else f"{key.topic}.py", mentioned))


def scored(key: ExerciseKey, answers: Sequence[Answer], seen: Seen) -> ExerciseResult:
    """The result of one exercise from its answers, and from what was seen of its source."""
    file, mentioned = seen
    found = findings(key, answers)
    if mentioned and not any(each.check == ALLOWED and not each.passed for each in found):
        mismatch = Mismatch("forbidden", got=mentioned[0], line=mentioned[1])
        found = (*found, Finding(ALLOWED, key.entries[0], Verdict.WRONG, mismatch=mismatch))
    return score(key, tuple(_in_file(each, file) for each in found) if file else found)


def _in_file(finding: Finding, file: str) -> Finding:
    """Names the file in which a forbidden function is called."""
    if finding.mismatch is None or finding.mismatch.kind != "forbidden":
        return finding
    return replace(finding, mismatch=replace(finding.mismatch, path=file))


def _without_what_never_ends(
    key: AnswerKey, submission: Submission, sandbox: Sandbox, results: list[ExerciseResult]
) -> tuple[Submission, list[ExerciseResult]]:
    """Asks again where a notebook got no answer at all, with its definitions alone.

    A demonstration that prints for ever, or a training run of a minute, must not cost the answers beside it.
    """
    for topic, notebook in submission.notebooks.items():
        of_topic = [result for result in results if result.topic == topic]
        if not of_topic or any(result.verdict not in ENDS for result in of_topic):
            continue
        shorter = replace(submission, notebooks={**submission.notebooks, topic: notebook.definitions})
        with sandbox.submission(shorter.modules) as child:
            again = {each.id: _exercise(each, shorter, child) for each in key.exercises if each.topic == topic}
        if any(result.verdict not in ENDS for result in again.values()):
            submission = shorter
            results = [replace(again[each.id], note=CUT) if each.id in again else each for each in results]
    return submission, results


def _with_stand_ins(
    key: AnswerKey, submission: Submission, sandbox: Sandbox, results: Sequence[ExerciseResult]
) -> tuple[ExerciseResult, ...]:
    """Asks again what failed together with something it needs: one early mistake is not punished twice."""
    failed = {result.id for result in results if not result.passed}
    return tuple(
        _again(exercise, submission, sandbox, result, failed) if failed.intersection(exercise.needs) else result
        for exercise, result in zip(key.exercises, results, strict=True)
    )


def _again(
    key: ExerciseKey, submission: Submission, sandbox: Sandbox, result: ExerciseResult, failed: Iterable[str]
) -> ExerciseResult:
    """In a fresh child, in which the prerequisite is ours and nothing is asked about it."""
    missing = [
        name for name in (each.partition(".")[2] for each in key.needs if each in failed) if name in key.stand_ins
    ]
    source = submission.sources.get(key.topic)
    if result.passed or result.verdict is Verdict.MISSING or not missing or source is None:
        return result
    helped = "\n\n".join([submission.modules[key.topic], *(key.stand_ins[name] for name in missing)])
    with sandbox.submission(_only(key.topic, helped)) as child:
        answers = child.ask(key.topic, key.questions, key.limits)
    again = judged(key, source, answers, submission.notebooks.get(key.topic))
    if again.points < result.points or _outcome(again) == _outcome(result):
        return result
    them, mistakes_do = ("that", "Its mistake does") if len(missing) == 1 else ("them", "Their mistakes do")
    note = f"Graded with a right {' and '.join(missing)}: repair {them} first. {mistakes_do} not count here."
    return replace(again, note=note)


def _outcome(result: ExerciseResult) -> tuple[object, ...]:
    return result.points, result.misconception, *(check.verdict for check in result.checks)


def _only(topic: str, source: str) -> Mapping[str, str]:
    return {topic: source}
