"""A topic -> the instructor's notebook, as nbgrader wants it. The same topic gives the same bytes."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from grader.course.course import Course, Stub, Topic
from grader.kits.student import key_name
from grader.nbgrader import cell_ids
from grader.nbgrader.release.answer_cell import answer_cell, class_outline, preamble
from grader.nbgrader.release.statement import introduction, statement

SCHEMA = 3
HOW = """\
Write your answers in the cells that say `YOUR CODE HERE`, and run the cell below each of them as often as you like: it
says what is wrong, where, and why. More cells, and functions of your own in them, are welcome. When graded, the same
kinds of inputs come with other numbers. Keep `{key}` beside this notebook.

If the next cell fails, run `%pip install d2l-grader` first."""

NotebookCell = dict[str, Any]


def build(course: Course, topic: Topic, points: Mapping[str, float]) -> str:
    """The notebook with solutions, as JSON. `points` are those of the key, by exercise."""
    notebook = {
        "cells": list(_cells(course, topic, points)),
        "metadata": {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cells(course: Course, topic: Topic, points: Mapping[str, float]) -> Iterator[NotebookCell]:
    how = HOW.format(key=key_name(topic.name))
    doc = ast.get_docstring(ast.parse(topic.path.read_text(encoding="utf-8"))) or topic.name
    yield _markdown(cell_ids.about(topic.name), f"{introduction(topic.title, doc)}\n\n{how}")
    yield _code(cell_ids.setup(topic.name), f"{preamble(topic)}\n\nfrom grader import check", locked=True)
    for stub in topic.stubs:
        id = f"{topic.name}.{stub.name}"
        yield _markdown(cell_ids.about(id), _statement(course, topic, stub, points[id]))
        page = course.solutions / topic.name / f"{stub.name}.py"
        yield _code(cell_ids.answer(id), answer_cell(topic, stub.name, page), solution=True)
        yield _code(cell_ids.check(id), cell_ids.check_source(id), grade=True, locked=True, points=points[id])


def _statement(course: Course, topic: Topic, stub: Stub, points: float) -> str:
    return statement(stub.name, stub.doc, points, class_outline(topic, stub.name))


def _markdown(id: str, source: str) -> NotebookCell:
    return {"cell_type": "markdown", "id": _short(id), "metadata": _metadata(id, locked=True), "source": _lines(source)}


def _code(id: str, source: str, **kind: Any) -> NotebookCell:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": _short(id),
        "metadata": _metadata(id, **kind),
        "outputs": [],
        "source": _lines(source),
    }


def _metadata(id: str, *, points: float | None = None, **kind: bool) -> dict[str, Any]:
    """nbgrader's own metadata, schema 3. Points are there only where there is something to grade."""
    facts: dict[str, Any] = {name: kind.get(name, False) for name in ("grade", "locked", "solution")}
    facts |= {"task": False, "schema_version": SCHEMA, "grade_id": id}
    if points is not None:
        facts["points"] = points
    return {"nbgrader": facts}


def _short(id: str) -> str:
    """A cell id: letters and digits, stable, at most 64 long."""
    return hashlib.sha256(id.encode()).hexdigest()[:12]


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)
