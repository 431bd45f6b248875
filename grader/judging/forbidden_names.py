"""A look at a function's source for what its exercise forbids. Nothing is run.

It covers what the child could hide; calls noted there give the line that ran. Read are the function, what it uses of
its file, and the names under which it imports things; texts are read where they name an attribute. A student's own
function of a forbidden name, defined in the same file, is not forbidden.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from grader.model.forbidden import LIBRARIES, canonical, names_in_text

BY_NAME = ("getattr", "attrgetter", "methodcaller", "__getattribute__", "import_module", "__import__")
RUNS_TEXT = ("eval", "exec")


@dataclass(frozen=True)
class _File:
    """What a file defines, node by node, imports from libraries, and stores; `star`: names may come from a library.

    modules: the names of modules that are no library's.
    """

    defined: dict[str, list[list[ast.AST]]]
    imported: dict[str, str]
    own: frozenset[str]
    star: bool
    modules: frozenset[str] = frozenset()


def forbidden_in(source: str, function: str, forbid: tuple[str, ...]) -> tuple[str, int] | None:
    """The first forbidden name in a function, or in what it uses of its file, with its line."""
    file = _read(source)
    if file is None:
        return None
    names = names_in_text(forbid)
    for definition in _reachable(file, function):
        for name, line in _mentioned(definition, file):
            if canonical(name) in names:
                return name, line
    return None


@lru_cache(maxsize=4)
def _read(source: str) -> _File | None:
    """None if it cannot be parsed. Cached, for all exercises of a topic stand in one file."""
    try:
        return _file(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError):
        return None


def _file(tree: ast.Module) -> _File:
    defined: dict[str, list[list[ast.AST]]] = {}
    everything = list(ast.walk(tree))
    for node in _statements(tree.body):
        names = list(_bound(node))
        nodes = list(ast.walk(node)) if names else []
        for name in names:
            defined.setdefault(name, []).append(nodes)
    imports = [node for node in everything if isinstance(node, (ast.Import, ast.ImportFrom)) and _of_library(node)]
    own = {node.attr for node in everything if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    own |= {node.name for each in everything if isinstance(each, ast.ClassDef) for node in each.body
            if isinstance(node, ast.FunctionDef)}  # fmt: skip
    return _File(
        defined,
        dict(pair for node in imports for pair in _imported(node)),
        frozenset(own),
        any(alias.name == "*" for node in imports for alias in node.names),
        frozenset(
            alias.asname or alias.name
            for node in everything
            if isinstance(node, ast.Import) and not _of_library(node)
            for alias in node.names
        ),
    )


def _of_library(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    return any(name.partition(".")[0] in LIBRARIES for name in names)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Local name -> what it stands for: torch.optim.Adam, or numpy."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            yield alias.name.partition(".")[0], alias.name.partition(".")[0]


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module's own level, those under `if`, `try` and `with` too."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, part, ()))


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))


def _reachable(file: _File, function: str) -> Iterator[list[ast.AST]]:
    """The nodes of the function's definition, and of those in its file that it names in turn."""
    waiting, seen = [function], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for definition in file.defined.get(name, ()):
            yield definition
            waiting += [node.id for node in definition if isinstance(node, ast.Name)]
            waiting += [node.attr for node in definition if isinstance(node, ast.Attribute) and _is_own(node, file)]


def _is_own(node: ast.Attribute, file: _File) -> bool:
    """Whether it is a function of the student's that is called through its module: helpers.log_softmax."""
    return isinstance(node.value, ast.Name) and node.value.id in file.modules and node.attr in file.defined


def _mentioned(definition: Iterable[ast.AST], file: _File) -> Iterator[tuple[str, int]]:
    for node in definition:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            if (node.attr not in file.own or _root(node) in file.imported) and not _is_own(node, file):
                yield node.attr, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if node.id in file.imported:
                yield from ((part, node.lineno) for part in file.imported[node.id].split("."))
            elif file.star and node.id not in file.defined:
                yield node.id, node.lineno
        elif isinstance(node, ast.Call):
            yield from _in_texts(node, file)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _in_texts(call: ast.Call, file: _File) -> Iterator[tuple[str, int]]:
    """Names in the texts that a call takes for names: getattr(torch, "soft" + "max"), eval("torch.softmax(X, 1)")."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    texts = [text for text in map(_text, call.args) if text]
    if called in BY_NAME:
        yield from ((part, call.lineno) for text in texts for part in text.split("."))
    if called in RUNS_TEXT:
        for text in texts:
            try:
                yield from ((name, call.lineno) for name, _ in _mentioned(ast.walk(ast.parse(text)), file))
            except (SyntaxError, ValueError, RecursionError):
                continue


def _text(node: ast.expr) -> str:
    """A text that is written out, perhaps in pieces; empty if it is not."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return left + right if left and right else ""
    return ""
