"""moodle.csv: the offline grading worksheet of a Moodle assignment, with feedback comments.

Moodle finds a student by the number in "Participant 123", which its downloads have in the names of their folders too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from markupsafe import escape

from grader.model.printable import one_line
from grader.model.result import ClassResults, SubmissionResult
from grader.model.student import Student
from grader.report.feedback_text import to_feedback_text
from grader.report.grades_csv import csv_line, harmless
from grader.report.marks import mark, maximum, total
from grader.report.wording import number

COLUMNS = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Last modified (submission)", "Last modified (grade)", "Feedback comments"),
)
STATUS = {"absent": "No submission"}
SUBMITTED = "Submitted for grading"
DECIMALS = 2


def moodle_lines(results: ClassResults, who: Callable[[str], Student], titles: Mapping[str, str]) -> Iterator[str]:
    """Grades are points: the assignment's maximum grade has to be ours. Without a final mark there is no grade.

    The dates stay empty, so Moodle never takes a mark of ours for newer than one that was given there since.
    """
    yield csv_line(COLUMNS)
    for submission in results.submissions:
        student = who(submission.student)
        identifier = f"Participant {student.id}" if student.id else ""
        facts = (identifier, student.name or student.student, student.email)
        grade = "" if mark(submission) is None else number(total(submission), DECIMALS)
        most = number(maximum(submission), DECIMALS) if submission.exercises else ""
        yield csv_line(
            (
                *(harmless(one_line(fact)) for fact in facts),
                STATUS.get(submission.status, SUBMITTED), grade, most, "", "",
                harmless(_comment(submission, results.title, titles)),
            )
        )  # fmt: skip


def _comment(submission: SubmissionResult, title: str, titles: Mapping[str, str]) -> str:
    """Moodle reads comments as HTML."""
    if submission.status != "graded":
        return ""
    return f"<pre>{escape(to_feedback_text(submission, title, titles).rstrip())}</pre>"
