"""Sentences about limits that a child has reached, and about how it ended."""

from __future__ import annotations

import signal

from grader.model.limits import Limits


def card_limit(limits: Limits) -> str:
    """Makes the sentence about the limit of a card's memory."""
    return f"the limit is {limits.gpu_memory_mb} MB of the card's memory"


def memory_limit(limits: Limits, used: str | None) -> str:
    """What is said of memory: the limit, and what was used, if that is known."""
    return f"the limit is {limits.memory_mb} MB of memory" + (f", {used}" if used else "")


def used_up(limits: Limits) -> str:
    """Makes the sentence for a submission whose time is over."""
    return f"the {limits.submission_seconds:g} s of the whole submission are used up"


def stopped(seconds: float, what: str) -> str:
    """Makes the sentence for a step whose time is over."""
    return f"stopped after {seconds:g} s, which is what {what} may take"


def end_in_words(status: int) -> str:
    """How a process ended that nobody ended: by its exit code, or minus the number of a signal."""
    if 0 <= status < 256:
        return f"ended itself (exit code {status})"
    name = signal.strsignal(-status) if status < 0 else f"{status:#x}"  # Windows says so
    return f"crashed ({name})"
