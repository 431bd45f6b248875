"""Where something stands in a course, as an author looks for it: `solutions/norms/rms_norm.py:12`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

PageDefinition = ast.FunctionDef | ast.ClassDef
FOLDERS = ("solutions", "exercises")


def place_of(path: Path, line: int | None = None) -> str:
    """A file from its course's folder on, with a line where one is known."""
    parts = path.parts
    first = next((at for at in range(len(parts) - 1, -1, -1) if parts[at] in FOLDERS), len(parts) - 1)
    return "/".join(parts[first:]) + (f":{line}" if line else "")


def definition(path: Path, name: str) -> PageDefinition | None:
    """The function or class of that name that a file defines last; None where it comes from elsewhere."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None
    known = [node for node in tree.body if isinstance(node, PageDefinition) and node.name == name]
    return known[-1] if known else None


def line_of(path: Path, name: str) -> int | None:
    """The line in which a function or class begins."""
    node = definition(path, name)
    return node.lineno if node else None


def source_of(thing: Callable[..., Any]) -> str:
    """A function or class as its file has it, without decorators; empty where it comes from no file.

    `inspect.getsource` finds no class of a page, since a page is no module that Python knows.
    """
    functions = filter(inspect.isfunction, vars(thing).values()) if isinstance(thing, type) else iter((thing,))
    code = getattr(next(functions, None), "__code__", None)
    path = Path(code.co_filename) if code else Path()
    node = definition(path, thing.__name__)
    if node is None:
        return ""
    lines = path.read_text(encoding="utf-8").splitlines()[node.lineno - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines)) + "\n"


def raised_in(path: Path, error: BaseException) -> int | None:
    """The line of a file that an exception passed last."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(path) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
