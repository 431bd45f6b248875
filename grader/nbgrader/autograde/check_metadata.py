"""The step that checks the metadata of cells: nbgrader's own check, made once for all notebooks that say the same."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import CheckCellMetadata

from grader.nbgrader.gradebook_plan import planned
from grader.nbgrader.planned_cell import is_ours


class Validity(CheckCellMetadata):  # type: ignore[misc]  # nbgrader is untyped
    """nbgrader's `CheckCellMetadata`. It reads kinds and metadata alone, and those of a whole class are the same."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        if is_ours(planned(resources)) and _passes(_facts(notebook)):
            return notebook, resources
        checked: tuple[NotebookNode, Any] = super().preprocess(notebook, resources)  # says what is wrong
        return checked


def _facts(notebook: NotebookNode) -> str:
    """All that nbgrader looks at."""
    cells = (cell for cell in notebook.cells if "nbgrader" in cell.metadata)
    return json.dumps([{"cell_type": each.cell_type, "nbgrader": each.metadata["nbgrader"]} for each in cells])


@lru_cache(maxsize=64)
def _passes(facts: str) -> bool:
    cells = [
        {"cell_type": each["cell_type"], "source": "", "metadata": {"nbgrader": each["nbgrader"]}}
        for each in json.loads(facts)
    ]
    try:
        MetadataValidator().validate_nb(from_dict({"cells": cells}))
    except Exception:
        return False
    return True
