"""What a source defines, as its text tells it. Nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

BLOCKS = ("body", "orelse", "finalbody")
FUNCTION = ast.FunctionDef, ast.AsyncFunctionDef
DEFINED_IN_TEXT = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Definitions:
    """The names that a module binds outside of functions and classes -> the statements that bind them.

    in_text: what seems to be defined in a text that is no Python; `bound` is empty then. imports: the modules that it
    names in imports. star: whether names come from a module that is not looked into.
    """

    bound: Mapping[str, tuple[ast.stmt, ...]] = field(default_factory=dict)
    in_text: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    star: bool = False

    def written(self, functions: Collection[str]) -> tuple[str, ...]:
        """Those of the functions that are there and not left as they were handed out."""
        return tuple(
            name
            for name in functions
            if name in self.in_text or any(not is_stub(node) for node in self.bound.get(name, ()))
        )


def definitions_in(source: str) -> Definitions:
    """What a source defines; of one that cannot be parsed, what stands behind `def` and `class`."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Definitions(in_text=frozenset(DEFINED_IN_TEXT.findall(source)))
    bound: dict[str, list[ast.stmt]] = {}
    imports, star = set[str](), False
    for node in _statements(tree.body):
        for name in _names_bound_by(node):
            bound.setdefault(name, []).append(node)
        if isinstance(node, ast.Import):
            imports.update(part for alias in node.names for part in alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            imports.update((node.module or "").split("."))
            imports.update(alias.name for alias in node.names if not node.module)
            star = star or any(alias.name == "*" for alias in node.names)
    return Definitions({name: tuple(nodes) for name, nodes in bound.items()}, imports=frozenset(imports), star=star)


@lru_cache(8)  # all exercises of a topic stand in one file
def definitions(source: str) -> Definitions:
    """What a source defines."""
    return definitions_in(source)


def same_code(one: Definitions, other: Definitions, functions: Collection[str]) -> bool:
    """Whether these functions, and all that they use of their module, are the same but for layout and comments."""
    if one.in_text or other.in_text or one.star != other.star or not functions:
        return False
    try:
        ours, theirs = _with_what_is_used(one, functions), _with_what_is_used(other, functions)
    except RecursionError:
        return False
    return bool(ours) and ours == theirs


def _with_what_is_used(found: Definitions, functions: Collection[str]) -> dict[str, list[str]]:
    """Name -> what binds it, for the functions and every name of the module that those mention."""
    reached: dict[str, list[str]] = {}
    waiting = [name for name in functions if name in found.bound]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached[name] = [ast.dump(node) for node in found.bound[name]]
        used = (each.id for node in found.bound[name] for each in ast.walk(node) if isinstance(each, ast.Name))
        waiting += [each for each in used if each in found.bound]
    return reached


def _statements(body: Collection[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, and those in its branches, loops and blocks."""
    waiting = list(reversed(list(body)))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*FUNCTION, ast.ClassDef)):
            holders = [node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())]
            blocks = [getattr(holder, name, ()) for holder in holders for name in BLOCKS]
            waiting += [each for block in reversed(blocks) for each in reversed(block)]


def _names_bound_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (*FUNCTION, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names if alias.name != "*")
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))


def is_stub(node: ast.stmt) -> bool:
    """Whether a function or a class holds nothing but what it was handed out with: a docstring, and no answer."""
    if not isinstance(node, (*FUNCTION, ast.ClassDef)):
        return False
    return all(_says_nothing(each) or (isinstance(each, FUNCTION) and is_stub(each)) for each in node.body)


def is_not_implemented(node: ast.Raise) -> bool:
    """Whether a statement raises NotImplementedError, with or without words."""
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _says_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return is_not_implemented(node)
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
