"""What on the simulated device is no operator, or becomes one too late to be seen as one.

`torch.tensor` makes its tensor behind the back of every dispatch mode; a list as an index becomes a tensor there, too;
`.numpy()` and `.data = …` touch memory. They are caught by their names, in a function mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from grader.runner.device_errors import Blame
from grader.runner.simulated_device import CPU, SET_DATA, DeviceError, Simulated, held_by


class SimulatedFunctions(TorchFunctionMode):
    """Catches by name what no operator tells of."""

    def __init__(self, blame: Blame) -> None:
        super().__init__()
        self._blame = blame

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        instead = _INSTEAD.get(func)
        if instead is not None:
            return instead(self._blame, func, args, kwargs)
        for each in (kwargs.get("device"), *args[1:2]):
            if isinstance(each, (str, torch.device)) and not _known(each):
                raise DeviceError(self._blame.foreign(each))
        return func(*args, **kwargs)


def _known(device: str | torch.device) -> bool:
    return str(device).partition(":")[0] not in ("cuda", "mps", "xpu")


def _made_of_data(blame: Blame, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """`torch.tensor(data, device=…)`: made on the CPU and moved, a leaf if it is to be one."""
    data, rest = args[0] if args else kwargs["data"], dict(kwargs)
    rest.pop("data", None)
    device, wants_gradient = rest.pop("device", None), rest.pop("requires_grad", False)
    if device is None:
        device = data.device if isinstance(data, torch.Tensor) else torch.get_default_device()
    if not _known(device):
        raise DeviceError(blame.foreign(device))
    if isinstance(data, torch.Tensor):
        made = (data.detach().clone() if func is torch.tensor else data).to(device, **rest)
    else:
        made = func(_plain_data(data), *args[1:], device=CPU, **rest).to(device)
    return made.requires_grad_() if wants_gradient else made


def _new_tensor(blame: Blame, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    like, *data = args
    return _made_of_data(blame, torch.tensor, tuple(data), {"dtype": like.dtype, "device": like.device, **kwargs})


def _plain_data(data: Any) -> Any:
    """Nested lists, whose 0-d tensors torch would read behind our back."""
    if isinstance(data, (list, tuple)):
        return [_plain_data(each) for each in data]
    return data.item() if isinstance(data, Simulated) and data.dim() == 0 else data


def _indexed(blame: Blame, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    if not isinstance(args[0], Simulated):
        return func(*args, **kwargs)
    at = tuple(map(_index, args[1])) if isinstance(args[1], tuple) else _index(args[1])
    return func(args[0], at, *args[2:])


def _index(part: Any) -> Any:
    """A list as the CPU tensor that it stands for: torch would make it a tensor without numbers."""
    if isinstance(part, (list, range)) or type(part).__name__ == "ndarray":
        part = torch.as_tensor(_plain_data(list(part) if isinstance(part, range) else part))
        return part.long() if not part.numel() else part
    return part.item() if isinstance(part, Simulated) and part.dim() == 0 and part.dtype != torch.bool else part


def _to_numpy(blame: Blame, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    tensor = args[0]
    if not isinstance(tensor, Simulated):
        return func(*args, **kwargs)
    if kwargs.get("force"):
        return tensor.held.numpy()
    raise DeviceError(blame.numpy())


def _to_list(blame: Blame, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    return held_by(args[0]).tolist()


def _to_cuda(blame: Blame, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    raise DeviceError(blame.foreign("cuda"))


def _set_data(blame: Blame, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """`w.data = …` may move a tensor to a device, and keeps it the same tensor."""
    tensor, data = args
    if isinstance(tensor, Simulated) == isinstance(data, Simulated):
        func(tensor, data)
        if isinstance(tensor, Simulated):
            tensor.held = data.held
        return
    is_parameter = isinstance(tensor, torch.nn.Parameter)
    moved = torch.nn.Parameter(data, tensor.requires_grad) if is_parameter else data.detach()
    moved.requires_grad_(tensor.requires_grad)
    torch.utils.swap_tensors(tensor, moved)  # type: ignore[no-untyped-call]


_Instead = Callable[[Blame, Any, tuple[Any, ...], Mapping[str, Any]], Any]
_INSTEAD: dict[Any, _Instead] = {
    torch.tensor: _made_of_data,
    torch.as_tensor: _made_of_data,
    torch.asarray: _made_of_data,
    torch.Tensor.new_tensor: _new_tensor,
    torch.Tensor.__getitem__: _indexed,
    torch.Tensor.__setitem__: _indexed,
    torch.Tensor.numpy: _to_numpy,
    torch.Tensor.__array__: _to_numpy,
    torch.Tensor.tolist: _to_list,
    torch.Tensor.cuda: _to_cuda,
    SET_DATA: _set_data,
}
