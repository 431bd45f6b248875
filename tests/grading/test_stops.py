"""The sentence about the line that stopped a file."""

from __future__ import annotations

import pytest

from grader.grading.stops import stop_note
from grader.model.fact import CallEnd
from grader.model.question import Failed
from grader.model.result import Verdict

BELOW = "only functions, classes, imports and assignments were run of what is below"
SOURCE = "def softmax(X):\n    return X\n\ndef later(X):\n    raise NotImplementedError\n\nprint(softmax(1))\nprint(later(1))\n"
RAISED = Failed(Verdict.RAISED, ("NotImplementedError", "RuntimeError", "Exception"), "", 8)


@pytest.mark.parametrize(
    ("stop", "source", "told"),
    [
        (RAISED, SOURCE, "line 8 (it calls later, which is not written yet)"),
        (RAISED, "from later import later\n" * 8, "line 8 (NotImplementedError)"),
        (RAISED, "def softmax(X\n" * 8, "line 8 (NotImplementedError)"),
        (Failed(Verdict.RAISED, ("AssertionError",), "", 7), SOURCE, "line 7 (AssertionError)"),
        (
            Failed(Verdict.TIMED_OUT, line=8, end=CallEnd("import", 10, 10, "computing")),
            SOURCE,
            "line 8 (after 10 s, which is what running the module's source may take; it was computing)",
        ),
    ],
)
def test_the_line_and_the_reason(stop: Failed, source: str, told: str) -> None:
    """What is not written yet is named; no word is said twice."""
    assert stop_note("softmax", stop, {"softmax": source}) == f"softmax.py stopped at {told}; {BELOW}"
