"""The benchmark that holds home against class tells where they differ: the tool itself is tried on differences."""

from __future__ import annotations

import pytest

from benchmarks.agreement import differences
from grader.model.fact import Fact
from grader.model.result import CheckResult, ExerciseResult, SubmissionResult, Verdict

PASSED = CheckResult("a case", "value", 1.0, True, Verdict.PASSED)
RAISED = CheckResult("a case", "value", 1.0, True, Verdict.RAISED, fact=Fact("raised", error="OSError", text="no disk"))


def result(check: CheckResult, note: Fact | None = None) -> SubmissionResult:
    exercise = ExerciseResult("topic.f", 1.0, 1.0, check.verdict, (check,), note=note)
    return SubmissionResult("ada", "graded", (exercise,))


@pytest.mark.parametrize(
    ("home", "classroom", "note", "counted"),
    [
        (PASSED, PASSED, None, "same"),
        (RAISED, PASSED, None, "differ"),
        (PASSED, RAISED, Fact("definitions_only"), "differ"),
        (RAISED, PASSED, Fact("graded_beside", functions=("g",)), "rescued"),
    ],
)
def test_a_difference_is_counted_and_printed(
    home: CheckResult, classroom: CheckResult, note: Fact | None, counted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was said at home; what a right function of ours rescued is counted apart."""
    assert differences("ada", result(home), result(classroom, note)) == {counted: 1}
    said = capsys.readouterr().out
    assert ("ada: topic.f a case" in said) is (counted == "differ")
    assert ("no disk" in said) is (counted == "differ" and home is RAISED)
