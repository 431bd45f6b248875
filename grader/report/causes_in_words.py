"""What is behind a failure, and what to do about it, in a sentence."""

from __future__ import annotations

from grader.model.fact import Fact


def cause_text(fact: Fact) -> str:
    """The sentence; empty where nothing is known."""
    return ""
