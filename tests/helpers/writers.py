"""Processes that write into one gradebook at once: `python -m tests.helpers.writers PLACE WHAT COUNT NAME`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grader.gradebook.log import NewEvent
from grader.gradebook.opening import open_beside, open_gradebook
from grader.marks.events import Adjusted
from tests.helpers.gradebooks import FACTS, logsumexp
from tests.helpers.results import exercise, submission

ROOT = Path(__file__).parents[2]


def adjust(place: str, count: int, name: str) -> None:
    """Points for one student after the other, each in a transaction of its own."""
    with open_beside(place) as book:
        for number in range(count):
            book.log.append(NewEvent(f"s{number % 20:02}", Adjusted("softmax.softmax", f"0.{number:04}"), "why", name))


def grade(place: str, count: int, name: str) -> None:
    """Submissions of one student after the other, each time with other work."""
    with open_gradebook(place) as book:
        run = book.begin(FACTS, [f"s{number:02}" for number in range(20)])
        for number in range(count):
            result = submission(f"s{number % 20:02}", exercise(), logsumexp(number / count))
            book.keep(run, result, f"{name} {number}", FACTS.graded_by)


def started(place: str, what: str, count: int, name: str) -> subprocess.Popen[str]:
    """A process that does so."""
    command = [sys.executable, "-m", "tests.helpers.writers", place, what, str(count), name]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


if __name__ == "__main__":
    {"adjust": adjust, "grade": grade}[sys.argv[2]](sys.argv[1], int(sys.argv[3]), sys.argv[4])
