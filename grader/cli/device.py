"""`--device` and `--dtype`: what may be asked for, and whether there is such a device.

Torch is imported in the child only, so the child is asked what it sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from grader.model.tolerance import ROUNDING

HELP = "cpu, cuda, cuda:N, sim (a simulated GPU), or auto: cuda where there is one."
_DEVICE = re.compile(r"cpu|sim|auto|cuda(:\d+)?")


def device_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds both options to a command."""
    device = click.option("--device", default="cpu", show_default=True, callback=_checked, help=HELP)
    dtype = click.option("--dtype", type=click.Choice(list(ROUNDING)), help="Ask only what is asked in this dtype.")
    return device(dtype(command))


def _checked(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not _DEVICE.fullmatch(value):
        raise click.BadParameter(f"there is no device {value!r}. Say {HELP}")
    return value
