"""What a student's function refers to, directly and through helpers, as its source tells. Nothing is run.

Names are looked up as Python does it: in the function, in its module, and behind imports of the student's other
modules. A source that cannot be parsed refers to nothing.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from grader.intake.finding.definitions import FUNCTION, definitions, is_stub, own_nodes

MOST_IMPORTS = 10
"""How many imports of imports are followed."""

ModuleSources = Mapping[str, str]
"""The name by which a module is imported -> its source."""
Symbol = tuple[str, str]
"""A module, and the name of something that it defines."""
Scope = Mapping[str, ast.stmt | None]
"""The names that are local to a function; those that it imports with the statement."""
Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Reference:
    """What is referred to, the module in which it is, and the first line there that does so.

    direct: whether that is the function itself, and not one of its helpers.
    """

    symbol: Symbol
    module: str
    line: int
    direct: bool


@dataclass(frozen=True)
class _NameUse:
    """A name that is read, with the attribute that is taken of it; imported: the local import that binds it."""

    name: str
    attribute: str
    line: int
    imported: ast.stmt | None


def references(sources: ModuleSources, symbol: Symbol, ends: Collection[Symbol] = ()) -> list[Reference]:
    """Everything of the student's that a function refers to, the nearest first; behind `ends` nothing is looked for."""
    return references_of(sources, symbol[0], _defining(sources, symbol), {symbol}, ends)


def references_of(
    sources: ModuleSources,
    module: str,
    nodes: Sequence[ast.stmt],
    known: Collection[Symbol] = (),
    ends: Collection[Symbol] = (),
) -> list[Reference]:
    """Everything of the student's that these statements of a module refer to, but for what is known."""
    reached, waiting = set(known), deque([(module, nodes, True)])
    listed: list[Reference] = []
    while waiting:
        module, nodes, direct = waiting.popleft()
        uses = sorted((use for node in nodes for use in _uses(node)), key=lambda use: use.line)
        for use in uses:
            symbol = _meant(sources, module, use)
            if symbol is None or symbol in reached:
                continue
            reached.add(symbol)
            listed.append(Reference(symbol, module, use.line, direct))
            if symbol not in ends:
                waiting.append((symbol[0], _defining(sources, symbol), False))
    return listed


def unwritten_among(sources: ModuleSources, listed: Sequence[Reference]) -> tuple[Symbol, int] | None:
    """The first function of these that is not written yet, with the line in its module at which to write it."""
    for reference in listed:
        nodes = _defining(sources, reference.symbol)
        if nodes and isinstance(nodes[-1], FUNCTION) and is_stub(nodes[-1]):
            return reference.symbol, nodes[-1].body[-1].lineno
    return None


def _defining(sources: ModuleSources, symbol: Symbol) -> Sequence[ast.stmt]:
    """The statements that make a name what it is: its last definition, and what is assigned to it below."""
    module, name = symbol
    nodes = definitions(sources.get(module, "")).bound.get(name, ())
    places = (at for at in reversed(range(len(nodes))) if isinstance(nodes[at], (*FUNCTION, ast.ClassDef)))
    return nodes[next(places, 0) :]


def _uses(statement: ast.stmt) -> Iterator[_NameUse]:
    """The names that a statement reads and that are not local to a function in it."""
    waiting: list[tuple[ast.AST, Scope]] = [(statement, {})]
    while waiting:
        node, local = waiting.pop()
        if isinstance(node, (*FUNCTION, ast.Lambda)):
            local = {**local, **_bound_in(node)}
        use = partial(_use, local=local)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from use(node.value, node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from use(node, "")
        waiting += [(child, local) for child in ast.iter_child_nodes(node)]


def _use(node: ast.Name, attribute: str, local: Scope) -> Iterator[_NameUse]:
    imported = local.get(node.id)
    if node.id not in local or imported is not None:
        yield _NameUse(node.id, attribute, node.lineno, imported)


def _bound_in(function: ast.AST) -> Scope:
    """The names that are local to a function: parameters, what it assigns, defines or imports."""
    bound: dict[str, ast.stmt | None] = {}
    outside: set[str] = set()
    for node in own_nodes(function):
        match node:
            case ast.arg():
                bound[node.arg] = None
            case ast.Name(ctx=ast.Store()):
                bound[node.id] = None
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound[node.name] = None
            case ast.Import() | ast.ImportFrom():
                bound |= {_name_of(alias): node for alias in node.names}
            case ast.Global() | ast.Nonlocal():
                outside.update(node.names)
    return {name: node for name, node in bound.items() if name not in outside}


def _meant(sources: ModuleSources, module: str, use: _NameUse) -> Symbol | None:
    """What a name stands for, behind all imports; None where that is nothing of the student's."""
    name, attribute, node = use.name, use.attribute, use.imported
    for _ in range(MOST_IMPORTS):
        module_definitions = definitions(sources.get(module, ""))
        if node is None:
            node = next(reversed(module_definitions.bound.get(name, ())), None)
        if isinstance(node, Import):
            module, name, attribute = _imported(sources, node, name, attribute)
        elif node is not None:
            return module, name
        elif (star := _behind_star(sources, module, name)) is not None:
            module = star
        else:
            return None
        node = None
    return None


def _imported(sources: ModuleSources, node: Import, name: str, attribute: str) -> tuple[str, str, str]:
    """The module from which an import takes what is meant by a name, its name there, and the attribute of that."""
    alias = next(alias for alias in node.names if _name_of(alias) == name)
    if isinstance(node, ast.Import):
        return alias.name, attribute, ""
    submodule = ".".join(filter(None, (node.module, alias.name)))
    if submodule in sources:
        return submodule, attribute, ""
    return node.module or "", alias.name, attribute


def _behind_star(sources: ModuleSources, module: str, name: str) -> str | None:
    """The module from which `import *` takes a name."""
    module_definitions = definitions(sources.get(module, ""))
    others = sorted(module_definitions.imports & sources.keys() - {module}) if module_definitions.star else []
    return next((other for other in others if name in definitions(sources[other]).bound), None)


def _name_of(alias: ast.alias) -> str:
    """The name that an import binds."""
    return alias.asname or alias.name.partition(".")[0]
