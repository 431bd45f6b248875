"""The words, symbols and numbers that all reports share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TypeVar

from grader.model.exercise_id import topic_of
from grader.model.result import ExerciseResult, SubmissionResult, Verdict
from grader.report.mark_in_words import mark_sentences, why_open
from grader.report.marks import CASES, DECIMALS, counted, is_settled, maximum, total, ungraded, unread
from grader.report.numbers_in_words import duration as duration
from grader.report.numbers_in_words import number as number
from grader.report.numbers_in_words import plural as plural

WORD = {
    Verdict.PASSED: "passed",
    Verdict.WRONG: "wrong",
    Verdict.RAISED: "raised an exception",
    Verdict.TIMED_OUT: "timed out",
    Verdict.OUT_OF_MEMORY: "ran out of memory",
    Verdict.DIED: "crashed",
    Verdict.MISSING: "not written yet",
    Verdict.NOT_GRADED: "not graded",
}
NOT_THERE = "not there"
SYMBOL = {
    Verdict.PASSED: "✓",
    Verdict.WRONG: "✗",
    Verdict.RAISED: "↯",
    Verdict.TIMED_OUT: "∞",
    Verdict.OUT_OF_MEMORY: "≫",
    Verdict.DIED: "†",
    Verdict.MISSING: "–",
    Verdict.NOT_GRADED: "?",
}
PARTLY = "◐"
HIDDEN = "a hidden case"
STATUS = {"absent": "Nothing was handed in.", "not_graded": "This submission could not be graded."}
IN_PART = "A part of this could not be graded. That is not your mistake, and the mark is not final."
UNTIMED = "There is no final mark yet, because it is not known when this was handed in."
UNREAD = "A part of this was not read, so there is no final mark: your instructor is told what was found."

T = TypeVar("T")


def points_of(exercise: ExerciseResult) -> str:
    return f"{number(exercise.points)}/{number(exercise.max_points)}"


def unfinished_because(submission: SubmissionResult) -> str | None:
    """Why there is no final mark; None where there is one, or none is due."""
    if is_settled(submission):
        return None
    if submission.status != "graded":
        return submission.reason or ""
    said = [f"{topic} is not final: {found}" for topic, found in unread(submission).items()]
    missed = [id for id in ungraded(submission) if topic_of(id) not in unread(submission)]
    said += [f"not graded: {', '.join(missed)}"] if missed else []
    return "; ".join([*said, *why_open(submission.mark)]) or None


def remark(submission: SubmissionResult) -> str:
    """Why there is no final mark, and what there is to say of what was handed in: late, or refused in part."""
    said = (unfinished_because(submission),) if submission.status == "graded" else ()
    return "; ".join(filter(None, (*said, submission.reason, *mark_sentences(submission.mark))))


def notice(submission: SubmissionResult) -> str:
    """What a student has to know before anything else, where there is no final mark."""
    if is_settled(submission):
        return ""
    unfinished = UNREAD if unread(submission) else UNTIMED if why_open(submission.mark) else IN_PART
    in_part = unfinished if unfinished_because(submission) is not None else ""
    return STATUS.get(submission.status, in_part)


def points_so_far(submission: SubmissionResult) -> str:
    """The points of all; where some are not known yet, of those that are, so that what is open reads as no zero."""
    most = maximum(submission)
    if submission.mark and submission.mark.excused:
        return "excused"
    if is_settled(submission):
        return f"{number(total(submission))} of {number(most)} points"
    exercises = [counted(submission, each) for each in submission.exercises]
    graded = sum(each.max_points for each in exercises if each.verdict is not Verdict.NOT_GRADED)
    if why_open(submission.mark):
        given = sum(each.points for each in exercises)
        return f"no final mark; the checks give {number(given)} of {number(graded)} points"
    if graded == most:
        return f"{number(total(submission))} of {number(graded)} points"
    more = f"{number(round(most - graded, DECIMALS))} more are open"
    return (
        f"{number(total(submission))} of {number(graded)} points so far; {more}" if graded else f"no points yet; {more}"
    )


def word_of(exercise: ExerciseResult) -> str:
    """What became of it; of what is missing, whether it is not written or not there at all."""
    absent = exercise.verdict is Verdict.MISSING and exercise.note and exercise.note.kind in ("no_file", "no_function")
    return NOT_THERE if absent else WORD[exercise.verdict]


def symbol(exercise: ExerciseResult) -> str:
    partly = exercise.verdict is Verdict.WRONG and exercise.points > 0
    return PARTLY if partly else SYMBOL[exercise.verdict]


def tally(exercise: ExerciseResult) -> str:
    """How much is right already; cases as long as nothing but cases fails, checks of all kinds otherwise."""
    failed = {check.aspect for check in exercise.checks if check.verdict is not Verdict.PASSED}
    noun = "case" if failed <= CASES else "check"
    counted = [check for check in exercise.checks if noun == "check" or check.aspect in CASES]
    right = sum(check.verdict is Verdict.PASSED for check in counted)
    return f"{right} of {plural(len(counted), noun)} right" if counted else ""


def by_topic(items: Iterable[T], id_of: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    """Runs of one topic, as the ids tell."""
    return [(topic, list(run)) for topic, run in groupby(items, lambda item: topic_of(id_of(item)))]
