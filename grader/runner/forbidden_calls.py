"""Whether a student's file calls what is forbidden, by whatever name. Three layers, for each alone can be got round:

* functions: torch's function mode knows the names that students write, `torch.nn.functional.softmax`;
* operators: a dispatch mode sees what runs in the end, behind aliases, in TorchScript, inside a module. It also sees
  autograd at work, and tells the student's call of it from code that autograd calls;
* calls: Python's profile hook sees every function of a library that a line of the file calls, of NumPy and SciPy too,
  whatever it is called there and whichever modes are switched off.

All of it runs in the student's process, so that a determined student can get round it; docs/rules.md says how far.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode

from grader.model.forbidden import LIBRARIES, all_names, canonical

MAX_CALLS = 20
LAYERS = ("functions", "operators", "calls")
_AUTOGRAD = "_engine_run_backward"

Note = Callable[[tuple[str, ...], FrameType | None], None]


class Watch:
    """Notes forbidden calls that come from the student's file, with their line."""

    def __init__(self, forbid: tuple[str, ...], file: str, layers: Iterable[str] = LAYERS) -> None:
        self._forbid = forbid
        self._file = file
        self._layers = tuple(layers)
        self._noted: dict[int, str] = {}
        self._open = ExitStack()

    def calls(self) -> tuple[tuple[str, int | None], ...]:
        """Lists the forbidden functions that were called, each once for each line."""
        return tuple((name, line) for line, name in self._noted.items())[:MAX_CALLS]

    def note(self, names: tuple[str, ...], frame: FrameType | None) -> None:
        """A call by these names: forbidden if one of them is, and if the student's file is behind it."""
        forbidden = _forbidden(names, self._forbid)
        if forbidden and (line := _line_in(self._file, frame)) is not None:
            self._noted.setdefault(line, forbidden)

    def __enter__(self) -> Watch:
        for layer in self._layers:
            self._open.enter_context(_PARTS[layer](self.note, self._file))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


@cache
def _forbidden(names: tuple[str, ...], forbid: tuple[str, ...]) -> str:
    """The first of the names of a call that is forbidden, as it is shown; empty if none is."""
    return next((_shown(name) for name in names if canonical(name) in all_names(forbid)), "")


def _shown(name: str) -> str:
    for place in ("torch.nn.functional.", "torch.functional.", "torch.", "aten::"):
        name = name.removeprefix(place)
    return name


def _line_in(file: str, frame: FrameType | None) -> int | None:
    while frame is not None:
        if frame.f_code.co_filename == file:
            return frame.f_lineno
        frame = frame.f_back
    return None


class _WatchedFunctions(TorchFunctionMode):
    def __init__(self, note: Note, file: str) -> None:
        super().__init__()
        self._note = note

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        hook = _hushed()
        try:
            self._note((_name(func),), sys._getframe(1))
            return func(*args, **(kwargs or {}))
        finally:
            sys.setprofile(hook)


@cache
def _name(func: Any) -> str:
    """Cached, for `resolve_name` changes the filters of warnings each time and takes longer than most functions."""
    schema = getattr(func, "_schema", None)
    return str(schema.name if schema else resolve_name(func) or getattr(func, "__name__", ""))


class _WatchedOperators(TorchDispatchMode):
    def __init__(self, note: Note, file: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._note, self._file = note, file

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # wrapping the method below would import torch._dynamo, which takes a second

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        hook, frame = _hushed(), sys._getframe(1)
        try:
            self._note((func._schema.name,), frame)
            if torch._C._current_graph_task_id() != -1:
                self._note(("autograd",), _who_asked(self._file, frame))
            return func(*args, **(kwargs or {}))
        finally:
            sys.setprofile(hook)


def _hushed() -> Any:
    """Takes the profile hook away: what torch does inside is none of its business, and would cost most."""
    hook = sys.getprofile()
    sys.setprofile(None)
    return hook


def _who_asked(file: str, frame: FrameType | None) -> FrameType | None:
    """The frame that set autograd to work; none where the student's own code is what autograd calls."""
    while frame is not None and frame.f_code.co_name != _AUTOGRAD:
        if frame.f_code.co_filename == file:
            return None
        frame = frame.f_back
    return frame


class _Calls:
    """A profile hook: it hears of every call, and looks at those of a library from the student's file."""

    def __init__(self, note: Note, file: str) -> None:
        self._note, self._file = note, file
        self._before: Any = None

    def __enter__(self) -> _Calls:
        self._before = sys.getprofile()
        sys.setprofile(self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self._before)

    def _heard(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            if frame.f_code.co_filename == self._file:
                owner = getattr(called, "__module__", None) or type(getattr(called, "__self__", None)).__module__
                if _is_library(owner):
                    self._note((called.__name__,), frame)
        elif event == "call":
            caller = frame.f_back
            if caller is not None and caller.f_code.co_filename == self._file:
                module = frame.f_globals.get("__name__")
                if _is_library(module):
                    self._note(_names(frame, str(module)), caller)


def _is_library(module: object) -> bool:
    return isinstance(module, str) and module.partition(".")[0] in LIBRARIES


def _names(frame: FrameType, module: str) -> tuple[str, ...]:
    """What a Python function goes by: its name or, where it makes an object, the library's class."""
    names = ("optim",) if module.startswith("torch.optim.") else ()
    if frame.f_code.co_name != "__init__":
        return (frame.f_code.co_name, *names)
    kind = type(frame.f_locals.get("self"))
    return (kind.__name__, *names) if _is_library(kind.__module__) else ()


_PARTS: dict[str, Callable[[Note, str], AbstractContextManager[Any]]] = {
    "functions": _WatchedFunctions,
    "operators": _WatchedOperators,
    "calls": _Calls,
}
