"""A student's file, run as a notebook is: a line that fails does not take what is right with it.

Statements run in order, each compiled by itself, so that lines are counted as they stand in the file. The first one
that raises, or that is known to end the process or never to end, stops the file: what was defined stays, and of what is
below it definitions alone are run (functions, classes, imports, assignments). What should have been defined and was not
raises its error when it is called. An import that fails stops nothing: what uses it fails.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import re
import sys
import types
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from grader.model.question import Failed
from grader.runner.failure import failure
from grader.runner.missing_modules import NotDefined, bind_missing, inert, is_for_display

DEFINITIONS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
)
AT_ONCE = (ast.FunctionDef, ast.AsyncFunctionDef)  # to define a function takes no time
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
Begun = Callable[[int], None]
Step = tuple[ast.stmt, types.CodeType]


@dataclass(frozen=True)
class LoadedModule:
    """A module that was run. stop: what stopped its file, or else which of its imports failed first, with the line."""

    namespace: dict[str, Any]
    stop: Failed | None = None


def load(
    source: str, name: str, begun: Begun = lambda line: None, endless: Collection[int] = frozenset()
) -> LoadedModule | Failed:
    """Runs a module's source; `Failed` where it is no Python.

    begun: is told the line of each statement that could take long, before it runs. endless: the lines of statements
    that are known to end the process, or never to end; they are left out.
    """
    module = types.ModuleType(name)
    sys.modules.setdefault(name, module)  # dataclasses and annotations look their module up
    sys.argv = [f"{name}.py"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run(module, source, begun, endless)


def run(module: types.ModuleType, source: str, begun: Begun, endless: Collection[int]) -> LoadedModule | Failed:
    """Runs a source in a module that is there already."""
    file, namespace = f"{module.__name__}.py", module.__dict__
    module.__file__ = file
    namespace["get_ipython"] = inert  # an exported notebook calls it for each magic
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        tree = ast.parse(source, file)
        module.__doc__ = ast.get_docstring(tree, clean=False)
        steps = list(_compiled(tree, file))
    except BaseException as error:
        return replace(failure(error, file), phase="loading")
    return LoadedModule(namespace, _stop(steps, file, namespace, begun, endless))


def run_cell(source: str, namespace: dict[str, Any]) -> None:
    """Runs a cell of a notebook. What it should have defined and did not raises why when it is called.

    Below a line that fails nothing is defined anew: as in a kernel, the earlier definition stands.
    """
    try:
        steps = list(_compiled(ast.parse(source), namespace["__file__"]))
    except BaseException as error:
        for name in re.findall(r"^(?:async +)?(?:def|class) +(\w+)", source, re.MULTILINE):
            namespace.setdefault(name, NotDefined(error))
    else:
        _stop(steps, namespace["__file__"], namespace, lambda line: None, (), anew=False)


def _compiled(tree: ast.Module, file: str) -> Iterator[Step]:
    """Each statement with its code. What a file imports from the future holds for all statements below."""
    flags = 0
    for node in tree.body:
        code = compile(ast.Module([node], []), file, "exec", flags, dont_inherit=True)
        flags |= code.co_flags & _FUTURES
        yield node, code


def _stop(
    steps: list[Step],
    file: str,
    namespace: dict[str, Any],
    begun: Begun,
    endless: Collection[int],
    anew: bool = True,
) -> Failed | None:
    """Runs the statements in order, and returns what stopped them.

    anew: whether a function below that is defined in the place of one that is there.
    """
    stop: Failed | None = None
    cause: BaseException | None = None
    for node, code in steps:
        if cause and (not isinstance(node, DEFINITIONS) or (not anew and _is_there(node, namespace))):
            _raise_later(node, namespace, cause)
            continue
        try:
            if node.lineno in endless:
                raise RuntimeError(f"{file} was stopped at this line")
            if not isinstance(node, AT_ONCE):
                begun(node.lineno)
            exec(code, namespace)
        except BaseException as error:
            failed = failure(error, file)
            if isinstance(node, (ast.Import, ast.ImportFrom)) and isinstance(error, ImportError):
                stop = stop or (None if is_for_display(error) else failed)
                bind_missing(node, namespace, error)
                continue
            if cause is None:
                stop, cause = failed, error
            _raise_later(node, namespace, error)
    return stop


def _raise_later(node: ast.stmt, namespace: dict[str, Any], error: BaseException) -> None:
    """Has what a statement should have defined raise the error when it is called."""
    for name in _names(node):
        namespace.setdefault(name, NotDefined(error))


def _is_there(node: ast.stmt, namespace: dict[str, Any]) -> bool:
    return any(name in namespace for name in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    """The functions and classes that a statement defines, in whatever block of it."""
    if isinstance(node, NAMED):
        yield node.name
    elif not isinstance(node, ast.expr):
        for inner in ast.iter_child_nodes(node):
            yield from _names(inner)
