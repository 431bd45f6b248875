"""The words, symbols and numbers that all reports share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TypeVar

from grader.model.exercise_id import topic_of
from grader.model.result import ExerciseResult, SubmissionResult, Verdict
from grader.report.marks import CASES, DECIMALS, total, ungraded, unread

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
UNREAD = "A part of this was not read, so there is no final mark: your instructor is told what was found."

T = TypeVar("T")


def number(value: float, digits: int = 2) -> str:
    """A number without trailing zeros: 2, 0.5, 0.67."""
    text = f"{value + 0.0:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 25 min, 4.5 h, 2.5 days."""
    units = (("s", 1, 100), ("min", 60, 100), ("h", 3600, 36), ("days", 86400, math.inf))
    unit, size = next((unit, size) for unit, size, most in units if seconds < most * size)
    return f"{number(seconds / size, 1 if seconds < 10 * size else 0)} {unit}"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def points_of(exercise: ExerciseResult) -> str:
    return f"{number(exercise.points)}/{number(exercise.max_points)}"


def unfinished_because(submission: SubmissionResult) -> str | None:
    """Why there is no final mark; None where there is one."""
    if submission.status != "graded":
        return submission.reason or ""
    said = [f"{topic} is not final: {found}" for topic, found in unread(submission).items()]
    missed = [id for id in ungraded(submission) if topic_of(id) not in unread(submission)]
    return "; ".join([*said, *([f"not graded: {', '.join(missed)}"] if missed else [])]) or None


def remark(submission: SubmissionResult) -> str:
    """Why there is no final mark, and what there is to say of what was handed in: late, or refused in part."""
    if submission.status != "graded":
        return submission.reason or ""
    return "; ".join(filter(None, (unfinished_because(submission), submission.reason)))


def notice(submission: SubmissionResult) -> str:
    """What a student has to know before anything else, where there is no final mark."""
    unfinished = UNREAD if unread(submission) else IN_PART
    in_part = unfinished if unfinished_because(submission) is not None else ""
    return STATUS.get(submission.status, in_part)


def points_so_far(submission: SubmissionResult) -> str:
    """The points of all; where some are not known yet, of those that are, so that what is open reads as no zero."""
    graded = sum(each.max_points for each in submission.exercises if each.verdict is not Verdict.NOT_GRADED)
    if graded == submission.max_points:
        return f"{number(total(submission))} of {number(graded)} points"
    more = f"{number(round(submission.max_points - graded, DECIMALS))} more are open"
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
