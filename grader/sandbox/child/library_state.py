"""The libraries as they were: what one topic's code has patched by accident is repaired before the next one's runs.

`torch.softmax = softmax` at the top of a file is such an accident. Malice gains nothing by not being repaired.

A namespace is compared as the memory of its table, where the layout of CPython's dict is known. To compare it name by
name touches a thousand pages, each of which a forked child must copy first: a fifth of what a small submission costs
(`benchmarks/peers.py`).
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import gc
import json
import math
import os
import random
import signal
import sys
import time
from typing import Any

import numpy as np
import torch

PATCHED = (
    builtins, json, math, random, os, time, np, np.random, np.linalg,
    torch, torch.Tensor, torch.nn, torch.nn.functional, torch.nn.init, torch.linalg, torch.optim,
)  # fmt: skip
_DICT, _KEYS, _HEAD = 48, 32, 32  # bytes of a dict in CPython 3.11 to 3.13; where its table is; and what begins that


class Originals:
    """What the names of these libraries mean. Made where the children are forked, so that they inherit it."""

    def __init__(self) -> None:
        self._kept = [(owner, dict(vars(owner)), _table(owner)) for owner in PATCHED]

    def restore(self) -> None:
        """Puts back whatever was replaced. What is new goes too, from a class; modules grow by late imports."""
        for owner, names, table in self._kept:
            if table is None or _table(owner) != table:
                _restore(owner, names)
        with contextlib.suppress(AttributeError, OSError):  # not on Windows; denied where no alarm could have been set
            signal.setitimer(signal.ITIMER_REAL, 0)


def _restore(owner: Any, names: dict[str, Any]) -> None:
    now = vars(owner)
    for name, value in names.items():
        if now.get(name, names) is not value:
            setattr(owner, name, value)
    for name in (now.keys() - names.keys()) if isinstance(owner, type) else ():
        delattr(owner, name)


def _table(owner: Any) -> bytes | None:
    """The memory in which a namespace keeps its names and the addresses of what they mean; None if it is not known.

    To look at the objects themselves would count a reference to each, and so copy every page that they lie on, which a
    child shares with all others until then: a thousand pages, a fifth of the time of a small submission.
    """
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 14) or dict.__basicsize__ != _DICT:
        return None
    names = vars(owner)
    names = names if isinstance(names, dict) else gc.get_referents(names)[0]  # behind a class's read-only view
    place = ctypes.c_void_p.from_address(id(names) + _KEYS).value
    assert place is not None
    return ctypes.string_at(place + _HEAD, names.__sizeof__() - _DICT - _HEAD)
