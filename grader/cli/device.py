"""`--device` and `--dtype`: what may be asked for, and whether there is such a device.

Torch is imported in the child only, so the child is asked what it sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from grader.errors import UsageError
from grader.question import Question, Returned
from grader.sandbox.session import Sandbox
from grader.tolerance import ROUNDING

HELP = "cpu, cuda, cuda:N, sim (a simulated GPU), or auto: cuda where there is one."
BEYOND_THE_WALLS = (
    "cards lie outside its walls. Say --device sim, or --trust-submissions in a container that holds nothing else."
)
_DEVICE = re.compile(r"cpu|sim|auto|cuda(:\d+)?")
_PROBE = "import torch\ndef count():\n    return torch.cuda.device_count() if torch.cuda.is_available() else 0\n"


def device_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds both options to a command."""
    device = click.option("--device", default="cpu", show_default=True, callback=_checked, help=HELP)
    dtype = click.option("--dtype", type=click.Choice(list(ROUNDING)), help="Ask only what is asked in this dtype.")
    return device(dtype(command))


def _checked(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not _DEVICE.fullmatch(value):
        raise click.BadParameter(f"there is no device {value!r}. Say {HELP}")
    return value


def resolved(device: str, sandbox: Sandbox) -> str:
    """The device to ask on. Raises `UsageError` where the sandbox has no such GPU."""
    if not device.startswith(("cuda", "auto")):
        return device
    with sandbox.submission({"probe": _PROBE}) as child:
        (answer,) = child.ask("probe", (Question("count"),))
    there = int(answer.values[0]) if isinstance(answer, Returned) and type(answer.values[0]) is int else 0
    if device == "auto":
        return "cuda" if there else "cpu"
    wanted = int(device.partition(":")[2] or 0)
    if "seccomp" in sandbox.layers:
        raise UsageError(f"There is no {device} in the sandbox: {BEYOND_THE_WALLS}")
    if wanted >= there:
        seen = {0: "no GPU", 1: "one GPU"}.get(there, f"{there} GPUs")
        raise UsageError(f"There is no {device} here: the sandbox sees {seen}. Say --device sim, or --device cpu.")
    return device
