"""What is said of a call that did not come back."""

from __future__ import annotations

from grader.model.question import Failed
from grader.report.ends_in_words import end_text


def said_of(failed: Failed) -> str:
    """How it ended, in the words of reports; of an exception its text."""
    return end_text(failed.end, failed.message) if failed.end else failed.message
