"""A process that grades notebooks for `nbgrader autograde`, one after the other, until its line is closed.

It is a Python of its own and no fork: nbgrader's process has threads and open databases, and takes seconds to import.
What comes through the line is from our own process on both sides; student code runs behind the sandbox as ever.
"""

from __future__ import annotations

import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from grader.nbgrader.autograde.grade_notebook import NotebookWork, Terms, graded
from grader.nbgrader.cell_outcome import Outcomes
from grader.sandbox.processes import end_with_parent, spawn

PATIENCE = 10.0


class NotebookWorker:
    """The process, seen from the one that started it. For one thread, which must live as long."""

    def __init__(self, terms: Terms) -> None:
        self._line, theirs = Pipe()
        with theirs:
            number = theirs.fileno()
            self._process = spawn(__name__, [str(number)], True, pass_fds=[number], stdin=subprocess.DEVNULL)
        self._line.send(terms)

    def graded(self, work: NotebookWork) -> Outcomes | None:
        """The outcomes, or None where something of ours failed. Raises `OSError` or `EOFError` where it has died."""
        self._line.send(work)
        outcomes: Outcomes | None = self._line.recv()
        return outcomes

    def end(self) -> None:
        """Closes the line, which ends the process."""
        self._line.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """The worker's life."""
    end_with_parent()
    with Connection(int(sys.argv[1])) as line:
        try:
            terms = line.recv()
            while True:
                line.send(_graded(line.recv(), terms))
        except (EOFError, ConnectionError):
            return


def _graded(work: NotebookWork, terms: Terms) -> Outcomes | None:
    try:
        return graded(work, terms)
    except Exception:
        return None  # it is graded once more in nbgrader's process, where the error is seen
