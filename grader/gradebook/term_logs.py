"""The gradebooks of a term's assignments, side by side: grades/hw1/gradebook.db, grades/hw2/gradebook.db.

Where a gradebook is a URL, `{assignment}` in it stands for the assignment's name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grader.gradebook.log import Log
from grader.gradebook.reading import is_untouched, read_gradebook
from grader.marks.policy import Policy
from grader.model.errors import UsageError

NAME = "{assignment}"


def place_of(template: str, assignment: str | None) -> str:
    """The gradebook of an assignment."""
    return template.replace(NAME, assignment) if assignment else template


def places_of_others(template: str, policy: Policy) -> dict[str, str]:
    """Assignment -> gradebook of the earlier ones, which take free days first.

    Raises `UsageError` where nobody can know where those are.
    """
    others = policy.earlier
    if NAME in template or not others:
        return {name: place_of(template, name) for name in others}
    path = Path(template)
    if "://" in template or path.absolute().parent.name != policy.assignment:
        elsewhere = f"Write {NAME} for its name in --gradebook"
        repair = elsewhere if "://" in template else f"Leave -o out, or call the folder {policy.assignment}"
        shared = f"{policy.assignment} shares its free days with {', '.join(others)}"
        raise UsageError(f"{shared}, so the gradebooks of all have to lie side by side. {repair}.")
    return {name: str(path.absolute().parent.parent / name / path.name) for name in others}


@contextmanager
def logs_of_others(template: str, policy: Policy | None) -> Iterator[dict[str, Log]]:
    """Assignment -> log of those earlier ones that have been graded by now."""
    with ExitStack() as stack:
        found: dict[str, Log] = {}
        for name, place in (places_of_others(template, policy) if policy else {}).items():
            if ("://" in place or os.path.exists(place)) and not is_untouched(place):
                log = stack.enter_context(read_gradebook(place)).log
                if log.exists:
                    found[name] = log
        yield found
