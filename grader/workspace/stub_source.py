"""Stubs as they were handed out, and putting one of them back into a student's file."""

from __future__ import annotations

import ast
from dataclasses import dataclass

TopLevelDefinition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class PutBack:
    """A file in which a stub stands again, and the code that stood there; empty where there was none."""

    source: str
    old: str


def stub_of(stubs: str, function: str) -> str:
    """The text of one function of a module of stubs. Raises `KeyError` where it has none of that name."""
    node = _definition(ast.parse(stubs), function)
    if node is None:
        raise KeyError(function)
    return _text(stubs, node)


def task_of(stubs: str, function: str) -> str:
    """What a stub asks for: the first line of its docstring; empty where there is none."""
    node = _definition(ast.parse(stubs), function) if stubs else None
    return (ast.get_docstring(node) or "").partition("\n")[0] if node else ""


def put_back(source: str, stubs: str, function: str) -> PutBack:
    """The student's file with the stub in the place of their function, or at the end where it is not there.

    Raises `SyntaxError` where the file cannot be read: nobody knows then where a function ends.
    """
    stub = stub_of(stubs, function)
    node = _definition(ast.parse(source), function)
    if node is None:
        return PutBack(f"{source.rstrip()}\n\n\n{stub}" if source.strip() else stub, "")
    lines = source.splitlines(keepends=True)
    first, last = _span(node)
    return PutBack("".join([*lines[: first - 1], stub, *lines[last:]]), _text(source, node))


def _definition(tree: ast.Module, function: str) -> TopLevelDefinition | None:
    """The definition that counts: the last one of its name."""
    found = [node for node in tree.body if isinstance(node, TopLevelDefinition) and node.name == function]
    return found[-1] if found else None


def _span(node: TopLevelDefinition) -> tuple[int, int]:
    """First and last line, decorators included, counted from 1."""
    return min([node.lineno, *(each.lineno for each in node.decorator_list)]), node.end_lineno or node.lineno


def _text(source: str, node: TopLevelDefinition) -> str:
    first, last = _span(node)
    text = "".join(source.splitlines(keepends=True)[first - 1 : last])
    return text if text.endswith("\n") else f"{text}\n"
