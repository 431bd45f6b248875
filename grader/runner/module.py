"""A student's file, run as a notebook is: a line that fails does not take what is right with it.

Statements run in order, each compiled by itself, so that lines are counted as they stand in the file. The first one
that raises, or that is known to end the process or never to end, stops the file: what was defined stays, and of what is
below it definitions alone are run (functions, classes, imports, assignments). What should have been defined and was not
raises its error when it is called. An import that fails stops nothing: what uses it fails.

A cell of a notebook, and a student's own module, are run at one go; only where something in them fails are they taken
apart. Nobody has to know how far they came, and to take a source apart costs more than to run it.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import re
import sys
import types
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from grader.model.question import Failed
from grader.model.statements import DEFINITIONS, StatementPlace
from grader.runner.failure import failure
from grader.runner.missing_modules import NotDefined, bind_missing, inert, is_for_display

NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
Begun = Callable[[StatementPlace], None]
Step = tuple[ast.stmt, types.CodeType]


@dataclass(frozen=True)
class LoadedModule:
    """A module that was run. stop: what stopped its file, or else which of its imports failed first, with the line."""

    namespace: dict[str, Any]
    stop: Failed | None = None


def load(
    source: str, name: str, begun: Begun = lambda place: None, endless: Collection[StatementPlace] = ()
) -> LoadedModule | Failed:
    """Runs a topic's source; `Failed` where it is no Python.

    begun: is told of each statement that could take long, before it runs: its line, and its number among the statements
    of that line. endless: those that are known to end the process, or never to end; they are left out.
    """
    module = types.ModuleType(name)
    sys.modules.setdefault(name, module)  # dataclasses and annotations look their module up
    sys.argv = [f"{name}.py"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file, namespace = _prepared(module, source)
        try:
            tree = ast.parse(source, file)
            module.__doc__ = ast.get_docstring(tree, clean=False)
            steps = list(_compiled(tree, file))
        except BaseException as error:
            return replace(failure(error, file), phase="loading")
        return LoadedModule(namespace, _stop(steps, file, namespace, begun, endless))


def run_module(module: types.ModuleType, source: str) -> Failed | None:
    """Runs a source in a module that is there already; `Failed` where it is no Python."""
    file, namespace = _prepared(module, source)
    try:
        code = compile(source, file, "exec", dont_inherit=True)
    except BaseException as error:
        return failure(error, file)
    _run_at_one_go(source, code, namespace)
    return None


def run_cell(source: str, namespace: dict[str, Any]) -> None:
    """Runs a cell of a notebook. What it should have defined and did not raises why when it is called.

    Below a line that fails nothing is defined anew: as in a kernel, the earlier definition stands.
    """
    try:
        code = compile(source, namespace["__file__"], "exec", dont_inherit=True)
    except BaseException as error:
        for name in re.findall(r"^(?:async +)?(?:def|class) +(\w+)", source, re.MULTILINE):
            namespace.setdefault(name, NotDefined(error))
    else:
        _run_at_one_go(source, code, namespace, anew=False)


def _prepared(module: types.ModuleType, source: str) -> tuple[str, dict[str, Any]]:
    """What its file is called, and its namespace."""
    file, namespace = f"{module.__name__}.py", module.__dict__
    module.__file__ = file
    namespace["get_ipython"] = inert  # an exported notebook calls it for each magic
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return file, namespace


def _compiled(tree: ast.Module, file: str) -> Iterator[Step]:
    """Each statement with its code. What a file imports from the future holds for all statements below."""
    flags = 0
    for node in tree.body:
        code = compile(ast.Module([node], []), file, "exec", flags, dont_inherit=True)
        flags |= code.co_flags & _FUTURES
        yield node, code


def _run_at_one_go(source: str, code: types.CodeType, namespace: dict[str, Any], anew: bool = True) -> None:
    """Runs the code of a whole source; where it fails, goes on as if its statements had been run one by one."""
    try:
        exec(code, namespace)
    except BaseException as error:
        steps = list(_compiled(ast.parse(source), code.co_filename))
        reached = _reached([node for node, _ in steps], code)
        _stop(steps[reached:], code.co_filename, namespace, anew=anew, raised=error)


def _reached(statements: Sequence[ast.stmt], code: types.CodeType) -> int:
    """The place of the statement in which this code, that of all the statements, has just raised an error."""
    trace = sys.exc_info()[2]
    while trace and trace.tb_frame.f_code is not code:
        trace = trace.tb_next
    if trace is None:
        return 0
    line, _, column, _ = next(islice(code.co_positions(), trace.tb_lasti // 2, None))
    raised = line or trace.tb_lineno, sys.maxsize if column is None else column
    return max(0, sum(_start(node) <= raised for node in statements) - 1)


def _start(node: ast.stmt) -> tuple[int, int]:
    """Where a statement begins: line and column."""
    return min((each.lineno, each.col_offset) for each in (node, *getattr(node, "decorator_list", ())))


def _stop(
    steps: Sequence[Step],
    file: str,
    namespace: dict[str, Any],
    begun: Begun = lambda place: None,
    endless: Collection[StatementPlace] = (),
    anew: bool = True,
    raised: BaseException | None = None,
) -> Failed | None:
    """Runs the statements in order, and returns what stopped them.

    anew: whether a function below that is defined in the place of one that is there. raised: what the first of them
    has raised already.
    """
    stop: Failed | None = None
    cause: BaseException | None = None
    line = number = 0
    for node, code in steps:
        line, number = node.lineno, number + 1 if node.lineno == line else 0
        if cause and (not isinstance(node, DEFINITIONS) or (not anew and _is_there(node, namespace))):
            _raise_later(node, namespace, cause)
            continue
        try:
            if raised and node is steps[0][0]:
                raise raised
            if (line, number) in endless:
                raise RuntimeError(f"{file} was stopped at this line")
            if not _is_quick(node):
                begun((line, number))
            exec(code, namespace)
        except BaseException as error:
            failed = _at_own_level(failure(error, file), error, file)
            if isinstance(node, (ast.Import, ast.ImportFrom)) and isinstance(error, ImportError):
                stop = stop or (None if is_for_display(error) else failed)
                bind_missing(node, namespace, error)
                continue
            if cause is None:
                stop, cause = failed, error
            _raise_later(node, namespace, error)
    return stop


def _at_own_level(failed: Failed, error: BaseException, file: str) -> Failed:
    """The failure with the line of the file's own level, which may call a function further up."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == file and code.co_name == "<module>":
            return replace(failed, line=trace.tb_lineno)
        trace = trace.tb_next
    return failed


def _is_quick(node: ast.stmt) -> bool:
    """Whether a statement does nothing but define a function, which takes no time."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return not (node.decorator_list or node.args.defaults or any(node.args.kw_defaults))


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
