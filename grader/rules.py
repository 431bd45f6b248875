"""A look at a function's source for what its exercise forbids.

It covers what the child could hide; the calls noted there give the line that ran. Names are compared in their
canonical form: torch.softmax, Tensor.softmax, F.softmax and nn.Softmax are one function. A student's own
function of such a name, defined in the same file, is not forbidden.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator


def canonical(name: str) -> str:
    """torch.nn.functional.log_softmax, LogSoftmax and log_softmax_ are one function."""
    return name.rpartition(".")[2].replace("_", "").lower()


def forbidden_in(source: str, function: str, forbid: tuple[str, ...]) -> tuple[str, int] | None:
    """The first forbidden name in a function, or in what it uses of its file, with its line."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    names = {canonical(name) for name in forbid}
    imported = _imported(tree)
    for definition in _reachable(tree, function):
        for name, line in _mentioned(definition, imported):
            if canonical(name) in names:
                return name, line
    return None


def _imported(tree: ast.Module) -> dict[str, str]:
    """Local name -> imported name: `from torch import softmax as s` makes s a softmax."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _reachable(tree: ast.Module, function: str) -> Iterator[ast.AST]:
    """The function's definition and those, in its file, that it names in turn."""
    defined = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    waiting, seen = [function], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in defined:
            continue
        seen.add(name)
        yield defined[name]
        waiting += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]


def _mentioned(definition: ast.AST, imported: dict[str, str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(definition):
        if isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Name) and node.id in imported:
            yield imported[node.id], node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            texts = [each for each in node.args[1:] if isinstance(each, ast.Constant)]
            yield from ((str(each.value), node.lineno) for each in texts)
