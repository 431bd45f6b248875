"""What a student's source says of a function that gave no answer: whether it is written, and where it stops."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from grader.intake.finding.definitions import FUNCTION, Definitions, definitions_in, is_stub
from grader.model.fact import Fact
from grader.model.question import Failed

DEFINED = re.compile(r"^(?:async +)?(?:def|class)\s+(\w+)", re.MULTILINE)
ALIKE = 0.8
MOST_OF_A_LINE = 100
NOT_IMPLEMENTED = "NotImplementedError"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@lru_cache(8)  # all exercises of a topic stand in one file
def definitions(source: str) -> Definitions:
    """What a source defines."""
    return definitions_in(source)


def is_unwritten(function: str, source: str) -> bool:
    """Whether the function is there as it was handed out: a docstring, then `raise NotImplementedError` or nothing."""
    nodes = definitions(source).bound.get(function, ())
    return bool(nodes) and is_stub(nodes[-1])  # the last definition is the one that counts


def no_function(function: str, source: str, file: str, exercises: Collection[str] = ()) -> Fact:
    """That a function is not there, with a name that is there, looks like it and is no other exercise's."""
    others = sorted(set(DEFINED.findall(source)) - {function, *exercises})
    near = difflib.get_close_matches(function.lower(), [name.lower() for name in others], n=1, cutoff=ALIKE)
    functions = tuple(name for name in others if name.lower() in near)[:1]
    return Fact("no_function", name=function, file=file, functions=functions)


def not_implemented(error: str, line: int | None, function: str, source: str) -> Fact | None:
    """Why a call ended in NotImplementedError: a helper that is not written yet, or a `raise` left in finished code.

    None where a library raised it, which does so for what a device or a dtype cannot do.
    """
    if error != NOT_IMPLEMENTED or line is None:
        return None
    owner = function_at(source, line)
    if owner is not None and is_stub(owner) and owner.name != function:
        return Fact("needs_unwritten", functions=(owner.name,), line=line)
    if any(node.lineno <= line <= (node.end_lineno or node.lineno) for node in _raises(source)):
        return Fact("raise_left", line=line)
    return None


def cannot_run(failed: Failed, source: str, file: str, line: int | None) -> Fact:
    """Why a file, or the cell that should define a function, could not be run; line: as the student counts it."""
    error = failed.error[0] if failed.error else ""
    text, column = "", None
    if "SyntaxError" in failed.error and failed.line:
        text, column = _shown_line(source, failed.line)
    return Fact("cannot_run", file=file, line=line, error=error, text=failed.message, got=text or None, column=column)


def _shown_line(source: str, line: int) -> tuple[str, int | None]:
    """A line of the source without its indentation, and the column of the syntax error in it, from 1."""
    lines = source.splitlines()
    if not 0 < line <= len(lines):
        return "", None
    text = lines[line - 1].rstrip()[:MOST_OF_A_LINE]
    indent = len(text) - len(text.lstrip())
    try:
        ast.parse(source)
    except SyntaxError as error:
        at = error.offset if error.lineno == line else None
        return text.strip(), at - indent if at and at > indent else None
    except (ValueError, RecursionError, MemoryError):
        pass
    return text.strip(), None


@lru_cache(8)
def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def function_at(source: str, line: int) -> Function | None:
    """The function of the file around a line, not one inside another."""
    around = (node for node in _functions(source) if node.lineno <= line <= (node.end_lineno or node.lineno))
    return next(around, None)


def function_named(source: str, name: str) -> Function | None:
    """The last function of the file with this name."""
    named = [node for node in _functions(source) if node.name == name]
    return named[-1] if named else None


def _functions(source: str) -> Iterator[Function]:
    tree = _tree(source)
    return (node for node in tree.body if isinstance(node, FUNCTION)) if tree else iter(())


def _raises(source: str) -> Iterator[ast.stmt]:
    """The statements that raise NotImplementedError."""
    tree = _tree(source)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Raise):
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(raised, ast.Name) and raised.id == NOT_IMPLEMENTED:
                yield node
