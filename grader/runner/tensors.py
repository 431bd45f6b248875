"""Values as tensors, tensors as values: between a question's plain data and what student code is given and gives."""

from __future__ import annotations

from operator import mul
from typing import Any

import numpy as np
import torch

from grader.model.encoding import MAX_AXES, MAX_TEXT, is_bool, is_shape
from grader.model.value import ITEM_BYTES, Array, Device, Dtype, Generator, Opaque, Value
from grader.runner.device import home, put
from grader.runner.simulated_device import CPU, Simulated

_is_wrapped = torch._C._functorch.is_functorch_wrapped_tensor
MAX_ITEMS, MAX_NESTING, MAX_NAME = 2_000, 8, 200


def to_torch(value: Value, device: torch.device = CPU) -> Any:
    """A leaf as student code receives it on a device; every tensor has a storage of its own, and so has every array of
    NumPy's, which stays where it is."""
    match value:
        case Array(library="numpy"):
            return _tensor(value, CPU).numpy()
        case Array():
            return _tensor(value, device)
        case Generator(seed, "numpy"):
            return np.random.default_rng(seed)
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
    """What an answer says; what lies outside the closed set, or beyond its bounds, is `Opaque`.

    The question's device is called the CPU.
    """
    return converted(bounded(answer), device)


def bounded(answer: Any) -> Any:
    """An answer as lists, tuples and dicts of leaves: a container that is too deep or too large is `Opaque`.

    Whoever goes through what a student returned goes through this: the original may contain itself.
    """
    return _bounded(answer, [MAX_ITEMS], 0)


def _bounded(answer: Any, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if not isinstance(answer, (list, tuple, dict)):
        return answer
    if depth > MAX_NESTING:
        return Opaque(f"something nested more than {MAX_NESTING} deep")
    parts = len(answer) * (2 if isinstance(answer, dict) else 1)
    if parts > budget[0]:
        return Opaque(_large(answer))
    if isinstance(answer, dict):
        budget[0] -= len(answer)
        return {_key(key): _bounded(item, budget, depth + 1) for key, item in answer.items()}
    items = [_bounded(item, budget, depth + 1) for item in answer]
    return items if isinstance(answer, list) else tuple(items)


def _large(answer: Any) -> str:
    if len(answer) < MAX_ITEMS // 2:
        return "a very large answer"  # not by itself
    kind = next(kind.__name__ for kind in (list, tuple, dict) if isinstance(answer, kind))
    return f"a {kind} of {len(answer):,} items"


def _key(key: Any) -> str | int:
    return key if isinstance(key, int) else str(key)[:MAX_NAME]


def converted(answer: Any, device: torch.device = CPU) -> Value:
    """What a `bounded` answer says."""
    if isinstance(answer, dict):
        return {key: converted(item, device) for key, item in answer.items()}
    if isinstance(answer, (list, tuple)):
        return type(answer)(converted(item, device) for item in answer)
    return Device("cpu") if isinstance(answer, torch.device) and answer.type == device.type else _leaf(answer)


def _leaf(answer: Any) -> Value:
    if type(answer) is str and len(answer) > MAX_TEXT:
        return Opaque(f"a text of {len(answer):,} characters")
    if answer is None or type(answer) in (bool, int, float, str, Array, Opaque):
        return answer
    if type(answer) in (torch.Tensor, torch.nn.Parameter, Simulated):
        return _array(answer)
    if type(answer) is np.ndarray:
        return _ndarray(answer)
    if isinstance(answer, (np.bool_, np.integer, np.floating)) and type(answer.item()) in (bool, int, float):
        return answer.item()
    if isinstance(answer, torch.dtype):
        return Dtype(str(answer).removeprefix("torch."))
    if isinstance(answer, torch.device):
        return Device(str(answer))
    kind = type(answer)
    return Opaque((kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}")[:MAX_NAME])


def _array(tensor: torch.Tensor) -> Array | Opaque:
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.is_nested:
        return Opaque(f"a nested {dtype} tensor")
    if tensor.layout is not torch.strided or dtype not in ITEM_BYTES:
        return Opaque(f"a {dtype} tensor of layout {str(tensor.layout).removeprefix('torch.')}")
    if why := _unreadable(tensor):
        return Opaque(f"a {dtype} tensor {why}")
    plain = home(tensor).resolve_neg()
    if plain._is_zerotensor():  # a derivative that is known to be zero has no numbers
        plain = torch.zeros(plain.shape, dtype=plain.dtype)
    numbers = (plain.view(torch.int16) if dtype == "bfloat16" else plain).numpy()
    data = numbers.tobytes()
    if dtype == "bool" and not is_bool(data):
        return Opaque("a bool tensor with bytes that are neither true nor false")
    return Array(dtype, numbers.shape, data)


def _ndarray(array: np.ndarray) -> Array | Opaque:
    """NumPy's array; of what torch has no dtype for, or what is too large to be sent, only what it is."""
    dtype = array.dtype.name
    if dtype not in ITEM_BYTES or not is_shape(array.shape):
        return Opaque(f"a numpy.ndarray of {dtype}" + ("" if is_shape(array.shape) else f" of shape {array.shape}"))
    data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    if dtype == "bool" and not is_bool(data):
        return Opaque("a numpy.ndarray of bool with bytes that are neither true nor false")
    return Array(dtype, array.shape, data, library="numpy")


def _unreadable(tensor: torch.Tensor) -> str:
    """Why the numbers of a strided tensor cannot be sent; empty where they can."""
    if tensor.is_meta and not isinstance(tensor, Simulated):
        return "without numbers (device meta)"
    if tensor.dim() > MAX_AXES:
        return f"with {tensor.dim()} axes"
    if not is_shape(tuple(tensor.shape)):
        return f"of shape {tuple(tensor.shape)}"
    kept = tensor.held if isinstance(tensor, Simulated) else tensor
    if _is_wrapped(kept):
        return "that has left the function that torch.func called"
    count = kept.numel()
    spanned = count if kept.is_contiguous() else 1 + sum(map(mul, kept.stride(), kept.shape)) - sum(kept.stride())
    if count and kept.untyped_storage().nbytes() < (kept.storage_offset() + spanned) * kept.element_size():
        return "whose storage was freed"
    return ""
