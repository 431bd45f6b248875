"""What is behind a failure, where exception and source tell: the mistakes that beginners make in any exercise."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from grader.grading.causes.source_causes import (
    Told,
    calls,
    makes_a_number,
    of_compared_pair,
    of_detachment,
    of_none,
    of_uncalled,
)
from grader.grading.source_state import (
    NOT_IMPLEMENTED,
    NOTHING,
    function_at,
    function_named,
    not_implemented,
)
from grader.intake.notebook import Notebook
from grader.intake.references import references, unwritten_among
from grader.model.fact import Fact
from grader.model.keys.key import ExerciseKey
from grader.model.operand import INNER_SIZES, SIZES
from grader.model.question import DEVICE_ERROR
from grader.model.result import CheckResult, ExerciseResult
from grader.model.vocabulary import Cause

RAISED_KINDS = ("raised", "always_raised")
FORM_KINDS = ("type", "one_for_several", "shape", "form")
LAZY = ("map", "filter", "zip", "generator", "dict_values", "dict_keys", "range", "reversed", "enumerate")
FUNCTIONS = ("builtin_function_or_method", "method", "function")
NEARLY_RIGHT = (1e-10, 1e-5)
"""Relative errors that single precision leaves behind in a calculation in float64."""

NOT_IN_THEIR_LINE: tuple[Cause, ...] = ("signature", "assertion")
"""Causes of exceptions that are not in the line where they were raised, or that say it."""
LONGEST_LINE = 100


def with_causes(
    result: ExerciseResult,
    key: ExerciseKey,
    source: str,
    notebook: Notebook | None = None,
    own: Mapping[str, str] = MappingProxyType({}),
) -> ExerciseResult:
    """The same result, in which failed checks say what is behind them. Of hidden cases nothing is told.

    The line of a failure in a notebook counts in its cell, and nobody knows in which: nothing is looked up by it. own:
    the student's own modules, which the source may import.
    """
    function = function_named(source, key.function)
    by_line = "" if notebook else source
    unwritten = _unwritten_helper(key, source, notebook, own)
    checks = (_of_unwritten(check, unwritten, function) for check in result.checks)
    return replace(result, checks=tuple(_with_cause(check, key, by_line, function, notebook) for check in checks))


def _unwritten_helper(key: ExerciseKey, source: str, notebook: Notebook | None, own: Mapping[str, str]) -> Fact | None:
    """That a function calls one that is not written yet; the line is told where it is in the same file."""
    sources = {**own, key.topic: source}
    unwritten = unwritten_among(sources, references(sources, (key.topic, key.function)))
    if unwritten is None:
        return None
    (module, name), line = unwritten
    here = notebook.line_in_cell(line) if notebook else line
    return Fact("needs_unwritten", functions=(name,), line=here if module == key.topic else None)


def _of_unwritten(check: CheckResult, unwritten: Fact | None, function: ast.AST | None) -> CheckResult:
    """The check with the helper that is not written yet, where it failed since that gave nothing, or raised."""
    fact = check.fact
    if unwritten is None or fact is None or fact.kind_only:
        return check
    if fact.kind in RAISED_KINDS:
        raised_there = fact.error == NOT_IMPLEMENTED and fact.line == unwritten.line
        is_behind = NOTHING in fact.text or raised_there
    else:
        is_behind = fact.kind in FORM_KINDS and str(fact.got) == "None" and _returns_something(function)
    if not is_behind:
        return check
    told = replace(unwritten, call=fact.call if fact.kind != "always_raised" else "")
    return replace(check, fact=told, full_fact=told if check.full_fact is fact else check.full_fact)


def _returns_something(function: ast.AST | None) -> bool:
    """Whether a function returns, at its end, what something else has given it."""
    return function is not None and of_none(function)[0] == "returned_none"


def _with_cause(
    check: CheckResult, key: ExerciseKey, source: str, function: ast.AST | None, notebook: Notebook | None
) -> CheckResult:
    if check.fact is None or check.fact.kind_only:
        return check
    fact = _known(check.fact, check.dtype, key, source, function)
    if notebook and fact.line and not check.fact.line:
        fact = replace(fact, line=notebook.line_in_cell(fact.line))  # it was found in the text of all cells
    return replace(check, fact=fact, full_fact=fact if check.full_fact is check.fact else check.full_fact)


def _known(fact: Fact, dtype: str | None, key: ExerciseKey, source: str, function: ast.AST | None) -> Fact:
    """The fact with what is behind it."""
    if fact.error == NOT_IMPLEMENTED and fact.kind == "raised":
        return _of_what_is_open(fact, key, source)
    told = _of_order(key, function) or _cause(fact, dtype, key, source, function)
    if told is not None:
        cause, functions, line = told
        fact = replace(fact, cause=cause, functions=functions, line=fact.line or line)
    is_raised = fact.kind in RAISED_KINDS and fact.error != DEVICE_ERROR and fact.cause not in NOT_IN_THEIR_LINE
    return replace(fact, source=_line(source, fact.line)) if is_raised or fact.cause == "uncalled" else fact


def _line(source: str, line: int | None) -> str:
    """A line of the source, without its margin."""
    lines = source.splitlines()
    return lines[line - 1].strip()[:LONGEST_LINE] if line and line <= len(lines) else ""


def _of_what_is_open(fact: Fact, key: ExerciseKey, source: str) -> Fact:
    """A call that ended in a student's own NotImplementedError: of a helper, or of one way through the function."""
    why = not_implemented(fact.error, fact.line, key.function, source)
    if why is None:
        return fact
    return replace(fact, cause="open_branch") if why.kind == "raise_left" else replace(why, call=fact.call)


def _of_order(key: ExerciseKey, function: ast.AST | None) -> Told | None:
    """Parameters of the right names in another order: nobody calls them by name."""
    if not isinstance(function, ast.FunctionDef):
        return None
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    if names == list(key.parameters) or sorted(names) != sorted(key.parameters):
        return None
    return "signature", (_right_signature(key),), function.lineno


def _right_signature(key: ExerciseKey) -> str:
    return f"{key.function}({key.signature or ', '.join(key.parameters)})"


def _cause(fact: Fact, dtype: str | None, key: ExerciseKey, source: str, function: ast.AST | None) -> Told | None:
    if fact.kind in RAISED_KINDS:
        return _of_exception(fact, key, source)
    if fact.kind in FORM_KINDS:
        return _of_form(fact, function)
    if fact.kind == "detached" and function is not None:
        return of_detachment(function)
    if fact.kind == "value" and dtype == "float64" and _is_nearly_right(fact):
        return "single_precision", (), None
    return None


BY_TEXT: tuple[tuple[str, Cause], ...] = (
    ("Boolean value of Tensor with more than one value", "truth_value"),
    ("can be implicitly created only for scalar outputs", "several_outputs"),
    ("backward through the graph a second time", "graph_freed"),
    ("does not require grad and does not have a grad_fn", "no_graph"),
    ("Complex", "complex"),
    ("builtin_function_or_method", "uncalled"),
    (NOTHING, "none_used"),
)
"""What torch and Python say -> what is behind it, in any exercise."""


def _by_text(text: str) -> Cause | None:
    """What the text of an exception tells by itself."""
    if any(words in text for words in INNER_SIZES):
        return "inner_sizes"
    if any(words in text for words in SIZES):
        return "sizes"
    return next((cause for words, cause in BY_TEXT if words in text), None)


def _of_exception(fact: Fact, key: ExerciseKey, source: str) -> Told | None:
    text = fact.text
    if fact.error == "AssertionError" and (due := next(filter(None, (entry.raises for entry in key.entries)), "")):
        return "assertion", (due,), None
    if fact.error == "TypeError" and text.startswith(f"{key.function}() "):
        return "signature", (_right_signature(key),), None
    if "torch.return_types." in text:
        return "pair_as_tensor", (text.partition("torch.return_types.")[2].partition("'")[0].split()[0],), None
    if "CUDA" in text and fact.error in ("AssertionError", "RuntimeError"):
        return "cuda", (), None
    if "numpy()" in text and "requires grad" in text:
        return "numpy", (), None
    helper = function_at(source, fact.line) if fact.line else None
    if helper is not None and helper.name != key.function:
        return "in_helper", (helper.name,), None
    if text.startswith("'bool' object has no attribute") and helper is not None:
        return of_compared_pair(helper)
    cause = _by_text(text)
    return (cause, (), None) if cause else None


def _of_form(fact: Fact, function: ast.AST | None) -> Told | None:
    got = str(fact.got)
    if got == "None":
        return of_none(function) if function is not None else None
    if got in FUNCTIONS and function is not None:
        return of_uncalled(function)
    if got == "tuple" and function is not None:
        return next((("tuple_of_gradients", (), line) for name, line in calls(function) if name == "grad"), None)
    if got in LAZY:
        return "lazy", (got,), None
    if fact.kind == "one_for_several" or function is None:
        return None
    if got.startswith("numpy.") and fact.expected == "tensor":
        return "numpy_array", (), None
    if got == "list" and fact.expected == "tensor":
        return "list", (), None
    if (got in ("float", "int") and fact.expected == "tensor") or fact.kind == "form":
        return next((("number", (name,), line) for name, line in calls(function) if makes_a_number(name)), None)
    return None


def _is_nearly_right(fact: Fact) -> bool:
    expected, got = fact.expected, fact.got
    if not (isinstance(expected, float) and isinstance(got, float) and math.isfinite(expected) and math.isfinite(got)):
        return False
    least, most = NEARLY_RIGHT
    return expected != 0 and least < abs(got - expected) / abs(expected) < most
