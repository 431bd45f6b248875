"""Tensors and the arrays of a key: casting, moving to a neighbour, strides kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from grader.model import tolerance
from grader.model.encoding import extent
from grader.model.question import Question
from grader.model.value import ITEM_BYTES, Array, Dtype, Value, map_leaves
from grader.runner.tensors import to_torch


def cast(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The same numbers in another dtype, with the same strides."""
    if x.is_contiguous() or 0 in x.stride():
        return x.to(dtype).contiguous()
    return torch.empty_strided(x.shape, x.stride(), dtype=dtype).copy_(x)


def recast(
    question: Question, dtype: str | None, change: Callable[[torch.Tensor], torch.Tensor] = lambda x: x
) -> Question:
    """The same question with its floating tensors changed, and in another dtype."""

    def leaf(value: Value) -> Value:
        if isinstance(value, Array) and value.is_float():
            tensor = change(to_torch(value))
            return array_of(tensor.to(getattr(torch, dtype)) if dtype else tensor)
        if isinstance(value, Dtype) and dtype and value.name in tolerance.ROUNDING:
            return Dtype(dtype)
        return value

    return replace(
        question,
        args=map_leaves(leaf, question.args),
        kwargs=map_leaves(leaf, dict(question.kwargs)),
        cotangents=map_leaves(leaf, question.cotangents),
    )


def jiggled(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Every entry moved to an adjacent number, up or down; zeros stay."""
    signs = torch.randint(0, 2, x.shape, generator=generator).mul(2).sub(1).double()
    step = 1.5 * tolerance.ROUNDING[str(x.dtype).removeprefix("torch.")]
    moved = torch.empty_strided(x.shape, x.stride(), dtype=x.dtype)
    return moved.copy_(x.double() * (1 + step * signs))


def array_of(tensor: torch.Tensor) -> Array:
    """A tensor as a key holds it, with its strides where they are not the usual ones."""
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.is_contiguous() or 0 in tensor.stride():
        plain = tensor.clone(memory_format=torch.contiguous_format)  # one entry of stride 0 passes for contiguous
        return Array(dtype, tuple(plain.shape), _bytes(plain))
    storage = torch.zeros(extent(tuple(tensor.shape), tensor.stride()), dtype=tensor.dtype)
    storage.as_strided(tensor.shape, tensor.stride()).copy_(tensor)
    return Array(dtype, tuple(tensor.shape), _bytes(storage), tuple(tensor.stride()))


def _bytes(plain: torch.Tensor) -> bytes:
    assert str(plain.dtype).removeprefix("torch.") in ITEM_BYTES
    return plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
