"""What results that were stored earlier tell by their sentences alone; today's have fields for it.

The sentences here are those that were written then. They stay as they are, whatever is said today.
"""

from __future__ import annotations

import re

from grader.model.exercise_id import topic_of
from grader.model.fact import Fact
from grader.model.result import Verdict
from grader.model.vocabulary import Source

ABSENT = "there is no "


def told(sentence: str) -> Fact | None:
    """A sentence that was stored in the place of a fact."""
    return Fact("told", text=sentence) if sentence else None


def source_told(id: str, verdict: Verdict, note: str, detail: str) -> Source:
    """What an exercise's result says of its source. detail: that of its first check."""
    if verdict is Verdict.MISSING and note.startswith(ABSENT):
        return "absent"
    topic = re.escape(topic_of(id))
    if verdict is Verdict.RAISED and re.match(rf"{topic}[^/]*\.ipynb ", note or detail):
        return "unreadable_notebook"
    return "read"


def empty_told(status: str, reason: str | None) -> bool:
    """Whether a submission's result says that no file of the topics was handed in."""
    return status == "not_graded" and (reason or "").startswith(ABSENT)
