"""A stub and the page's reference -> the source of an answer cell, with the solution between nbgrader's marks.

Everything is text and syntax trees: nothing is run, and torch is not needed.
"""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.course.course import StubNode, Topic
from grader.model.errors import PageError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SHARED = "_shared"


@dataclass(frozen=True)
class Module:
    """A source file with what it defines at its top: name -> (statement, the file it stands in)."""

    text: str
    tree: ast.Module

    @staticmethod
    def read(path: Path) -> Module:
        text = path.read_text(encoding="utf-8")
        return Module(text, ast.parse(text, str(path)))

    def source(self, node: ast.stmt) -> str:
        """A statement without its decorators."""
        return textwrap.dedent("\n".join(self.text.split("\n")[node.lineno - 1 : node.end_lineno]))

    def definition(self, name: str) -> StubNode:
        return next(node for node in self.tree.body if isinstance(node, StubNode) and node.name == name)


def preamble(topic: Topic) -> str:
    """What a topic's module holds beside its docstring and its exercises: imports, as a rule."""
    module = Module.read(topic.path)
    nodes = [node for node in module.tree.body if getattr(node, "name", "") not in topic.functions]
    return "\n".join(module.source(node) for node in nodes if not _is_text(node))


def class_outline(topic: Topic, name: str) -> str | None:
    """The stub itself, where it is a class: its methods are part of the statement."""
    module = Module.read(topic.path)
    node = module.definition(name)
    return module.source(node) if isinstance(node, ast.ClassDef) else None


def answer_cell(topic: Topic, name: str, page: Path) -> str:
    """The stub's head and, between the marks, the body of the reference with what it needs of its page."""
    stub, module = Module.read(topic.path), Module.read(page)
    node, reference = stub.definition(name), _reference(module, page)
    head = "\n".join(stub.text.split("\n")[node.lineno - 1 : node.body[0].lineno - 1])
    summary = (ast.get_docstring(node) or "").split("\n")[0]
    known = {*dir(builtins), *topic.functions, *_bound(stub.tree.body)} - {reference.name}
    needed = _needed(reference, module, page.parent, known)
    body = [module.source(each) for each in reference.body if not _is_text(each)]
    lines = "\n".join([f'"""{summary}"""', BEGIN, *_spaced([*needed, *body]), END])
    return f"{head}\n{textwrap.indent(lines, '    ')}"


def _spaced(statements: list[str]) -> Iterator[str]:
    """Definitions with an empty line after them, unless they are the last."""
    for place, text in enumerate(statements, 1):
        yield text
        if text.startswith(("def ", "class ")) and place < len(statements):
            yield ""


def _reference(module: Module, page: Path) -> StubNode:
    for node in module.tree.body:
        marks = [ast.unparse(each) for each in getattr(node, "decorator_list", [])]
        if isinstance(node, StubNode) and "reference" in marks:
            return node
    raise PageError(f"{page} marks no @reference.")


def _needed(reference: ast.AST, module: Module, folder: Path, known: set[str]) -> list[str]:
    """The statements of the page, and of what its pages share, that the reference uses, each before its users."""
    found: list[str] = []
    for name in _names(reference):
        if name in known:
            continue
        known.add(name)
        for node, home in _definitions_of(name, module, folder):
            found += _needed(node, home, folder, known)
            found.append(home.source(node))
    return found


def _definitions_of(name: str, module: Module, folder: Path) -> Iterator[tuple[ast.stmt, Module]]:
    for node in module.tree.body:
        if name not in _bound([node]):
            continue
        if isinstance(node, ast.ImportFrom) and node.module == SHARED:
            shared = Module.read(folder / f"{SHARED}.py")
            yield from _definitions_of(name, shared, folder)
        elif not (isinstance(node, ast.ImportFrom) and node.module == "grader"):
            yield node, module


def _names(node: ast.AST) -> list[str]:
    """The names that a statement takes from outside itself, decorators aside."""
    parts = [part for part in ast.iter_child_nodes(node) if part not in getattr(node, "decorator_list", [])]
    every = [each for part in parts for each in ast.walk(part)]
    own = {each.arg for each in every if isinstance(each, ast.arg)}
    own |= {each.id for each in every if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    used = (each.id for each in every if isinstance(each, ast.Name))
    return [name for name in dict.fromkeys(used) if name not in own]


def _bound(nodes: Iterable[ast.stmt]) -> set[str]:
    """The names that statements define."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return names


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
