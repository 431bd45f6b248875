"""Values as a student would write them: short, with just enough digits."""

from __future__ import annotations

import math
import re

import numpy as np

from grader.model.digits import number_text
from grader.model.keys.key import ExerciseKey
from grader.model.question import Question
from grader.model.value import Array, Device, Dtype, Generator, Value

MOST_ITEMS = 8
MOST_COLUMNS = 4
MOST_ROWS = 2
MOST_WHOLE = 12
FEW = 4
MOST_TEXT = 60
_PARAMETER = re.compile(r"(?:^|, )\*{0,2}(\w+)")


def call_text(key: ExerciseKey, question: Question) -> str:
    """The call as a student would type it; at most two tensors in full, the rest by shape.

    What a driver is given may be nothing that the function has a parameter for: then all of it is said by name.
    """
    names = {place: parameter_name(key, place) for place in question.named}
    is_call = not key.driver or set(names.values()) <= set(_PARAMETER.findall(key.signature))
    shown = 0
    parts = []
    for place, value in question.named.items():
        shown += isinstance(value, Array)
        text = value_text(value, brief=shown > 2 and not (isinstance(value, Array) and math.prod(value.shape) <= FEW))
        parts.append(text if isinstance(place, int) and is_call else f"{names[place]}={text}")
    arguments = ", ".join(parts)
    return f"{key.function}({arguments})" if is_call else f"{key.function}, tried with {arguments}"


def parameter_name(key: ExerciseKey, place: int | str) -> str:
    """What an argument is called in the place that it has."""
    if isinstance(place, str):
        return place
    return key.parameters[place] if place < len(key.parameters) else f"argument {place}"


def value_text(value: Value, *, brief: bool = False) -> str:
    """A value as Python would show it, shortened."""
    match value:
        case Array():
            return array_text(value, brief=brief)
        case Dtype(name):
            return f"torch.{name}"
        case Device(name):
            return f"torch.device({name!r})"
        case Generator(seed, "numpy"):
            return f"np.random.default_rng({seed})"
        case Generator(seed):
            return f"torch.Generator().manual_seed({seed})"
        case float():
            return number_text(value) if math.isfinite(value) else f"float('{value}')"
        case str():
            return repr(value[:MOST_TEXT])
        case list() | tuple():
            most = MOST_ITEMS if all(isinstance(item, int | float | str | None) for item in value) else MOST_COLUMNS
            items = [value_text(item, brief=brief or len(value) > 2) for item in value[:most]]
            return _enclosed(items + ["…"] * (len(value) > most), value)
        case dict():
            return "{" + ", ".join(f"{key!r}: {value_text(item, brief=True)}" for key, item in value.items()) + "}"
    return repr(value)


def _enclosed(items: list[str], value: list[Value] | tuple[Value, ...]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(items)}]"
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def array_text(array: Array, *, brief: bool = False) -> str:
    """`tensor([[1000.31, 999.12, …], …])`; brief: `tensor of shape (3, 4)`. One of NumPy's is called an array."""
    name, full = ("tensor", "torch.full") if array.library == "torch" else ("array", "np.full")
    if brief or 0 in array.shape:
        return f"{name} of shape {array.shape}"
    numbers = array.numpy()
    if numbers.size > FEW and bool((numbers == numbers.flat[0]).all()):
        return f"{full}({array.shape}, {number_text(numbers.flat[0].item())})"
    return f"{name}({_nested(numbers, whole=numbers.size <= MOST_WHOLE)})"


def _nested(numbers: np.ndarray, whole: bool) -> str:
    if numbers.ndim == 0:
        item = numbers.item()
        return f"{item:.6g}" if isinstance(item, float) else str(item)
    most = len(numbers) if whole else MOST_COLUMNS if numbers.ndim == 1 else MOST_ROWS
    items = [_nested(each, whole) for each in numbers[:most]]
    return f"[{', '.join(items + ['…'] * (len(numbers) > most))}]"
