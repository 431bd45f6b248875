"""d2l-grader: grades and teaches the exercises of *Dive into Deep Learning*.

The names below are the words a page is written in, and `check` and `plot` for notebooks. They are loaded when they are
first used: judging needs NumPy only, and `import grader` must not import torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.cli.notebook_check import check
    from grader.cli.notebook_plot import plot
    from grader.course.decorators import (
        EPSILONS,
        alternative,
        arguments,
        batch,
        case,
        domain,
        driver,
        first_attempt,
        laws,
        misconception,
        picture,
        reference,
        stand_in,
        truth,
    )
    from grader.course.page import Exercise
    from grader.judging import laws as law

from grader.version import __version__ as __version__

__all__ = [
    "EPSILONS",
    "Exercise",
    "alternative",
    "arguments",
    "batch",
    "case",
    "check",
    "domain",
    "driver",
    "first_attempt",
    "law",
    "laws",
    "misconception",
    "picture",
    "plot",
    "reference",
    "stand_in",
    "truth",
]


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext grader`."""
    import_module("grader.cli.notebook_check").load_ipython_extension(shell)


def __getattr__(name: str) -> Any:
    if name == "law":
        return import_module("grader.judging.laws")
    if name in ("check", "plot"):
        return getattr(import_module(f"grader.cli.notebook_{name}"), name)
    if name in __all__:
        return getattr(import_module("grader.course.page" if name == "Exercise" else "grader.course.decorators"), name)
    raise AttributeError(f"module 'grader' has no attribute {name!r}")
