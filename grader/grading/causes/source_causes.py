"""What the source of a function tells of a failure: what it returns, what it calls, what cuts its answer off."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.intake.finding.definitions import own_nodes
from grader.model.vocabulary import Cause

CUTS = ("detach", "no_grad", "inference_mode", "data")
NEW_TENSORS = ("tensor", "Tensor", "FloatTensor")
NUMBERS = ("item", "float", "int")
MATH = "math."
PAIRS = ("max", "min", "median", "mode", "sort", "topk", "kthvalue", "cummax", "cummin")
"""Methods that return values and indices when they are given an axis."""

Told = tuple[Cause, tuple[str, ...], int | None]
"""A cause, the names that it speaks of, and the line."""


def of_none(function: ast.AST) -> Told:
    """None came back: nothing is returned at all, the answer is printed, one way through does not return, or what is
    returned is None."""
    returns = [node for node in own_nodes(function) if isinstance(node, ast.Return) and node.value is not None]
    if returns and isinstance(function, ast.FunctionDef) and not _reaches_its_end(function.body):
        last = max(returns, key=lambda node: node.lineno)
        is_grad = isinstance(last.value, ast.Attribute) and last.value.attr == "grad"
        return ("no_grad_attribute" if is_grad else "returned_none"), (), last.lineno
    if returns:
        return "some_return", (), None
    printed = next((line for name, line in calls(function) if name == "print"), None)
    return ("printed", (), printed) if printed else ("no_return", (), None)


def of_uncalled(function: ast.AST) -> Told:
    """A function came back: the last one that is returned without being called."""
    returned = [node for node in own_nodes(function) if isinstance(node, ast.Return)]
    named = [node for node in returned if isinstance(node.value, (ast.Attribute, ast.Name))]
    if not named:
        return "uncalled", (), None
    last = max(named, key=lambda node: node.lineno)
    name = last.value.attr if isinstance(last.value, ast.Attribute) else getattr(last.value, "id", "")
    return "uncalled", (name,), last.lineno


def of_detachment(function: ast.AST) -> Told | None:
    """The first thing in the function that cuts an answer off from what it was computed from."""
    for name, line in calls(function):
        if name in NEW_TENSORS:
            return "new_tensor", (name,), line
        if name in CUTS:
            return "cut", (name,), line
        if name in ("numpy", "from_numpy", "array", "asarray"):
            return "numpy", (), line
        if name in ("item", "tolist") or name.startswith(MATH):
            return "number", (name,), line
    # Of a tensor it is the same tensor, of a list a new one: it is blamed where nothing else is to blame.
    return next((("new_tensor", (name,), line) for name, line in calls(function) if name == "as_tensor"), None)


def of_compared_pair(function: ast.AST) -> Told | None:
    """What gives a pair, (values, indices), where something is compared: with that, nothing is equal."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given: ast.expr = node.value
        elif isinstance(node, ast.Compare):
            given = node.left
        else:
            continue
        if isinstance(given, ast.Call) and given.args + given.keywords and _called_name(given.func) in PAIRS:
            return "pair_as_tensor", (_called_name(given.func),), None
    return None


def makes_a_number(name: str) -> bool:
    return name in NUMBERS or name.startswith(MATH)


def calls(function: ast.AST) -> Iterator[tuple[str, int]]:
    """What a function calls, with the line, in the order of the source; and `.data`."""
    called: list[tuple[str, int]] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called.append((_called_name(node.func), node.lineno))
        elif isinstance(node, ast.Attribute) and node.attr == "data":
            called.append(("data", node.lineno))
    return iter(sorted(called, key=lambda call: call[1]))


def _called_name(function: ast.expr) -> str:
    """Its last name; of what the module `math` has, with the module's."""
    if not isinstance(function, ast.Attribute):
        return getattr(function, "id", "")
    of_math = isinstance(function.value, ast.Name) and function.value.id == "math"
    return f"{MATH}{function.attr}" if of_math else function.attr


def _reaches_its_end(body: list[ast.stmt]) -> bool:
    """Whether some way may lead to the end of these statements; where nobody knows, it may."""
    match body[-1]:
        case ast.Return() | ast.Raise():
            return False
        case ast.If(orelse=otherwise) as last if otherwise:
            return _reaches_its_end(last.body) or _reaches_its_end(otherwise)
        case ast.With() as last:
            return _reaches_its_end(last.body)
    return True
