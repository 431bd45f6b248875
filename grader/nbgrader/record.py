"""The step after nbgrader has stored the scores: comments, and a flag where a human should look."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.nbgrader.judge import OUTCOMES
from grader.nbgrader.outcome import Outcomes
from grader.nbgrader.plan import planned
from grader.nbgrader.store import Place, write


class Record(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader is untyped
    """Completes what nbgrader's SaveAutoGrades has written."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        outcomes: Outcomes = resources.get(OUTCOMES, {})
        if outcomes:
            facts = resources["nbgrader"]
            place = Place(facts["assignment"], facts["notebook"], facts["student"])
            with Gradebook(facts["db_url"]) as gradebook:
                write(gradebook, place, planned(resources), outcomes)
        return notebook, resources
