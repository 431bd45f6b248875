"""Whose line a stray tensor comes from, and how to repair it: the sentences about devices.

While a question is asked on the simulated device, every CPU tensor is remembered by its storage with the expression of
the student's file that made it. What is computed from it inherits the expression: the repair is where it began.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from types import FrameType
from typing import Any

import torch

LONGEST = 60
FACTORIES = ("aten::lift_fresh", "aten::scalar_tensor")


@dataclass(frozen=True)
class Spot:
    """An expression of the student's file: its line, its text, and whether it stands in a module's `__init__`."""

    line: int
    text: str
    in_module: bool

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True)
class Blame:
    """Remembers what was made where in `file`.

    device: what the student can call the right device, `X.device`; empty where nobody knows.
    """

    file: str = ""
    device: str = ""
    _made: dict[int, str] = field(default_factory=dict)

    def note(self, func: Any, made: Any, operands: list[torch.Tensor]) -> None:
        """Remembers who made a CPU tensor: where its operands began or, without any, the line at work."""
        tensors = tensors_in((made,))
        if not self.file or not tensors:
            return
        began = next((found for each in operands if (found := self.of(each))), "")
        began = began or self._begin(func, operands)
        self._made.update({key: began for each in tensors if (key := _storage(each))})

    def _begin(self, func: Any, operands: list[torch.Tensor]) -> str:
        spot = self._spot()
        if spot is None:
            return ""
        if spot.in_module:
            repair = "register it in its module (a buffer, a parameter, a ModuleList) and move the module"
            return f"{spot} is on the CPU; {repair}{self._to()}"
        takes_device = any(argument.name == "device" for argument in func._schema.arguments)
        if func._schema.name in FACTORIES or (takes_device and not operands):
            return f"{spot} is on the CPU; create it {self._with()}"
        return f"{spot} is on the CPU; bring it back{self._to()}"

    def stray(self, tensor: torch.Tensor) -> str:
        """What is said of a CPU tensor that meets others."""
        return self.of(tensor) or f"{self._here()} meets a tensor on the CPU; move that{self._to()}"

    def of(self, tensor: torch.Tensor) -> str:
        """Where a CPU tensor began; empty where that is not known."""
        return self._made.get(_storage(tensor), "")

    def foreign(self, device: object) -> str:
        """Names a device as the message does."""
        return f"{self._here()} wants {device}; the tensors may lie anywhere: use {self.device or 'their device'}"

    def generator(self, there: bool) -> str:
        """What is said of a generator that fills a tensor of another device."""
        if there:
            return f"{self._here()} draws from a generator on the CPU; make the generator {self._with()}"
        return f"{self._here()} draws on the CPU, its generator lies elsewhere; create the tensor {self._with()}"

    def numpy(self) -> str:
        """What is said of a tensor that NumPy cannot read."""
        back = f"A tensor that you make of it must go back{self._to()}"
        return f"{self._here()}: NumPy reads only what is on the CPU; take .cpu() before it. {back}. Or stay in torch"

    def _with(self) -> str:
        return f"with device={self.device}" if self.device else "on the device of the inputs"

    def _to(self) -> str:
        return f" with .to({self.device})" if self.device else " to the device of the inputs"

    def _here(self) -> str:
        spot = self._spot()
        return str(spot) if spot else "it"

    def _spot(self) -> Spot | None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.file:
                return _spot(frame)
            frame = frame.f_back
        return None


def tensors_in(values: Iterable[Any]) -> list[torch.Tensor]:
    """The tensors among an operator's arguments or results, which are lists and tuples of leaves."""
    found: list[torch.Tensor] = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += tensors_in(value)
    return found


def _storage(tensor: torch.Tensor) -> int:
    try:
        return tensor.untyped_storage().data_ptr() if type(tensor) in (torch.Tensor, torch.nn.Parameter) else 0
    except (RuntimeError, NotImplementedError):  # sparse tensors have none
        return 0


def _spot(frame: FrameType) -> Spot:
    line, end, start, stop = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    owner = frame.f_locals.get("self")
    in_module = frame.f_code.co_name == "__init__" and isinstance(owner, torch.nn.Module)
    if line is None or end is None or start is None or stop is None:
        return Spot(frame.f_lineno, "a tensor", in_module)
    lines = linecache.getlines(frame.f_code.co_filename)[line - 1 : end]
    if not lines:
        return Spot(line, "a tensor", in_module)
    lines[-1] = lines[-1].encode()[:stop].decode(errors="replace")
    lines[0] = lines[0].encode()[start:].decode(errors="replace")
    text = " ".join(" ".join(lines).split())
    return Spot(line, text if len(text) <= LONGEST else f"{text[:LONGEST]}…", in_module)
