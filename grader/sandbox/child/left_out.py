"""What a zygote has not imported ahead because it takes seconds and little code uses it: torch's compiler, and sympy.

A child must not import it on the student's time, and behind walls it cannot: it would look for a compiler of C. So it
ends with a status of its own, and the same code is asked again in a child of a zygote that has it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

from grader.sandbox.protocol.missing_resource import LACKS_COMPILER

COMPILER = ("torch._dynamo", "torch._inductor.config", "torch.distributed.tensor")
"""What the second zygote imports ahead."""
LEFT_OUT = ("torch._dynamo", "torch._inductor", "torch.fx.experimental.symbolic_shapes", "torch.distributed.tensor",
            "sympy")  # fmt: skip
"""What comes with it and is asked for by itself, with all that lies in it."""


class LeftOut(MetaPathFinder):
    """Ends the process when one of these modules is to be imported."""

    @staticmethod
    def watch() -> None:
        """From now on, in a child that was forked without them."""
        sys.meta_path.insert(0, LeftOut(os._exit))

    def __init__(self, end: Callable[[int], Any]) -> None:
        self._end = end  # taken before there is a student

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Finds nothing: the next finder is asked, unless the process ends here."""
        if any(fullname == name or fullname.startswith(f"{name}.") for name in LEFT_OUT):
            self._end(LACKS_COMPILER)
