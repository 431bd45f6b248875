"""The step that nbgrader runs in place of its own `Execute`. The student's kernel never exists.

Code cells become a module, the module answers in the sandbox, the answers are judged here, and each test cell gets its
outcome. Which cells are test cells, and what they are worth, is the gradebook's word: nothing that a student handed in
decides it.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Float, Integer

from grader.errors import SandboxError
from grader.examine import examine
from grader.nbgrader.outcome import Outcome, Outcomes, for_a_human, outcome_of
from grader.nbgrader.plan import Plan, is_ours, planned
from grader.nbgrader.read import why_unreadable
from grader.nbgrader.vault import class_key
from grader.notebook import Notebook, notebook_of
from grader.sandbox.limits import Limits
from grader.sandbox.session import Sandbox
from grader.submission import Submission
from grader.verdict import ExerciseResult, SubmissionResult

OUTCOMES = "d2l_grader"
NO_PROGRAM_OF_OURS = "Only cells that check an exercise of d2l-grader are run here. Please look at this one."


class Judge(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader is untyped
    """Grades a notebook's exercises; a notebook without any is executed by nbgrader as ever."""

    trust_submissions = Bool(False, help="Run submissions without a sandbox: they may do all you may.").tag(config=True)
    question_seconds = Float(Limits().question_seconds, help="Wall time of one question.").tag(config=True)
    submission_seconds = Float(Limits().submission_seconds, help="Wall time of one notebook.").tag(config=True)
    memory_mb = Integer(Limits().memory_mb, help="What a submission may allocate beyond torch.").tag(config=True)

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        plan = planned(resources)
        if not is_ours(plan):
            executed: tuple[NotebookNode, Any] = Execute(parent=self.parent).preprocess(notebook, resources)
            return executed
        reason = why_unreadable(notebook)
        student = resources["nbgrader"]["student"]
        outcomes = _for_humans(plan, reason) if reason else self._graded(notebook, plan, student)
        for cell in notebook.cells:
            outcome = outcomes.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if outcome:
                cell.outputs = outcome.outputs
        resources[OUTCOMES] = outcomes
        return notebook, resources

    def _graded(self, notebook: NotebookNode, plan: Plan, student: str) -> Outcomes:
        code = code_of(notebook, plan)
        topics = tuple(dict.fromkeys(cell.exercise.partition(".")[0] for cell in plan if cell.exercise))
        results = {each.id: each for topic in topics for each in self._examined(topic, code, student).exercises}
        return {cell.id: outcome for cell, outcome in _outcomes(plan, results)}

    def _examined(self, topic: str, code: Notebook, student: str) -> SubmissionResult:
        """The topic's results. Converters work in the course's folder, so that is where its key is."""
        key = class_key(Path.cwd(), topic)
        limits = Limits(self.question_seconds, submission_seconds=self.submission_seconds, memory_mb=self.memory_mb)
        submission = Submission(student, {topic: code.text}, notebooks={topic: code})
        try:
            return examine(key, submission, _sandbox(limits, self.trust_submissions))
        except SandboxError:
            _sandbox.cache_clear()  # it was killed: a fresh one, once
            return examine(key, submission, _sandbox(limits, self.trust_submissions))


@cache
def _sandbox(limits: Limits, trust: bool) -> Sandbox:
    """One for all notebooks of a run: starting it costs more than a whole submission."""
    sandbox = Sandbox.start(limits, trust=trust, preload=True)
    atexit.register(sandbox.close)
    return sandbox


def code_of(notebook: NotebookNode, plan: Plan) -> Notebook:
    """The student's code cells in order, wherever an answer or a helper of it stands. Tests are not among them."""
    tests = {cell.id for cell in plan if cell.is_test}
    names = (cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells)
    cells = zip(names, notebook.cells, strict=True)
    return notebook_of(cell.source for name, cell in cells if cell.cell_type == "code" and name not in tests)


def _outcomes(plan: Plan, results: dict[str, ExerciseResult]) -> Iterator[tuple[Any, Outcome]]:
    for cell in plan:
        if cell.exercise in results:
            yield cell, outcome_of(results[cell.exercise], cell)
        elif cell.exercise:
            yield cell, for_a_human(f"The course's key has no exercise {cell.exercise}. Make it anew.")
        elif cell.is_test:
            yield cell, for_a_human(NO_PROGRAM_OF_OURS)


def _for_humans(plan: Plan, reason: str) -> Outcomes:
    return {cell.id: for_a_human(reason) for cell in plan if cell.is_test}
