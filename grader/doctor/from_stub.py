"""What a stub allows by its own words: signature and docstring -> partitions that its domain must draw.

Only what can be read without doubt is read: axes, sizes 0, dtypes, signs of an axis, flags, defaults, ends of a range,
infinities. Relations between arguments and magnitudes of numbers are the author's to think of.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.course.page import FLOATING, IN_NUMPY

MOST_AXES = 4
TENSORS = ("Tensor", "torch.Tensor")
ARRAYS = (*TENSORS, "np.ndarray", "numpy.ndarray", "ndarray", "NDArray")
SECTION = re.compile(r"^ *(Args|Returns|Raises):\s*$")
ARGUMENT = re.compile(r"^ {4,8}(\w+(?:, \w+)*): (.*)$")
SHAPE = re.compile(r"\(((?:\w+, ?)*\w*)\)")


@dataclass(frozen=True)
class Argument:
    """One argument as a stub has it; `text` is its line of the docstring."""

    name: str
    annotation: str
    default: str | None
    text: str


def arguments(stub: ast.FunctionDef) -> tuple[Argument, ...]:
    """The arguments of a stub."""
    given = (*stub.args.posonlyargs, *stub.args.args, *stub.args.kwonlyargs)
    places = [*stub.args.posonlyargs, *stub.args.args]
    defaults: dict[str, str] = {}
    behind = places[len(places) - len(stub.args.defaults) :] if stub.args.defaults else []
    defaults |= {each.arg: ast.unparse(value) for each, value in zip(behind, stub.args.defaults, strict=True)}
    defaults |= {
        each.arg: ast.unparse(value)
        for each, value in zip(stub.args.kwonlyargs, stub.args.kw_defaults, strict=True)
        if value is not None
    }
    texts = described(ast.get_docstring(stub) or "")
    return tuple(
        Argument(
            each.arg,
            ast.unparse(each.annotation) if each.annotation else "",
            defaults.get(each.arg),
            texts.get(each.arg, ""),
        )
        for each in given
    )


def described(doc: str) -> Mapping[str, str]:
    """The words of a docstring about each argument."""
    texts: dict[str, str] = {}
    names: list[str] = []
    inside = False
    for line in doc.splitlines():
        if found := SECTION.match(line):
            inside, names = found[1] == "Args", []
        elif inside and (found := ARGUMENT.match(line)):
            names = found[1].split(", ")
            texts |= dict.fromkeys(names, found[2])
        elif inside:
            texts |= {name: f"{texts[name]} {line.strip()}" for name in names}
    return texts


def allowed(stub: ast.FunctionDef) -> Iterator[str]:
    """The texts of partitions that the stub allows."""
    given = arguments(stub)
    along = any(each.name == "dim" for each in given)
    for each in given:
        if each.annotation in ARRAYS:
            yield from _of_tensor(each, along)
        elif each.annotation == "bool":
            yield from (f"{each.name} is {value}" for value in (True, False))
        elif each.name == "dim":
            yield f"{each.name} is not negative"
            if "may be negative" in each.text:
                yield f"{each.name} is negative"
        elif each.annotation in ("float", "int"):
            yield from _of_number(each)
        if "None" in each.annotation.split(" | "):
            yield f"{each.name} is None"
        if each.default is not None:
            yield f"{each.name} is left out"


def _of_tensor(given: Argument, along: bool) -> Iterator[str]:
    name, text = given.name, given.text
    if "any shape" in text:
        least = 1 if along or "at least one axis" in text else 0
        yield from (f"{name} has {count} {'axis' if count == 1 else 'axes'}" for count in range(least, MOST_AXES + 1))
    elif shape := SHAPE.search(text):
        count = len([size for size in shape[1].split(",") if size.strip()])
        if "..." not in text:
            yield f"{name} has {count} {'axis' if count == 1 else 'axes'}"
    if re.search(r"may be empty|also empty|sizes may be 0|may be 0[;.,)]", text):
        yield f"{name} has an axis of size 0"
    if re.search(r"(any |and )?floating dtype", text) and "apart" not in text:
        known = FLOATING if given.annotation in TENSORS else IN_NUMPY
        yield from (f"{name} is {dtype}" for dtype in known)
    if re.search(r"entries may be -inf", text):
        yield f"{name} holds -inf"


def _of_number(given: Argument) -> Iterator[str]:
    name, text = given.name, given.text
    ends = re.search(r"0 <= \w+ (<=?) 1\b|\b0 to 1\b", text)
    if ends:
        yield f"{name} is 0"
        if ends[1] != "<":
            yield f"{name} is 1"
        yield from (f"{name} lies between {low} and {high}" for low, high in (("0.1", "0.9"), ("0.9", "1")))
        yield f"{name} is 0.5"
    if "may be an int" in text:
        yield f"{name} is an int"
    if 'float("inf")' in text:
        yield f"{name} is inf"
    if least := re.search(r"at least (0|1)\b", text):
        yield f"{name} is {least[1]}"
