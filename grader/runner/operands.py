"""An exception about sizes -> what met in the student's line, with the shapes.

Python remembers of a failed instruction where its expression stands. Names in it are still bound in the frame; an
operand that is computed, as in `X - X.mean(1)`, is computed once more if torch alone does that. It is the student's
process, and whatever goes wrong here costs nothing but the drawing.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from types import FrameType, ModuleType, TracebackType
from typing import Any

import torch

from grader.model.operand import INNER_SIZES, LONGEST, MAX_AXES, MOST, SIZES, Operand

ABOUT_SIZES = (*SIZES, *INNER_SIZES, "shape mismatch", "broadcast")
_HARMLESS = (
    ast.Expression, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Constant, ast.UnaryOp,
    ast.BinOp, ast.Compare, ast.Call, ast.keyword, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context,
)  # fmt: skip
_TORCH = (type(torch.add), type(torch.Tensor.add), type(torch.ones(0).add))
_Span = tuple[int, int, int, int]


def operands(error: BaseException, text: str, file: str) -> tuple[Operand, ...]:
    """The tensors that met, in the order of the source; nothing where that cannot be told. text: the exception's."""
    if not any(words in text for words in ABOUT_SIZES):
        return ()
    try:
        last = _last_frame(error.__traceback__, file)
        if last is None:
            return ()
        sides = _sides(_expression(file, _place(last)))
        return tuple(islice(_with_shapes(sides, last.tb_frame, _source(file)), MOST))
    except BaseException:  # a tensor may be of a class of the student's, whose methods raise what they like
        return ()


def _last_frame(trace: TracebackType | None, file: str) -> TracebackType | None:
    """Where the student's own code was at last."""
    last = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            last = trace
        trace = trace.tb_next
    return last


def _source(file: str) -> str:
    return "".join(linecache.getlines(file))


def _place(trace: TracebackType) -> _Span | None:
    """First and last line, first and last column of the instruction that failed."""
    places = islice(trace.tb_frame.f_code.co_positions(), trace.tb_lasti // 2, None)
    line, end_line, column, end_column = next(places)
    known = line is not None and end_line is not None and column is not None and end_column is not None
    return (line, end_line, column, end_column) if known else None  # type: ignore[return-value]


@lru_cache(maxsize=8)
def _parts(source: str) -> tuple[ast.expr | ast.stmt, ...]:
    """All statements and expressions, the larger ones first."""
    return tuple(node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.expr, ast.stmt)))


def _expression(file: str, place: _Span | None) -> ast.AST | None:
    """The largest expression or statement that stands just there; of an assignment's target the assignment."""
    for node in _parts(_source(file)):
        stands = node.targets[0] if isinstance(node, ast.Assign) else node
        if (stands.lineno, stands.end_lineno, stands.col_offset, stands.end_col_offset) == place:
            return node
    return None


def _sides(node: ast.AST | None) -> list[ast.expr]:
    match node:
        case ast.BinOp(left, _, right):
            return [left, right]
        case ast.AugAssign(target, _, value):
            return [target, value]
        case ast.Compare(left, _, comparators):
            return [left, *comparators]
        case ast.Assign([ast.Subscript() as target], value):
            return [target, value]
        case ast.Call(ast.Attribute(receiver, _), arguments, keywords):
            return [receiver, *arguments, *(keyword.value for keyword in keywords)]
        case ast.Call(_, arguments, keywords):
            return [*arguments, *(keyword.value for keyword in keywords)]
    return []


def _with_shapes(sides: list[ast.expr], frame: FrameType, source: str) -> Iterator[Operand]:
    for side in sides:
        value = _value(side, frame)
        if isinstance(value, torch.Tensor):
            text = " ".join((ast.get_source_segment(source, side) or "").split())
            yield Operand(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…", tuple(value.shape)[:MAX_AXES])


def _value(side: ast.expr, frame: FrameType) -> Any:
    """What an operand is; None where that could do anything but compute."""
    if not all(isinstance(node, _HARMLESS) and not _runs_other_code(node, frame) for node in ast.walk(side)):
        return None
    loaded = ast.fix_missing_locations(ast.Expression(_as_value(side)))
    with torch.no_grad():
        return eval(compile(loaded, "<operand>", "eval"), frame.f_globals, frame.f_locals)


def _runs_other_code(node: ast.AST, frame: FrameType) -> bool:
    """Whether it calls anything but a function or a method of torch that changes nothing, or asks for a property."""
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, frame)
        known = isinstance(owner, (torch.Tensor, torch.nn.Module, ModuleType))
        return not known and node.attr not in getattr(owner, "__dict__", ())
    if not isinstance(node, ast.Call):
        return False
    in_place = isinstance(node.func, ast.Attribute) and node.func.attr.endswith("_")
    if in_place or any(keyword.arg == "out" for keyword in node.keywords):
        return True
    return not isinstance(_value(node.func, frame), _TORCH)


def _as_value(side: ast.expr) -> ast.expr:
    """The target of an assignment as an expression that is read."""
    if isinstance(side, (ast.Name, ast.Attribute, ast.Subscript)):
        fields = {name: getattr(side, name) for name in side._fields}
        return type(side)(**{**fields, "ctx": ast.Load()})
    return side
