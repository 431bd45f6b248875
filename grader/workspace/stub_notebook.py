"""A topic's stubs as a notebook: a cell for each function, and one below it that checks it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from typing import Any

from grader.workspace.stub_source import stub_of

FORMAT = {"nbformat": 4, "nbformat_minor": 5}


def stub_notebook(topic: str, stubs: str, functions: Sequence[str]) -> bytes:
    """The notebook, as nbformat 4 has it."""
    cells = [
        {"id": f"{topic}-{number}", "metadata": {}, **cell}
        for number, cell in enumerate(_cells(topic, stubs, functions))
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, **FORMAT}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _cells(topic: str, stubs: str, functions: Sequence[str]) -> Iterator[dict[str, Any]]:
    tree = ast.parse(stubs)
    title, _, text = (ast.get_docstring(tree) or topic).partition("\n")
    yield _markdown(f"# {title}\n{text}")
    others = [node for node in tree.body[1:] if getattr(node, "name", "") not in functions]
    yield _code(
        "\n".join([*(ast.get_source_segment(stubs, node) or "" for node in others), "from grader import check"])
    )
    for name in functions:
        yield _code(stub_of(stubs, name).rstrip())
        yield _code(f'check("{topic}.{name}")')


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": text.splitlines(keepends=True), "outputs": [], "execution_count": None}
