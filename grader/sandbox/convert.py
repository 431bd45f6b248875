"""Values as tensors, tensors as values: between a question's plain data and what student code is given and gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from grader.sandbox.place import home, put
from grader.sandbox.simulate import CPU, Simulated
from grader.value import ITEM_BYTES, Array, Device, Dtype, Opaque, Value

MAX_ITEMS = 2_000


def to_torch(value: Value, device: torch.device = CPU) -> Any:
    """A leaf as student code receives it on a device; every tensor has a storage of its own."""
    match value:
        case Array():
            return _tensor(value, device)
        case Dtype(name):
            return getattr(torch, name)
        case Device(name):
            return device if name == "cpu" else torch.device(name)
    return value


def _tensor(array: Array, device: torch.device) -> torch.Tensor:
    dtype = getattr(torch, array.dtype)
    if not array.data:
        return put(torch.empty(array.shape, dtype=dtype), device)
    flat = put(torch.frombuffer(bytearray(array.data), dtype=dtype), device)
    return flat.as_strided(array.shape, array.strides) if array.strides else flat.reshape(array.shape)


def from_torch(answer: Any, device: torch.device = CPU) -> Value:
    """What an answer says; what lies outside the closed set is `Opaque`. The question's device is called the CPU."""
    return _plain(answer, [MAX_ITEMS], 0, device)


def _plain(answer: Any, budget: list[int], depth: int, device: torch.device) -> Value:
    budget[0] -= 1
    if budget[0] < 0 or depth > 8:
        return Opaque("a very large answer")
    if isinstance(answer, (list, tuple)):
        items = [_plain(item, budget, depth + 1, device) for item in answer[: MAX_ITEMS + 1]]
        return items if isinstance(answer, list) else tuple(items)
    if isinstance(answer, dict):
        return {_key(key): _plain(item, budget, depth + 1, device) for key, item in answer.items()}
    return Device("cpu") if isinstance(answer, torch.device) and answer.type == device.type else _leaf(answer)


def _key(key: Any) -> str | int:
    return key if isinstance(key, (str, int)) else str(key)


def _leaf(answer: Any) -> Value:
    if answer is None or type(answer) in (bool, int, float, str, Array, Opaque):
        return answer
    if type(answer) in (torch.Tensor, torch.nn.Parameter, Simulated):
        return _array(answer)
    if isinstance(answer, (np.bool_, np.integer, np.floating)):
        return answer.item()
    if isinstance(answer, torch.dtype):
        return Dtype(str(answer).removeprefix("torch."))
    if isinstance(answer, torch.device):
        return Device(str(answer))
    kind = type(answer)
    return Opaque(kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}")


def _array(tensor: torch.Tensor) -> Array | Opaque:
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.layout is not torch.strided or dtype not in ITEM_BYTES:
        return Opaque(f"a {dtype} tensor of layout {tensor.layout}".removeprefix("torch."))
    plain = home(tensor).resolve_neg()
    numbers = (plain.view(torch.int16) if dtype == "bfloat16" else plain).numpy()
    return Array(dtype, numbers.shape, numbers.tobytes())
