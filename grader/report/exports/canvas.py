"""canvas.csv: a gradebook file as Canvas imports it. It finds students by ID, then SIS ID, then login, then name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from grader.model.printable import one_line
from grader.model.result import ClassResults
from grader.model.student import Student
from grader.report.grades_csv import csv_line, harmless
from grader.report.marks import mark, maximum, total
from grader.report.wording import number

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"
DECIMALS = 2  # Canvas's own: it shows no more


def canvas_lines(results: ClassResults, who: Callable[[str], Student], assignment: str) -> Iterator[str]:
    """One column, `assignment`: "Softmax (4711)" is an assignment that is there, another title makes a new one.

    A cell is empty where there is no final mark: Canvas then leaves the mark that it has alone.
    """
    yield csv_line((*COLUMNS, harmless(one_line(assignment))))
    most = next((maximum(each) for each in results.submissions if each.status == "graded"), None)
    yield csv_line((POINTS_POSSIBLE, "", "", "", "", "" if most is None else number(most, DECIMALS)))
    for submission in results.submissions:
        student = who(submission.student)
        login = student.login or student.email
        facts = (student.name or student.student, student.id, student.sis_id, login, student.section)
        points = "" if mark(submission) is None else number(total(submission), DECIMALS)
        yield csv_line((*(harmless(one_line(fact)) for fact in facts), points))
