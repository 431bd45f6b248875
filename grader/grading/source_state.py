"""What a student's source says of a function that gave no answer: whether it is written, and where it stops."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator

from grader.intake.finding.definitions import (
    DEFINED_IN_TEXT,
    FUNCTION,
    definitions,
    is_not_implemented,
    is_stub,
)
from grader.model.fact import Fact
from grader.model.question import Failed

ALIKE = 0.8
MOST_OF_A_LINE = 100
NOT_IMPLEMENTED = "NotImplementedError"
NOTHING = "NoneType"
"""The type that Python and torch name where they are given None, as a function without a body gives it."""
_BLOCKS = ast.If | ast.For | ast.While | ast.Try | ast.With | ast.Match
_HOLDERS = ast.ExceptHandler | ast.match_case
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_unwritten(function: str, source: str) -> bool:
    """Whether the function is there as it was handed out: a docstring, then `raise NotImplementedError` or nothing."""
    nodes = definitions(source).bound.get(function, ())
    return bool(nodes) and is_stub(nodes[-1])  # the last definition is the one that counts


def no_function(function: str, source: str, file: str) -> Fact:
    """That a function is not there: it is defined inside something else, or a name that is there looks like it."""
    holder, line = _where_nobody_finds(function, source)
    if holder:
        return Fact("no_function", name=function, file=file, text=holder, line=line if file else None)
    others = sorted(set(DEFINED_IN_TEXT.findall(source)) - {function})
    near = difflib.get_close_matches(function.lower(), [name.lower() for name in others], n=1, cutoff=ALIKE)
    functions = tuple(name for name in others if name.lower() in near)[:1]
    return Fact("no_function", name=function, file=file, functions=functions)


def _where_nobody_finds(function: str, source: str) -> tuple[str, int | None]:
    """What a definition of the function stands inside of, and its line: another function, a class, a block that was
    not reached, a comment; "" where there is none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "", None
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, holder = waiting.pop(0)
        if isinstance(node, (*FUNCTION, ast.ClassDef)) and node.name == function and holder:
            return holder, node.lineno
        if isinstance(node, ast.ClassDef):
            holder = f"class {node.name}"
        elif isinstance(node, FUNCTION):
            holder = f"function {node.name}"
        elif isinstance(node, _BLOCKS) and not holder:
            holder = f"the block of line {node.lineno}"
        waiting += [(inner, holder) for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.stmt | _HOLDERS)]
    comment = re.search(rf"^[ \t]*#.*\b(?:def|class)[ \t]+{re.escape(function)}\b", source, re.MULTILINE)
    if comment:
        return "a comment", source.count("\n", 0, comment.start()) + 1
    return _in_a_string(function, tree)


def _in_a_string(function: str, tree: ast.Module) -> tuple[str, int | None]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and function in node.value:
            before, _, rest = node.value.partition(f"def {function}(")
            if rest:
                return "a string", node.lineno + before.count("\n")
    return "", None


def not_implemented(error: str, line: int | None, function: str, source: str) -> Fact | None:
    """Why a call ended in NotImplementedError: a helper that is not written yet, or a `raise` left in finished code.

    None where a library raised it, which does so for what a device or a dtype cannot do.
    """
    if error != NOT_IMPLEMENTED or line is None:
        return None
    owner = function_at(source, line)
    if owner is None:
        return None
    if is_stub(owner) and owner.name != function:
        return Fact("needs_unwritten", functions=(owner.name,), line=line)
    if any(node.lineno <= line <= (node.end_lineno or node.lineno) for node in _raises(owner)):
        return Fact("raise_left", line=line)
    return None


def cannot_run(failed: Failed, source: str, file: str) -> Fact:
    """Why a file, or the cell that should define a function, could not be run; source: that of the file or the cell."""
    error = failed.error[0] if failed.error else ""
    text, column = "", None
    if "SyntaxError" in failed.error and failed.line:
        text, column = _shown_line(source, failed.line)
    return Fact(
        "cannot_run", file=file, line=failed.line, error=error, text=failed.message, got=text or None, column=column
    )


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


def statements_at(source: str, line: int) -> list[ast.stmt]:
    """The statement of the file's own level around a line, with all that is in it; none where it is no Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node for node in body if node.lineno <= line <= (node.end_lineno or node.lineno)]


def function_at(source: str, line: int) -> Function | None:
    """The function of the file around a line, not one inside another."""
    functions = (node for nodes in definitions(source).bound.values() for node in nodes if isinstance(node, FUNCTION))
    return next((node for node in functions if node.lineno <= line <= (node.end_lineno or node.lineno)), None)


def function_named(source: str, name: str) -> Function | None:
    """The last function of the file with this name."""
    nodes = definitions(source).bound.get(name, ())
    return next((node for node in reversed(nodes) if isinstance(node, FUNCTION)), None)


def _raises(function: Function) -> Iterator[ast.stmt]:
    """The statements of a function that raise NotImplementedError."""
    return (node for node in ast.walk(function) if isinstance(node, ast.Raise) and is_not_implemented(node))
