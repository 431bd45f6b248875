"""The arguments of a question -> the partitions that they lie in.

It knows no exercise: only kinds of values, and four names that mean the same everywhere (dim, shape, lengths,
batch_size). The text of each partition is a clause that can be told to a student: "X has 4 axes".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from grader.keymaking.coverage.of_numbers import of_number, of_size
from grader.keymaking.coverage.of_tensors import of_tensor
from grader.keymaking.coverage.partition import Group, Partition
from grader.model.question import Question
from grader.model.value import Array, Dtype, Generator, Value, arrays_in

Given = Mapping[str, Value]


def partitions(question: Question, parameters: Sequence[str], optional: frozenset[str]) -> frozenset[Partition]:
    """Those of a question. parameters: the names of the function's, or its driver's. optional: those with defaults."""
    arguments = named(question, parameters)
    found = [each for name, value in arguments.items() for each in _of(name, value, arguments)]
    found += [Partition(f"{name} is left out", _left_out(name), name) for name in sorted(optional - set(arguments))]
    return frozenset((*found, *_together(arguments)))


def named(question: Question, parameters: Sequence[str]) -> Given:
    """The arguments by name."""
    return {parameters[key] if isinstance(key, int) else key: value for key, value in question.named.items()}


def _left_out(name: str) -> Group:
    return "flag" if name == "keepdim" else "small"


def _of(name: str, value: Value, arguments: Given) -> Iterator[Partition]:
    if isinstance(value, Array):
        yield from of_tensor(name, value)
    elif isinstance(value, bool):
        yield Partition(f"{name} is {value}", "flag", name)
    elif name in ("dim", "axis") and isinstance(value, int):
        yield from _of_axis(name, value, arguments)
    elif isinstance(value, (int, float)):
        sizes = [array.shape[0] for array in arrays_in(list(arguments.values())) if array.shape]
        yield from of_size(name, value, sizes[0]) if name == "batch_size" and sizes else of_number(name, value)
    elif isinstance(value, (tuple, list)) and all(isinstance(each, int) for each in value):
        yield from _of_shape(name, value, arguments)
    elif isinstance(value, (list, tuple, dict)):
        yield from _of_collection(name, value)
    elif isinstance(value, str):
        yield Partition(f"{name} is {value!r}", "small", name)
    elif isinstance(value, Generator):
        yield Partition(f"{name} is given", "small", name)
    elif isinstance(value, Dtype):
        yield Partition(f"{name} is {value.name}", "small", name)
    else:
        yield Partition(f"{name} is {value}", "small", name)


def _of_axis(name: str, axis: int, arguments: Given) -> Iterator[Partition]:
    X = next(arrays_in(list(arguments.values())), None)
    if X is None or not X.shape:
        return
    count = len(X.shape)
    place = axis % count
    yield Partition(f"{name} is {'negative' if axis < 0 else 'not negative'}", "sign", f"{name} sign")
    where = "the only" if count == 1 else {0: "the first", count - 1: "the last"}.get(place, "a middle")
    yield Partition(f"{name} is {where} axis", "place", f"{name} place")
    if count > 2 and place in (0, count - 1):  # of two axes one is the other's swap, and much that is wrong is right
        yield Partition(f"{name} is {where} of more than 2 axes", "other", f"{name} far")
    others = [size for at, size in enumerate(X.shape) if at != place]
    if X.shape[place] < 2:
        yield Partition(f"the size along {name} is {X.shape[place]}", "thin", f"{name} size")
    yield from (
        Partition(f"another axis has size {size}", "thin", f"others {size}") for size in (0, 1) if size in others
    )


def _of_shape(name: str, shape: Sequence[int], arguments: Given) -> Iterator[Partition]:
    yield Partition(f"{name} has {_counted(len(shape), 4, 'number')}", "small", f"{name} count")
    groups: tuple[tuple[int, Group], ...] = ((0, "thin"), (1, "other"))
    yield from (Partition(f"{name} holds {size}", group, f"{name} {size}") for size, group in groups if size in shape)
    X = next(arrays_in(list(arguments.values())), None)
    if name == "shape" and X is not None:
        missing = len(X.shape) - len(shape)
        yield Partition(
            f"{_counted(missing, 3, 'axis', 'axes')} in front {'is' if missing == 1 else 'are'} missing",
            "small",
            "missing",
        )
        stretched = sum(a == 1 != b for a, b in zip(shape[::-1], X.shape[::-1], strict=False))
        yield Partition(
            f"{_counted(stretched, 3, 'axis', 'axes')} {'was' if stretched == 1 else 'were'} stretched",
            "small",
            "stretched",
        )


def _of_collection(name: str, value: Value) -> Iterator[Partition]:
    items = list(value.values()) if isinstance(value, dict) else list(value)
    yield Partition(f"{name} has {_counted(len(items), 4, 'item')}", "small", f"{name} count")
    if all(isinstance(each, str) for each in items):
        yield from (Partition(f"{name} holds {each!r}", "other", f"{name} {each}") for each in items)
    for array in arrays_in(value):
        yield from (
            each._replace(group="other" if each.group == "precision" else each.group)
            for each in of_tensor(f"a tensor of {name}", array)
        )
    for number in (each for each in items if isinstance(each, float)):
        yield from of_number(f"a number of {name}", number)


def _together(arguments: Given) -> Iterator[Partition]:
    """What relates arguments to one another."""
    arrays = {name: value for name, value in arguments.items() if isinstance(value, Array)}
    if len({array.dtype for array in arrays.values() if array.is_float()}) > 1:
        yield Partition("two floating dtypes meet", "small", "dtypes")
    matrices = [(name, array.shape) for name, array in arrays.items() if len(array.shape) == 2]
    for (a, rows), (b, others) in pairwise(matrices):
        if rows[0] == others[0]:
            yield Partition(f"{a} and {b} have as many rows", "minor", f"{a} {b}")
    yield from _of_two_shapes(arguments)
    if "lengths" in arrays:
        yield from _of_lengths(arrays["lengths"], next(iter(arrays.values())))
    if "y" in arrays and arrays["y"].dtype == "int64" and matrices:
        classes = matrices[0][1][1]
        text = {1: "there is 1 class", 2: "there are 2 classes"}.get(classes, "there are more than 2 classes")
        yield Partition(text, "small", "classes")


def _of_lengths(lengths: Array, X: Array) -> Iterator[Partition]:
    steps, found = X.shape[1] if len(X.shape) > 1 else 0, lengths.numpy()
    for text, value in (("0", 0), ("all steps", steps)):
        if (found == value).any():
            yield Partition(f"a length is {text}", "small", f"length {text}")


def _of_two_shapes(arguments: Given) -> Iterator[Partition]:
    shapes = [(name, value) for name, value in arguments.items() if isinstance(value, tuple) and name != "shape"]
    if len(shapes) != 2 or not all(isinstance(size, int) for _, shape in shapes for size in shape):
        return
    (a, first), (b, second) = shapes
    text = "shorter than" if len(first) < len(second) else "longer than" if len(first) > len(second) else "as long as"
    yield Partition(f"{a} is {text} {b}", "small", "lengths")
    for one, other in zip(first[::-1], second[::-1], strict=False):
        sizes = sorted((one, other))
        text = (
            "two equal sizes"
            if one == other > 1
            else " and ".join(str(size) if size < 2 else "a larger size" for size in sizes)
        )
        yield Partition(f"{text} meet", "other", f"meet {text}")


def _counted(number: int, most: int, what: str, several: str = "") -> str:
    if number > most:
        return f"more than {most} {several or what + 's'}"
    return f"{number} {what if number == 1 else several or what + 's'}"
