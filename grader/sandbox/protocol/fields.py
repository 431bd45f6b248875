"""What stands in a header, name by name, read as what it has to be: whoever has sent it is not trusted.

A reader is given what was found under a name, that name and the frame's arrays, and raises `WireError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from grader.model.encoding import NotAValue, decode
from grader.model.printable import clean
from grader.model.value import Array
from grader.sandbox.protocol.frames import WireError

MAX_MESSAGE = 2_000
MAX_NAME = 200
MAX_NAMES = 1_000
MAX_LINES = 1 << 20  # a source has at most so many bytes

Tree = dict[str, Any]
FieldReader = Callable[[Any, str, list[Array]], Any]
T = TypeVar("T")


def parts(tree: Tree, readers: Mapping[str, FieldReader], arrays: list[Array]) -> dict[str, Any]:
    """What is there, read; the rest was left out because it is empty."""
    return {name: read(tree[name], name, arrays) for name, read in readers.items() if name in tree}


def field(tree: Tree, name: str, kind: type[T]) -> T:
    """What stands in a tree under a name, of this very kind."""
    return of(tree.get(name), name, kind)


def of(found: Any, name: str, kind: type[T]) -> T:
    if type(found) is not kind:
        raise WireError(f"a malformed {name}")
    return found


def integer(found: Any, name: str, _: object = None) -> int:
    if type(found) is not int or not -(2**63) <= found < 2**63:
        raise WireError(f"{name} that is not a number")
    return found


def line(found: Any) -> int | None:
    """A line of a file, if a file can have so many."""
    return None if found is None or not 0 < integer(found, "a line") <= MAX_LINES else int(found)


def text(found: Any, name: str, _: object = None) -> str:
    return of(found, name, str)


def flag(found: Any, name: str, _: object = None) -> bool:
    return of(found, name, bool)


def names(found: Any, name: str, _: object = None) -> tuple[str, ...]:
    if len(of(found, name, list)) > MAX_NAMES or not all(isinstance(each, str) for each in found):
        raise WireError(f"malformed {name}")
    return tuple(found)


def shown_names(found: Any, name: str, _: object = None) -> tuple[str, ...]:
    """Names that are fit to be shown."""
    return tuple(clean(each[:MAX_NAME]) for each in names(found, name))


def each(read: Callable[[Any], Any], most: int | None = None) -> FieldReader:
    """A reader of a list, or of the first so many of it."""
    return lambda found, name, _: tuple(map(read, of(found, name, list)[:most]))


def tuple_of(*kinds: type) -> FieldReader:
    """A reader of a tuple of values, if those are of one of these kinds."""

    def read(found: Any, name: str, arrays: list[Array]) -> tuple[Any, ...]:
        values = _value(found, arrays)
        if not isinstance(values, tuple) or (kinds and not all(isinstance(item, kinds) for item in values)):
            raise WireError(f"malformed {name}")
        return values

    return read


def named(found: Any, name: str, arrays: list[Array]) -> dict[str, Any]:
    """Values by their names."""
    values = _value(found, arrays)
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise WireError(f"malformed {name}")
    return values


def _value(tree: Any, arrays: list[Array]) -> Any:
    try:
        return decode(tree, arrays)
    except NotAValue as error:
        raise WireError(str(error)) from None
