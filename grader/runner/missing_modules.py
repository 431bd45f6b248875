"""Modules that are not installed here, and those that a student has handed in beside a topic.

What only shows something counts for nothing, installed or not: matplotlib and IPython are replaced by something that
does nothing, so that a function which does not draw costs nothing, and a mark does not hang on what else this machine
has. Any other module that is missing fails where it is used, not where it is imported. Own modules are imported from
memory, and never in the place of one that is installed.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

from grader.model.question import Failed

FOR_DISPLAY = frozenset(("matplotlib", "matplotlib_inline", "mpl_toolkits", "seaborn", "IPython", "ipywidgets"))
RunSource = Callable[[types.ModuleType, str], object]


class Inert:
    """Whatever is done with it does nothing and gives it again. Unpacked, it is a figure and its axes."""

    def __call__(self, *args: object, **kwargs: object) -> Inert:
        return self

    def __getattr__(self, name: str) -> Inert:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: object) -> Inert:
        return self

    def __iter__(self) -> Iterator[Inert]:
        return iter((self, self))

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __len__(self) -> int:
        return 2

    def __contains__(self, item: object) -> bool:
        return False

    def __enter__(self) -> Inert:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __format__(self, form: str) -> str:
        return ""

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (type("InertBase", (InertBase,), {}),)  # one of its own for each, since no class may be a base twice

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, InertBase)

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, InertBase)

    def __or__(self, other: object) -> Inert:
        return self

    __ror__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __or__


class InertBase:
    """What a class inherits from that is derived from something inert: any method of it does nothing."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __getattr__(self, name: str) -> Inert:
        return getattr(inert, name)  # type: ignore[no-any-return]


inert = Inert()


class Missing:
    """Stands for what could not be imported: raises why as soon as it is used."""

    def __init__(self, error: ImportError) -> None:
        self.__dict__["error"] = error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self.__dict__["error"].with_traceback(None)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        raise self.__dict__["error"].with_traceback(None)


@dataclass(frozen=True)
class NotDefined:
    """Stands where a function should have been defined and was not; says why when it is called."""

    error: BaseException

    def __call__(self, *args: object, **kwargs: object) -> None:
        raise self.error


def not_there(function: object) -> BaseException | None:
    """Why a function could not be defined or imported; None where it was."""
    if isinstance(function, NotDefined):
        return function.error
    return function.__dict__["error"] if type(function) is Missing else None


def is_for_display(error: ImportError) -> bool:
    """Whether what is missing only draws."""
    return (error.name or "").partition(".")[0] in FOR_DISPLAY


def bind_missing(node: ast.Import | ast.ImportFrom, namespace: dict[str, Any], error: ImportError) -> None:
    """Binds the names of an import that failed."""
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        if name != "*":
            namespace.setdefault(name, inert if is_for_display(error) else Missing(error))


class DrawingModules(MetaPathFinder, Loader):
    """Gives modules of which everything is inert in the place of those that show, before any that is installed."""

    def install(self) -> None:
        sys.meta_path.insert(0, self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in FOR_DISPLAY else None

    def exec_module(self, module: types.ModuleType) -> None:
        module.__getattr__ = inert.__getattr__  # type: ignore[method-assign]


class OwnModules(MetaPathFinder, Loader):
    """Finds what was handed in beside a topic, after everything that is installed."""

    def __init__(self, sources: Mapping[str, str], run: RunSource) -> None:
        self._sources = sources
        self._run = run

    def install(self) -> None:
        """From now on they can be imported."""
        sys.meta_path.append(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        inside = any(other.startswith(f"{name}.") for other in self._sources)
        return ModuleSpec(name, self, is_package=inside) if inside or name in self._sources else None

    def exec_module(self, module: types.ModuleType) -> None:
        """Runs it as a topic's file is run. Raises `ImportError` where it is no Python."""
        failed = self._run(module, self._sources.get(module.__name__, ""))
        if isinstance(failed, Failed):
            where = f" (line {failed.line})" if failed.line else ""
            raise ImportError(f"{module.__name__}.py cannot be run: {failed.message}{where}")
