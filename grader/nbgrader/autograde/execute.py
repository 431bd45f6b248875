"""The step that nbgrader runs in place of its own `Execute`. The student's kernel never exists.

Code cells become a module, the module answers in the sandbox, the answers are judged outside it, and each test cell
gets its outcome. Which cells are test cells, and what they are worth, is the gradebook's word: nothing that a student
handed in decides it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Float, Integer

from grader.model.limits import Limits
from grader.nbgrader.autograde.exporter import Reader
from grader.nbgrader.autograde.grade_notebook import NotebookWork, Terms, graded
from grader.nbgrader.autograde.own_files import own_files
from grader.nbgrader.autograde.sanitize import code_of, why_unreadable
from grader.nbgrader.cell_outcome import Outcome, Outcomes, for_a_human
from grader.nbgrader.gradebook_plan import planned
from grader.nbgrader.planned_cell import NotebookPlan, is_ours

OUTCOMES = "d2l_grader"


class Judge(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader is untyped
    """Grades a notebook's exercises; a notebook without any is executed by nbgrader as ever."""

    trust_submissions = Bool(False, help="Run submissions without a sandbox: they may do all you may.").tag(config=True)
    question_seconds = Float(Limits().question_seconds, help="Wall time of one question.").tag(config=True)
    submission_seconds = Float(Limits().submission_seconds, help="Wall time of one notebook.").tag(config=True)
    memory_mb = Integer(Limits().memory_mb, help="What a submission may allocate beyond torch.").tag(config=True)
    workers = Integer(
        -1, help="Processes that grade the notebooks to come, while nbgrader works; -1: as many as are of use."
    ).tag(config=True)

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        plan = planned(resources)
        if not is_ours(plan):
            executed: tuple[NotebookNode, Any] = Execute(parent=self.parent).preprocess(notebook, resources)
            return executed
        reason = why_unreadable(notebook)
        outcomes = _for_humans(plan, reason) if reason else self._graded(notebook, plan, resources["nbgrader"])
        for cell in notebook.cells:
            outcome = outcomes.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if outcome:
                cell.outputs = _outputs(outcome)
        resources[OUTCOMES] = outcomes
        return notebook, resources

    def _graded(self, notebook: NotebookNode, plan: NotebookPlan, facts: dict[str, Any]) -> Outcomes:
        """The outcomes, from a worker that is ahead of nbgrader if there is one."""
        reader = self.parent if isinstance(self.parent, Reader) else None
        code, terms = code_of(notebook, plan), self._terms()
        folder = reader and reader.submitted(facts)
        own = own_files(folder, facts["notebook"], code) if folder else ()
        work = NotebookWork(facts["student"], code, plan, own)
        ahead = reader and reader.ahead(facts, terms, self.workers)
        return (ahead and ahead.graded(work)) or graded(work, terms)

    def _terms(self) -> Terms:
        """Converters work in the course's folder, so that is where its keys are."""
        limits = Limits(self.question_seconds, submission_seconds=self.submission_seconds, memory_mb=self.memory_mb)
        return Terms(Path.cwd(), limits, self.trust_submissions)


def _outputs(outcome: Outcome) -> list[NotebookNode]:
    """What nbgrader reads: the last expression's value, a plain float, is the score."""
    shown = new_output("display_data", {"text/html": outcome.html, "text/plain": outcome.text})
    value = new_output("execute_result", {"text/plain": repr(float(outcome.points or 0.0))})
    return [shown, value]


def _for_humans(plan: NotebookPlan, reason: str) -> Outcomes:
    return {cell.id: for_a_human(reason) for cell in plan if cell.is_test}
