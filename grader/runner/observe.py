"""What is measured beside the student's code: mutation, global state, work done.

Counts are of dispatched operators and of Python opcodes in the student's file: exact, the same on every
machine, and no timing. All of it runs in the student's process, so a determined student can forge it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.model.question import OF_GRADIENTS
from grader.model.value import leaves
from grader.runner.device import home

GlobalSettings = Mapping[str, Any]
ARRAYS = (torch.Tensor, np.ndarray)
_DRAWN = torch.empty((), dtype=torch.float32, device="cpu")


@dataclass(frozen=True)
class State:
    """What a function has no business changing. coming: the next number of each global generator."""

    settings: GlobalSettings
    coming: Mapping[str, float]

    def differences(self, later: State) -> tuple[str, ...]:
        """The names of what is not as it was."""
        settings = (name for name, value in self.settings.items() if later.settings[name] != value)
        return (*settings, *(name for name, number in self.coming.items() if later.coming[name] != number))


def settings() -> GlobalSettings:
    """The global settings as they are now."""
    return {
        "the default dtype": torch.get_default_dtype(),
        "grad mode": torch.is_grad_enabled(),
        "deterministic mode": torch.are_deterministic_algorithms_enabled(),
        "the recursion limit": sys.getrecursionlimit(),
    }


def snapshot() -> State:
    """The global state as it is now.

    A generator is asked for its next number, which takes it one further: to copy the states of all three takes 60
    times as long, half of a question.
    """
    number = _DRAWN.uniform_(generator=torch.default_generator).item()
    return State(
        settings(),
        {
            "torch's global generator": number,
            "NumPy's global generator": np.random.random_sample(),
            "Python's global generator": random.random(),
        },
    )


def restore(before: GlobalSettings) -> None:
    """Puts the settings back; generators are seeded anew for every question."""
    torch.set_default_dtype(before["the default dtype"])
    torch.set_grad_enabled(before["grad mode"])
    if torch.are_deterministic_algorithms_enabled() != before["deterministic mode"]:
        torch.use_deterministic_algorithms(before["deterministic mode"])  # its first call costs a second
    sys.setrecursionlimit(before["the recursion limit"])


def changed_paths(before: Any, after: Any) -> tuple[str, ...]:
    """What is not bit by bit what it was: tensors, and lists and dicts that have more or fewer items than before.

    `before` holds copies of the tensors on the CPU. A tensor that now requires a gradient has changed, too; where that
    is all, its path ends with `OF_GRADIENTS`, and it stands behind those whose numbers are others.
    """
    if _unchanged(before, after):  # nearly always, and told in a third of the time
        return ()
    then, now = dict(leaves(before)), dict(leaves(after))
    changed = [path for path, leaf in then.items() if isinstance(leaf, ARRAYS) and not _identical(leaf, now.get(path))]
    of_gradients = [path for path in changed if _same_numbers(then[path], now.get(path))]
    return (
        *(path for path in changed if path not in of_gradients),
        *(path for path in now if path not in then),
        *(path for path in then if path not in now),
        *(f"{path}{OF_GRADIENTS}" for path in of_gradients),
    )


def _unchanged(then: Any, now: Any) -> bool:
    """Whether all tensors surely are what they were."""
    if isinstance(then, ARRAYS):
        return _identical(then, now)
    if isinstance(then, dict):
        same = isinstance(now, dict) and then.keys() == now.keys()
        return same and all(_unchanged(item, now.get(key)) for key, item in then.items())
    if isinstance(then, (list, tuple)):
        return isinstance(now, (list, tuple)) and len(then) == len(now) and all(map(_unchanged, then, now))
    return True


def _identical(a: torch.Tensor | np.ndarray, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        same = isinstance(b, np.ndarray) and a.dtype == b.dtype
        return same and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return isinstance(b, torch.Tensor) and a.requires_grad == b.requires_grad and _same_numbers(a, b)


def _same_numbers(a: Any, b: Any) -> bool:
    """Whether two tensors hold the same numbers, whatever requires a gradient."""
    if not isinstance(b, torch.Tensor) or a.shape != b.shape or a.dtype != b.dtype:
        return False
    b = home(b)
    if torch.equal(a, b):
        return True
    return (
        a.is_floating_point()
        and torch.equal(a.nan_to_num(0.0), b.nan_to_num(0.0))
        and torch.equal(a.isnan(), b.isnan())
    )


class OperationCounter(TorchDispatchMode):
    """Counts dispatched operators, and opcodes executed in the student's file."""

    def __init__(self, file: str):
        super().__init__()  # type: ignore[no-untyped-call]
        self._file = file
        self.operators = 0
        self.opcodes = 0

    def __enter__(self) -> Any:
        super().__enter__()  # type: ignore[no-untyped-call]
        sys.settrace(self._trace)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.settrace(None)
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # wrapping the method below would import torch._dynamo, which takes a second

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operators += 1
        return func(*args, **(kwargs or {}))

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != self._file:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._opcode

    def _opcode(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode":
            self.opcodes += 1
        return self._opcode
