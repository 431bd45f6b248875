"""Work that lies beside a notebook in which there is none: nbgrader would give it zero, and nobody would look."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from grader.intake.files import MAX_BYTES, MAX_NOTEBOOK_BYTES, Unreadable, regular_bytes, source_text
from grader.intake.finding.definitions import Definitions, definitions_in, same_code
from grader.intake.finding.names import (
    Likeness,
    is_code,
    likeness,
    may_be_a_document,
    may_be_packed_code,
    parts_of,
    resembles,
)
from grader.intake.notebook import NotANotebook, is_notebook, read_code, read_notebook, text_of
from grader.model.exercise_id import function_of
from grader.nbgrader.planned_cell import NotebookPlan

OF_NBGRADER = frozenset(("timestamp.txt",))
MAX_FILES, MAX_NAMED = 2000, 3
HIDDEN = re.compile(r"[._]|__MACOSX$")
UNUSUAL = re.compile(r"[^\w. ()/+,-]")  # a comment is Markdown, and a file's name is the student's
EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'


def untouched(notebook: NotebookNode, plan: NotebookPlan) -> bool:
    """Whether there is no code in it that the instructor has not written."""
    sources = (text_of(cell.get("source")).strip() for cell in notebook.get("cells", ()) if cell.cell_type == "code")
    return _plain(plan).issuperset(filter(None, sources))


def candidates(folder: Path, expected: Collection[str]) -> Iterator[Path]:
    """The files in a submission, and below, that may hold work, in order; not those whose names are graded anyway.

    expected: the stems of the assignment's notebooks. What is hidden or an archive's own is no work: macOS and Jupyter
    put copies there.
    """
    for path in sorted(folder.rglob("*"))[:MAX_FILES]:
        graded = path.parent == folder and path.suffix == ".ipynb" and path.stem in expected
        parts = path.relative_to(folder).parts
        if graded or not _may_be_work(path.name) or any(HIDDEN.match(part) for part in parts):
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def _may_be_work(name: str) -> bool:
    """Whether code, an archive or a document is called so, by any of its endings."""
    named = is_code(name) or may_be_packed_code(name) or may_be_a_document(name)
    return named and name not in OF_NBGRADER


def in_a_text(notebook: NotebookNode, plan: NotebookPlan) -> str:
    """A function of the exercises that a cell defines which is no code; "" where there is none."""
    answer = _answers(plan)
    texts = (text_of(cell.get("source")) for cell in notebook.get("cells", ()) if cell.cell_type != "code")
    given = {cell.source.strip() for cell in plan}
    found = (answer.search(text) for text in texts if text.strip() not in given)
    return next((match[match.lastindex or 0] for match in found if match), "")


def other_work(path: Path, plan: NotebookPlan, expected: Collection[str]) -> list[str]:
    """The files beside a notebook, and below, in which its answers may be, by names that can be shown."""
    found = [each for each in candidates(path.parent, expected) if _may_hold_answers(each, path.stem, plan)]
    return [UNUSUAL.sub("_", each.relative_to(path.parent).as_posix()) for each in found]


def rivals(path: Path, plan: NotebookPlan, expected: Collection[str]) -> list[str]:
    """The files beside a notebook that are called like it, or like a copy of it, and hold other answers."""
    functions = [function_of(cell.exercise) for cell in plan if cell.exercise]
    own = _definitions(path)
    found = []
    for each in candidates(path.parent, expected):
        if each.parent == path.parent and is_called_like(each, path.stem, expected):
            other = _definitions(each)
            if own and other and other.written(functions) and not same_code(own, other, functions):
                found.append(UNUSUAL.sub("_", each.name))
    return found


def is_called_like(path: Path, topic: str, expected: Collection[str]) -> bool:
    """Whether a file has the name of a notebook, or that of a copy of it."""
    near = likeness(path.name, topic, {topic, *expected})
    return near is not None and near <= Likeness.VARIANT


def reason_to_choose(name: str, others: list[str]) -> str:
    """What is told to whoever looks where several files may be meant."""
    return f"{name} and {_listed(others)} differ, and nobody knows which is meant: please look, and keep one."


def reason_to_read(name: str, function: str) -> str:
    """What is told to whoever looks where an answer stands in a cell that nobody runs."""
    return f"{function} is written in a cell of {name} that is no code, and nobody runs it: please look."


def reason_to_look(name: str, others: list[str]) -> str:
    """What is told to whoever looks, in a sentence that may be read as Markdown."""
    where = f"The work may be in {_listed(others)}"
    return f"Nothing was written into {name}. {where}: please look, and grade again under that name."


def _listed(others: list[str]) -> str:
    more = f" and {len(others) - MAX_NAMED} more" if len(others) > MAX_NAMED else ""
    return ", ".join(others[:MAX_NAMED]) + more


def _definitions(path: Path) -> Definitions | None:
    """What a notebook or a module defines; None where it cannot be read."""
    named_notebook = "ipynb" in parts_of(path.name).endings
    if not is_code(path.name):
        return None
    try:
        data = regular_bytes(path, MAX_NOTEBOOK_BYTES if named_notebook else MAX_BYTES)
        return definitions_in(read_code(data, named_notebook)[0])
    except (Unreadable, NotANotebook):
        return None


def _plain(plan: NotebookPlan) -> set[str]:
    return {cell.source.strip() for cell in plan if cell.kind == "code"}


def _answers(plan: NotebookPlan) -> re.Pattern[str]:
    """What defines a function of the exercises; its name is the last group."""
    functions = "|".join(re.escape(function_of(cell.exercise)) for cell in plan if cell.exercise)
    return re.compile(rf"^\s*(?:async\s+)?(?:def|class)\s+({functions})\b|^({functions})\s*=(?!=)", re.MULTILINE)


def _may_hold_answers(path: Path, topic: str, plan: NotebookPlan) -> bool:
    """Whether it has code that defines an exercise's function, cannot be read as what it seems to be, or is packed."""
    name = path.name
    if not is_code(name):
        return may_be_packed_code(name) or resembles(name, topic)
    answer, named_notebook = _answers(plan), "ipynb" in parts_of(name).endings
    try:
        data = regular_bytes(path, MAX_NOTEBOOK_BYTES if named_notebook else MAX_BYTES)
        if named_notebook or is_notebook(data):
            cells = read_notebook(data).cells
            return any(answer.search(cell) and cell.strip() not in _plain(plan) for cell in cells)
        return answer.search(source_text(data)) is not None
    except (Unreadable, NotANotebook):
        return is_called_like(path, topic, ())
