"""What of a file an exercise is made of: its function, and whatever that uses. The rest may change and it does not."""

from __future__ import annotations

import ast
import hashlib

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def digest_of(source: str, function: str) -> str:
    """A fingerprint of a function with all that it uses of its file, comments and layout apart.

    A function that is not there is one fingerprint, a file that cannot be read is another for each text.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return hashlib.sha256(source.encode(errors="replace")).hexdigest()
    used = "\n".join(ast.dump(node) for node in _used(tree, function))
    return hashlib.sha256(used.encode(errors="replace")).hexdigest()


def _used(tree: ast.Module, function: str) -> list[ast.stmt]:
    """The definitions that a function reaches by name, and every statement that is none: it may do anything."""
    definitions: dict[str, list[ast.stmt]] = {}
    others: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, DEFINITIONS):
            definitions.setdefault(node.name, []).append(node)
        else:
            others.append(node)
    reached, waiting = set[str](), {function}
    for node in others:
        waiting |= _names(node) & definitions.keys()
    while waiting:
        name = waiting.pop()
        if name in definitions and name not in reached:
            reached.add(name)
            waiting |= set().union(*map(_names, definitions[name])) - reached
    return [*others, *(node for name in sorted(reached) for node in definitions[name])]


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
