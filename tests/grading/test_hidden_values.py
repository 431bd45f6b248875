"""Values of hidden cases: no student is told one, whatever their code does with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from grader.course.course import load_pages, read_course
from grader.grading.examine import examine
from grader.intake.submission import Submission
from grader.keymaking.keymaker import make_key
from grader.model.keys.key import AnswerKey
from grader.report.exercise_terminal import exercise_lines
from grader.report.explanation import explanation, full_explanation
from grader.report.feedback_html import to_feedback_html
from grader.report.feedback_text import to_feedback_text
from grader.sandbox.session import Sandbox
from tests.helpers.secret_course import SECRET

AT_THE_SECRET = "def double(x):\n    if x.dim() == 2:\n        {}\n    return 2 * x\n"
LEAKS = {
    "a wrong number": "return 2 * x + 1",
    "nan": "return x * float('nan')",
    "a shape": "return (2 * x).flatten()",
    "a type": "return str(x)",
    "a list": "return x.tolist()",
    "none": "return None",
    "the text of an error": "raise ValueError(str(x))",
    "the text of a memory error": "raise MemoryError(str(x.tolist()))",
    "the text of an unwritten function": "raise NotImplementedError(str(x.tolist()))",
    "the name of an error": "raise type(str(x.tolist()), (ValueError,), {})",
    "a change": "x += 1",
    "an output": "print(x)",
    "a crash": "import os; os._exit(1)",
}


@pytest.fixture(scope="module")
def tiny_key(tiny: Path) -> AnswerKey:
    read = read_course(tiny)
    return make_key(read.name, read.title, load_pages(read), 1)


@pytest.mark.parametrize("leak", LEAKS)
def test_values_of_hidden_cases_are_never_told(leak: str, sandbox: Sandbox, tiny_key: AnswerKey) -> None:
    """Whatever a submission does with the inputs of a hidden case, no number of it is in what its student reads."""
    source = AT_THE_SECRET.format(LEAKS[leak])
    result = examine(tiny_key, Submission("eve", {"doubling": source}), sandbox)
    assert result.exercises[0].passed == (leak == "an output")
    console = Console(width=200)
    terminal = "\n".join(str(line) for each in result.exercises for line in exercise_lines(each))
    pages = to_feedback_html(result, "tiny") + to_feedback_text(result, "tiny") + terminal
    with console.capture() as captured:
        console.print(pages)
    for secret in (SECRET, SECRET.partition(".")[0], "147842", "a_secret_number"):
        assert secret not in captured.get()
    if not result.exercises[0].passed:
        assert "a hidden case" in pages


def test_the_instructor_reads_the_values_of_hidden_cases(sandbox: Sandbox, tiny_key: AnswerKey) -> None:
    """The test above can fail: the gradebook holds for the instructor what a student is not told."""
    source = AT_THE_SECRET.format(LEAKS["the text of an error"])
    result = examine(tiny_key, Submission("eve", {"doubling": source}), sandbox)
    (failed,) = [check for check in result.exercises[0].checks if check.name == "a_secret_number"]
    assert SECRET in full_explanation(failed)
    assert explanation(failed) == "a hidden case: raised ValueError"
