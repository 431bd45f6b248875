"""What was handed in as notebooks of one form: a well-formed one, or one that says why there is none."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from grader.intake.notebook import read_notebook, text_of
from grader.nbgrader.cell import Plan
from grader.nbgrader.mend import is_cell, mended

MARK = "d2l-grader-unreadable"


def well_formed(data: bytes) -> NotebookNode:
    """The notebook in a file, in today's format, without what is no cell. Raises `NotANotebook`."""
    read_notebook(data)
    document = json.loads(data)
    if "cells" in document:
        document |= {"cells": [_with_parts(cell) for cell in document["cells"] if is_cell(cell)], "metadata": {}}
    return nbformat.reads(json.dumps(document), as_version=4)


def _with_parts(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    parts = {**cell, "source": text_of(cell.get("source")), "metadata": metadata if isinstance(metadata, dict) else {}}
    return {**parts, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else parts


def unreadable(reason: str, plan: Plan) -> NotebookNode:
    """A notebook that stands for one that cannot be read."""
    notebook = mended(new_notebook(), plan)
    notebook.cells.insert(0, new_markdown_cell(reason, id=MARK))
    return notebook


def why_unreadable(notebook: NotebookNode) -> str | None:
    """Why a notebook stands for another. A student's own cells have other names by now: see `mend`."""
    return next((str(cell.source) for cell in notebook.cells if cell.get("id") == MARK), None)
