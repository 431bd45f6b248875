"""A student's notebook -> its outcomes, in this process or in another.

Nothing here needs nbgrader or nbformat: both take seconds to import, and a worker is to be there at once.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.grading.examine import examine
from grader.intake.notebook import Notebook
from grader.intake.submission import Submission
from grader.model.errors import SandboxError
from grader.model.exercise_id import topic_of
from grader.model.limits import Limits
from grader.model.result import ExerciseResult, SubmissionResult
from grader.nbgrader.autograde.own_files import OwnFiles
from grader.nbgrader.cell_outcome import Outcome, Outcomes, for_a_human, outcome_of
from grader.nbgrader.course_secrets import class_key
from grader.nbgrader.planned_cell import NotebookPlan, PlannedCell
from grader.sandbox.session import Sandbox

NO_PROGRAM_OF_OURS = "Only cells that check an exercise of d2l-grader are run here. Please look at this one."


@dataclass(frozen=True)
class Terms:
    """How all notebooks of a run are graded. `root` is the course's folder, in which the keys are."""

    root: Path
    limits: Limits
    trust: bool


@dataclass(frozen=True)
class NotebookWork:
    """What a student's notebook comes to: the code that is run, the cells that it is graded by, and what it imports of
    the files beside it."""

    student: str
    code: Notebook
    plan: NotebookPlan
    own: OwnFiles = ()


def graded(work: NotebookWork, terms: Terms) -> Outcomes:
    """The outcome of every test cell."""
    topics = tuple(dict.fromkeys(topic_of(cell.exercise) for cell in work.plan if cell.exercise))
    results = {each.id: each for topic in topics for each in _examined(topic, work, terms).exercises}
    return {cell.id: outcome for cell, outcome in _outcomes(work.plan, results)}


def _examined(topic: str, work: NotebookWork, terms: Terms) -> SubmissionResult:
    key = class_key(terms.root, topic)
    submission = Submission(work.student, {topic: work.code.text}, notebooks={topic: work.code}, own=dict(work.own))
    try:
        return examine(key, submission, _sandbox(terms.limits, terms.trust))
    except SandboxError:
        _sandbox.cache_clear()  # it was killed: a fresh one, once
        return examine(key, submission, _sandbox(terms.limits, terms.trust))


@cache
def _sandbox(limits: Limits, trust: bool) -> Sandbox:
    """One for all notebooks of a run: starting it costs more than a whole submission."""
    sandbox = Sandbox.start(limits, trust=trust, preload=True)
    atexit.register(sandbox.close)
    return sandbox


def _outcomes(plan: NotebookPlan, results: dict[str, ExerciseResult]) -> Iterator[tuple[PlannedCell, Outcome]]:
    for cell in plan:
        if cell.exercise in results:
            yield cell, outcome_of(results[cell.exercise], cell)
        elif cell.exercise:
            yield cell, for_a_human(f"The course's key has no exercise {cell.exercise}. Make it anew.")
        elif cell.is_test:
            yield cell, for_a_human(NO_PROGRAM_OF_OURS)
