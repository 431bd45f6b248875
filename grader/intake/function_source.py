"""A function of a student's file, with the definitions of that file that it uses: what of it is the work."""

from __future__ import annotations

import ast

NamedDefinition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def function_source(source: str, function: str) -> str:
    """The text of the function and of all functions and classes that it reaches by name, in the order of the file.

    Empty where the file has no such function, or is no Python: nobody knows then where one ends.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    definitions = {
        node.name: node for node in tree.body if isinstance(node, NamedDefinition)
    }  # the last of a name counts
    reached, waiting = set[str](), {function}
    while waiting:
        name = waiting.pop()
        if name in definitions and name not in reached:
            reached.add(name)
            waiting |= {node.id for node in ast.walk(definitions[name]) if isinstance(node, ast.Name)} - reached
    if function not in reached:
        return ""
    lines = source.splitlines(keepends=True)
    return "\n\n".join(_text(lines, definitions[name]) for name in definitions if name in reached)


def _text(lines: list[str], node: NamedDefinition) -> str:
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    text = "".join(lines[first - 1 : node.end_lineno])
    return text if text.endswith("\n") else f"{text}\n"
