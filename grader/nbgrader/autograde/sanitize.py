"""What came back -> a notebook that nbgrader can work with. One student's damage stays that student's.

Cells get the gradebook's metadata or none, so that a duplicated, split, renamed or edited cell is no error; locked and
graded cells that were deleted come back. Nothing else of the notebook survives but its text: what a page shows to an
instructor, whose browser may change marks, must not be a student's program.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.intake.notebook import Notebook, notebook_of, read_notebook, text_of
from grader.nbgrader.autograde.attachments import completed, showable, with_stand_ins
from grader.nbgrader.gradebook_plan import planned
from grader.nbgrader.planned_cell import NotebookPlan, PlannedCell, is_ours

KINDS = ("code", "markdown", "raw")
UNREADABLE = "d2l_grader_unreadable"
TAG = re.compile(r"<(?=[A-Za-z/!?])")
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PLAIN_NAME, BASE64 = re.compile(r"[\w. -]+"), re.compile(r"[A-Za-z0-9+/=\s]*")


class Mend(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader is untyped
    """The first step of `nbgrader autograde`."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        plan = planned(resources)
        untouched = UNREADABLE in resources or not is_ours(plan)
        return (notebook if untouched else mended(notebook, plan)), resources


def mended(notebook: NotebookNode, plan: NotebookPlan) -> NotebookNode:
    """The notebook with the plan's metadata, and with the cells of the plan that cannot be missing."""
    came = list(filter(is_cell, notebook.get("cells", ())))
    owners = _owners(came, plan)
    cells = [_cell(cell, owners.get(place), place) for place, cell in enumerate(came)]
    present = {owner.id: cells[place] for place, owner in owners.items()}
    place = 0
    for each in plan:
        if each.id in present:
            place = cells.index(present[each.id]) + 1
        elif each.locked or each.points is not None:
            cells.insert(place, _back(each))
            place += 1
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def code_of(notebook: NotebookNode, plan: NotebookPlan) -> Notebook:
    """The student's code cells in order, wherever an answer or a helper of it stands. Tests are not among them."""
    tests = {cell.id for cell in plan if cell.is_test}
    names = (cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells)
    cells = zip(names, notebook.cells, strict=True)
    return notebook_of(cell.source for name, cell in cells if cell.cell_type == "code" and name not in tests)


def is_cell(cell: object) -> bool:
    """Whether something in a notebook's list of cells is one."""
    return isinstance(cell, dict) and cell.get("cell_type") in KINDS


def _owners(came: Sequence[Any], plan: NotebookPlan) -> dict[int, PlannedCell]:
    """Which cell is which: by its name, the last one of several; a locked cell without its name by its text."""
    known = {cell.id: cell for cell in plan}
    owners: dict[int, PlannedCell] = {}
    for place, cell in reversed(list(enumerate(came))):
        name = _name(cell)
        if name in known:
            owners[place] = known.pop(name)
    for place, cell in enumerate(came):
        text = text_of(cell.get("source")).strip()
        same = [each for each in known.values() if each.locked and each.source.strip() == text]
        if place not in owners and same:
            owners[place] = known.pop(same[0].id)
    return owners


def _name(cell: Any) -> str:
    metadata = cell.get("metadata")
    facts = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = facts.get("grade_id") if isinstance(facts, dict) else None
    return name if isinstance(name, str) else ""


def _cell(came: Any, owner: PlannedCell | None, place: int) -> NotebookNode:
    kind = owner.kind if owner else str(came["cell_type"])
    source = owner.source if owner and owner.locked else text_of(came.get("source"))
    if kind != "code" and not (owner and owner.locked):
        source = TAG.sub("&lt;", source)
    cell = _new(kind, source, f"cell-{place}")
    if kind == "markdown" and ("![" in source or came.get("attachments")):
        _illustrate(cell, _pictures(came.get("attachments")), locked=bool(owner and owner.locked))
    if owner:
        cell.metadata["nbgrader"] = NotebookNode(owner.metadata)
    return cell


def _back(planned: PlannedCell) -> NotebookNode:
    cell = _new(planned.kind, planned.source, f"back-{planned.id}"[:64])
    if planned.kind == "markdown":
        _illustrate(cell, NotebookNode(), locked=True)
    cell.metadata["nbgrader"] = NotebookNode(planned.metadata)
    return cell


def _new(kind: str, source: str, id: str) -> NotebookNode:
    """nbformat's own `new_*_cell` validate each cell; nbconvert validates the notebook, after all steps."""
    run: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return NotebookNode(cell_type=kind, id=id, metadata=NotebookNode(), source=source, **run)


def _illustrate(cell: NotebookNode, pictures: NotebookNode, *, locked: bool) -> None:
    """Gives a cell its pictures. One that is lost must not stop nbgrader's feedback: a student's text is shown without
    it, an instructor's, which must stay, with an empty one."""
    pictures = completed(cell.source, pictures)
    if locked:
        pictures = with_stand_ins(cell.source, pictures)
    else:
        cell["source"] = showable(cell.source, pictures)
    if pictures:
        cell["attachments"] = pictures


def _pictures(attachments: Any) -> NotebookNode:
    """The pictures pasted into a cell; nothing else may be attached."""
    found = NotebookNode()
    for name, data in attachments.items() if isinstance(attachments, dict) else ():
        kept = {kind: text for kind, text in data.items() if _is_picture(kind, text)} if isinstance(data, dict) else {}
        if kept and PLAIN_NAME.fullmatch(name):
            found[name] = NotebookNode(kept)
    return found


def _is_picture(kind: str, text: Any) -> bool:
    return kind in PICTURES and isinstance(text, str) and BASE64.fullmatch(text) is not None


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


def unreadable(reason: str, plan: NotebookPlan) -> NotebookNode:
    """A notebook that stands for one that cannot be read."""
    notebook = mended(new_notebook(), plan)
    notebook.cells.insert(0, new_markdown_cell(reason, id=MARK))
    return notebook


def why_unreadable(notebook: NotebookNode) -> str | None:
    """Why a notebook stands for another. A student's own cells have other names by now: see `mend`."""
    return next((str(cell.source) for cell in notebook.cells if cell.get("id") == MARK), None)
