"""results.json as an autograder of Gradescope's leaves it: one test for each exercise, and one for its hidden cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

from grader.model.printable import clean, one_line
from grader.model.result import ExerciseResult, SubmissionResult, Verdict
from grader.report.explanation import explanation
from grader.report.feedback_text import item_lines
from grader.report.marks import DECIMALS, awaits_a_human, counted, is_settled, maximum, total
from grader.report.student_view import item_of
from grader.report.wording import notice, plural, remark

NEVER, AFTER_PUBLISHED = "hidden", "after_published"
SILENT = (Verdict.MISSING, Verdict.NOT_GRADED)


def to_gradescope(
    submission: SubmissionResult,
    titles: Mapping[str, str] = MappingProxyType({}),
    hidden: str = NEVER,
    extra: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """A graded submission's results; `hidden` says when students see which hidden cases failed.

    Where that is not never, Gradescope shows no total until then either. An exercise that we failed at has no score.
    Where something waits for somebody to look at it nothing has one: Gradescope would take the sum of the others for
    the mark.
    """
    open_ = awaits_a_human(submission) or (submission.mark is not None and not is_settled(submission))
    document = {
        **({} if open_ else {"score": total(submission)}),
        "execution_time": round(submission.seconds, 3),
        **({"output": said} if (said := _said(submission)) else {}),
        "output_format": "text",  # the default would take a student's words for HTML
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {"max_score": round(maximum(submission), DECIMALS), **extra},
        "tests": [_without_score(test) if open_ else test for test in _tests(submission, titles, hidden)],
    }
    return json.dumps(document, ensure_ascii=True, allow_nan=False, indent=1) + "\n"


def _said(submission: SubmissionResult) -> str:
    return clean(" ".join(filter(None, (notice(submission), remark(submission)))))


def _tests(submission: SubmissionResult, titles: Mapping[str, str], hidden: str) -> Iterator[dict[str, Any]]:
    counting = [counted(submission, exercise) for exercise in submission.exercises]
    topics = groupby(counting, lambda exercise: exercise.topic)
    for chapter, (topic, exercises) in enumerate(topics, 1):
        for place, exercise in enumerate(exercises, 1):
            tags = [one_line(titles.get(topic, topic))]
            yield {**_test(exercise), "number": f"{chapter}.{place}", "tags": tags, "visibility": "visible"}
            if any(not check.shown for check in exercise.checks) and exercise.verdict not in SILENT:
                yield {**_hidden(exercise), "number": f"{chapter}.{place}h", "tags": tags, "visibility": hidden}


def _test(exercise: ExerciseResult) -> dict[str, Any]:
    """The exercise with its points, told by its shown checks alone."""
    shown = replace(exercise, checks=tuple(check for check in exercise.checks if check.shown))
    item = item_of(shown)
    test = {
        "name": one_line(exercise.id),
        "status": "passed" if exercise.passed else "failed",
        "output": "\n".join([", ".join(filter(None, (item.verdict, item.tally))), *item_lines(item)]),
    }
    if exercise.verdict is Verdict.NOT_GRADED:
        return test
    return {**test, "score": round(exercise.points, DECIMALS), "max_score": round(exercise.max_points, DECIMALS)}


def _without_score(test: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in test.items() if name not in ("score", "max_score")}


def _hidden(exercise: ExerciseResult) -> dict[str, Any]:
    """Which hidden checks failed and in which way; never a value, and no points: the exercise has them."""
    checks = [check for check in exercise.checks if not check.shown]
    failed = [check for check in checks if check.verdict is not Verdict.PASSED]
    lines = [f"{len(checks) - len(failed)} of {plural(len(checks), 'hidden check')} right"]
    lines += [clean(f"{check.name}: {explanation(check) or check.verdict.value}") for check in failed]
    return {
        "name": f"{one_line(exercise.id)}: hidden cases",
        "status": "failed" if failed else "passed",
        "output": "\n".join(lines),
    }
