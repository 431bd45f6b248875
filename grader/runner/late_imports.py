"""What torch would import late, in processes that are the grader's own.

torch imports its compiler, `torch._dynamo`, and with it sympy, for the first optimiser, the first `vmap` and the first
`backward` of a vector: 2.5 seconds of processor time and 100 MB, for a yes or no that eager mode answers in a line. Of
a tensor of any other class it asks whether it is a `DTensor`, and imports `torch.distributed.tensor`: 1.5 seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import torch

COMPILER, SHAPES = "torch._dynamo", "torch.fx.experimental.symbolic_shapes"
DISTRIBUTED = "torch.distributed.tensor"


def avoid_late_imports() -> None:
    """Answers what torch asks of large modules in eager mode, without them.

    Whoever asks one of them for anything else gets the module itself, imported then. Not for a notebook's kernel: it
    belongs to somebody else.
    """
    _leave_distributed_out()
    compiled_autograd = SimpleNamespace(_disable=_no_compiler)
    _StandIn.put(COMPILER, disable=_disable, graph_break=_nothing, compiled_autograd=compiled_autograd)
    _StandIn.put(SHAPES, expect_true=_expect_true, sym_eq=_sym_eq)


class _StandIn(ModuleType):
    """Stands where a large module will be, and makes room for it when it is asked for what it does not have itself."""

    @staticmethod
    def put(name: str, **names: Any) -> None:
        """Puts one in the place of a module that is not there yet."""
        if name not in sys.modules:
            sys.modules[name] = stand_in = _StandIn(name)
            vars(stand_in).update(names)
            package, _, last = name.rpartition(".")
            setattr(sys.modules[package], last, stand_in)

    def __getattr__(self, wanted: str) -> Any:
        # `inspect` asks every module for its file and `unittest` for its warnings: that is no use of this one. A
        # package is asked for its path where somebody imports what lies in it.
        if wanted.startswith("__") and (wanted, self.__name__) != ("__path__", COMPILER):
            raise AttributeError(f"module {self.__name__!r} has no attribute {wanted!r}")
        return getattr(_itself(self.__name__), wanted)


def _itself(name: str) -> ModuleType:
    """The module itself, imported now unless it is there."""
    if isinstance(sys.modules.get(name), _StandIn):
        del sys.modules[name]
    return import_module(name)


def _disable(fn: Callable[..., Any] | None = None, recursive: bool = True, **options: object) -> Callable[..., Any]:
    """Marks a function as one that is not to be compiled: nothing is, before the compiler itself is there."""
    return (lambda decorated: decorated) if fn is None else fn


def _nothing(*arguments: object) -> None:
    """Ends a compiled part of a function: there is none."""


def _no_compiler() -> AbstractContextManager[None]:
    """Keeps the compiler of gradients off for a while: it is never on."""
    return nullcontext()


def _expect_true(condition: Any, skip: int = 0) -> bool:
    """Whether it holds; a condition on sizes that are symbols is for the module itself."""
    return condition if type(condition) is bool else _itself(SHAPES).expect_true(condition, skip + 1)


def _sym_eq(sizes: Any, others: Any) -> Any:
    """Whether sizes are equal, where they are numbers."""
    if all(type(size) is int for size in (*sizes, *others)):
        return tuple(sizes) == tuple(others)
    return _itself(SHAPES).sym_eq(sizes, others)


class _Other(torch.Tensor):
    """A tensor of another class."""

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return torch.empty(0)


def _leave_distributed_out() -> None:
    """Lets torch ask once, and find a class in that place that nothing is an instance of: it remembers the answer.

    Afterwards this process cannot compute with a `DTensor`, which one process alone never has. The module itself can
    still be imported.
    """
    if DISTRIBUTED in sys.modules:
        return
    stand_in = ModuleType(DISTRIBUTED)
    stand_in.DTensor = type("DTensor", (), {})  # type: ignore[attr-defined]
    sys.modules[DISTRIBUTED] = stand_in
    try:
        torch.empty(0).as_subclass(_Other).neg()
    finally:
        del sys.modules[DISTRIBUTED]
