"""The words of `Draw` and `DomainDraw` for pages about NumPy: they take and give NumPy's arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import torch

from grader.course.draw import Draw
from grader.model.value import Generator, Library, map_leaves


def draw_for(library: Library, draw: Draw) -> Any:
    """What a page draws with: the draw itself, or one that speaks NumPy."""
    return draw if library == "torch" else NumpyDraw(draw)


class NumpyDraw:
    """Has all the words of a draw. Tensors come out as arrays, and arrays and dtypes of NumPy's go in as torch's."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def __getattr__(self, name: str) -> Any:
        if name == "dtype":
            raise AttributeError("pages about NumPy have no draw.dtype")
        word = getattr(self._draw, name)
        return _speaking_numpy(word) if callable(word) and not isinstance(word, type) else word


def _speaking_numpy(word: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(word)
    def spoken(*args: Any, **kwargs: Any) -> Any:
        return map_leaves(_to_numpy, word(*map_leaves(_to_torch, args), **map_leaves(_to_torch, kwargs)))

    return spoken


def _to_numpy(leaf: Any) -> Any:
    if isinstance(leaf, torch.Tensor):
        return leaf.numpy()
    return Generator(leaf.seed, "numpy") if isinstance(leaf, Generator) else leaf


def _to_torch(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return torch.from_numpy(np.ascontiguousarray(leaf))
    is_dtype = isinstance(leaf, np.dtype) or (isinstance(leaf, type) and issubclass(leaf, np.generic))
    return getattr(torch, np.dtype(leaf).name) if is_dtype else leaf
