"""junit.xml: a suite for each student, a case for each check, as continuous integration shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from grader.model.printable import clean, one_line
from grader.model.result import CheckResult, ClassResults, ExerciseResult, SubmissionResult, Verdict
from grader.report.explanation import full_explanation
from grader.report.wording import WORD, unfinished_because, word_of


def junit_parts(results: ClassResults) -> Iterator[str]:
    """For instructors. A student's mistake is a failure, a fault of ours an error; who is absent is skipped, and so is
    what nobody has read."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={_quoted(results.title)}>\n'
    for submission in results.submissions:
        yield _suite(submission)
    yield "</testsuites>\n"


def _suite(submission: SubmissionResult) -> str:
    cases = [(exercise, check) for exercise in submission.exercises for check in exercise.checks]
    kinds = Counter(_kind(exercise, check) for exercise, check in cases)
    lines = [_case(exercise, check) for exercise, check in cases]
    if submission.status != "graded":
        kind = "skipped" if submission.status == "absent" else "error"
        kinds[kind] += 1
        inside = _said(kind, submission.status, unfinished_because(submission) or "", "")
        lines.append(f'    <testcase classname="submission" name={_quoted(submission.status)}>{inside}</testcase>\n')
    counts = (
        f'tests="{len(lines)}" failures="{kinds["failure"]}" errors="{kinds["error"]}" skipped="{kinds["skipped"]}"'
    )
    head = f'  <testsuite name={_quoted(submission.student)} {counts} time="{submission.seconds:.3f}">\n'
    return head + "".join(lines) + "  </testsuite>\n"


def _case(exercise: ExerciseResult, check: CheckResult) -> str:
    head = f"    <testcase classname={_quoted(exercise.id)} name={_quoted(check.name)}"
    if check.verdict is Verdict.PASSED:
        return f"{head}/>\n"
    missing = check.verdict is exercise.verdict is Verdict.MISSING
    told, word = full_explanation(check), word_of(exercise) if missing else WORD[check.verdict]
    return f"{head}>{_said(_kind(exercise, check), check.verdict.value, word, told)}</testcase>\n"


def _kind(exercise: ExerciseResult, check: CheckResult) -> str:
    if check.verdict is Verdict.PASSED:
        return "passed"
    if exercise.source == "unread":
        return "skipped"
    return "error" if check.verdict is Verdict.NOT_GRADED else "failure"


def _said(tag: str, kind: str, message: str, text: str) -> str:
    return f"<{tag} type={_quoted(kind)} message={_quoted(message)}>{escape(clean(text))}</{tag}>"


def _quoted(text: str) -> str:
    return quoteattr(one_line(text))
