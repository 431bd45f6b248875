"""What torch would import late, in processes that are the grader's own.

Of a tensor of any other class torch asks whether it is a `DTensor`. The first time it imports that class, and with it
`torch.distributed.tensor` and sympy: 1.5 seconds of processor time, before a single operator has run.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import torch

DISTRIBUTED = "torch.distributed.tensor"


class _Other(torch.Tensor):
    """A tensor of another class."""

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return torch.empty(0)


def leave_distributed_out() -> None:
    """Lets torch ask once, and find a class in that place that nothing is an instance of: it remembers the answer.

    Afterwards this process cannot compute with a `DTensor`, which one process alone never has. The module itself can
    still be imported. Not for a notebook's kernel: it belongs to somebody else.
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
