"""Reading what was handed in, whatever it is.

nbgrader gives up on a file that it cannot convert: on the whole batch in some cases, on the student in silence in the
others. Here such a file becomes a notebook that says why, with the test cells in it for a human to grade.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from sqlalchemy.exc import SQLAlchemyError
from traitlets.log import get_logger

from grader.errors import GraderError
from grader.nbgrader.mend import UNREADABLE, is_cell, mended
from grader.nbgrader.plan import PLAN, Plan, is_ours, planned
from grader.notebook import NotANotebook, read_notebook, text_of
from grader.submission import MAX_NOTEBOOK_BYTES, Unreadable, is_copy, regular_bytes

MARK = "d2l-grader-unreadable"


class Reader(NotebookExporter):  # type: ignore[misc]  # nbconvert's traits are untyped
    """nbgrader's own exporter, but one student's file is never more than that student's problem."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._plans: dict[tuple[str, str], Plan] = {}

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        plan = self._plan(resources)
        if not is_ours(plan):
            converted: tuple[Any, Any] = super().from_filename(filename, resources=resources, **kw)
            return converted
        try:
            node = well_formed(regular_bytes(Path(filename), MAX_NOTEBOOK_BYTES))
            converted = self.from_notebook_node(node, resources=resources, **kw)
        except (Unreadable, NotANotebook) as error:
            return self._replaced(f"{Path(filename).name} {error}.", plan, resources)
        except (GraderError, SQLAlchemyError):
            raise  # ours to repair, not the student's
        except Exception as error:
            return self._replaced(f"nbgrader cannot work with this notebook ({type(error).__name__}).", plan, resources)
        return converted

    def _plan(self, resources: Any) -> Plan:
        """The notebook's plan; asked for once, for a batch is about one notebook or a few."""
        facts = resources["nbgrader"]
        name = facts["assignment"], facts["notebook"]
        if name in self._plans:
            resources[PLAN] = self._plans[name]
        self._plans[name] = planned(resources)
        return self._plans[name]

    def _replaced(self, reason: str, plan: Plan, resources: Any) -> tuple[Any, Any]:
        self.log.warning("%s: %s", resources["nbgrader"]["student"], reason)
        node, facts = unreadable(reason, plan), {**resources, UNREADABLE: reason}
        converted: tuple[Any, Any] = self.from_notebook_node(node, resources=facts)
        return converted


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


def rename(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's hook before a submission: a renamed notebook gets a copy under the name that is expected."""
    for folder in dict.fromkeys(Path(notebook).parent for notebook in notebooks):
        expected = [path.stem for path in Path("source", folder.name).glob("*.ipynb")]
        strays = [path for path in sorted(folder.glob("*.ipynb")) if path.stem not in expected]
        for name in expected:
            wanted = folder / f"{name}.ipynb"
            found = None if wanted.exists() else _renamed(name, strays, alone=len(expected) == 1)
            if found:
                get_logger().warning("%s: graded as %s.", found, wanted.name)
                shutil.copyfile(found, wanted, follow_symlinks=False)
                notebooks.append(str(wanted))


def _renamed(name: str, strays: Iterable[Path], *, alone: bool) -> Path | None:
    """The notebook that was called otherwise: by its name, by what it checks, or because there is no other."""
    files = sorted((path for path in strays if path.is_file() and not path.is_symlink()), key=_age)
    checks = re.compile(rf"""check\(\\*["']{re.escape(name)}\.""")
    by_name = [path for path in files if is_copy(path.name, name)]
    by_text = [path for path in files if checks.search(path.read_text(encoding="utf-8", errors="replace"))]
    return next(iter([*by_name, *by_text, *(files if alone else [])]), None)


def _age(path: Path) -> float:
    return -path.stat().st_mtime
