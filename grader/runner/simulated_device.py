"""A device that is not there: tensors that claim to lie elsewhere, and hold real numbers.

Theory of operation. A `Simulated` tensor wraps a CPU tensor. To torch it is one of the device "meta", which has no data
of its own and no threads; every operator on it comes to `_run` instead, which looks at where the operands lie, as a GPU
would, and then computes on the CPU. So control flow, printing and gradients go on as usual, and only a mix of devices
ends in an error. Three things have to be watched while a question is asked:

* operators: a dispatch mode sees them all, factories such as `torch.zeros` too, which have no operand to wrap;
* what never becomes an operator, or becomes one too late (`torch.tensor`, lists as indices, `.numpy()`, `.data = `): a
  function mode catches these by name (`intercept.py`);
* generators: `torch.Generator` is replaced by a class that knows the device.

The rules are those of CUDA, measured on it: all operands on one device, but for a 0-d CPU tensor beside others in an
elementwise operator, CPU indices, and `copy_`, which joins devices; a generator on the device of what it fills; numbers
leave the device by `.item()`, `.tolist()`, `.cpu()` and the like, never by `.numpy()`.

Why not PrivateUse1, torch's own place for devices from outside? Autograd would start a thread for it, which the child
must not do; and renaming it tells all of torch, in CPU questions too, that there is an accelerator. "meta" does
neither, and works alike in every torch that we support.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.runner.device_errors import Blame, tensors_in

SIM = torch.device("meta")
SET_DATA = torch.Tensor.data.__set__  # type: ignore[attr-defined]
CPU = torch.device("cpu")

JOINING = ("aten::copy_", "aten::_to_copy", "aten::set_")
SCALAR_FRIENDLY = (
    "aten::rsub", "aten::floor_divide", "aten::mse_loss", "aten::huber_loss", "aten::smooth_l1_loss", "aten::fill",
    "aten::fill_", "aten::masked_fill", "aten::masked_fill_", "aten::index_put", "aten::index_put_",
    "aten::_index_put_impl_", "aten::index_fill", "aten::index_fill_", "aten::polar", "aten::complex",
    "aten::binary_cross_entropy",
)  # fmt: skip
ON_CPU_TOO = {
    "aten::index": ("indices",), "aten::_unsafe_index": ("indices",), "aten::index_put": ("indices",),
    "aten::index_put_": ("indices",), "aten::_index_put_impl_": ("indices",), "aten::_unsafe_index_put": ("indices",),
}  # fmt: skip


_EAGER = {
    torch.ops.aten._efficientzerotensor.default: torch.ops.aten.zeros.default,  # it has no numbers to hold
    torch.ops.aten._conj.default: torch.ops.aten.conj_physical.default,  # a wrapper cannot carry the bits of these
    torch.ops.aten._neg_view.default: torch.ops.aten.neg.default,
}
"""Operators that put their work off -> those that do it at once."""


class DeviceError(RuntimeError):
    """What becomes of an operator on two devices; its text names the line and the repair."""


class Simulated(torch.Tensor):
    """A tensor on the simulated device; `held` has its numbers."""

    held: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]
    is_meta = False  # torch's own initialisers pass meta tensors by

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> Simulated:
        wrapped: Simulated = torch.Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=SIM,
        )
        return wrapped

    def __init__(self, held: torch.Tensor) -> None:
        self.held = held

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return _run(func, args, kwargs or {}, Blame())

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return repr(self.held)

    def __format__(self, form: str) -> str:
        return format(self.held, form)

    def get_device(self) -> int:
        return 0

    def data_ptr(self) -> int:
        return self.held.data_ptr()

    def untyped_storage(self) -> torch.UntypedStorage:
        return self.held.untyped_storage()

    def __tensor_flatten__(self) -> tuple[list[str], None]:
        """With its counterpart, tells `Module.to` to exchange a parameter in place, as it does on a GPU."""
        return ["held"], None

    @staticmethod
    def __tensor_unflatten__(parts: Mapping[str, torch.Tensor], *_: Any) -> Simulated:
        return Simulated(parts["held"])


class SimulatedGenerator(torch.Generator):
    """A generator that claims to lie on the simulated device."""

    device = SIM


_GENERATORS: dict[int, SimulatedGenerator] = {}


def generator(seed: int) -> torch.Generator:
    """A generator on the simulated device. It is known as such until the question is answered."""
    made = SimulatedGenerator()
    made.manual_seed(seed)
    _GENERATORS[made._cdata] = made  # type: ignore[attr-defined]
    return made


class _AnyGenerator(type(torch.Generator)):  # type: ignore[misc]
    def __instancecheck__(cls, made: object) -> bool:
        return isinstance(made, _PLAIN_GENERATOR)


_PLAIN_GENERATOR = torch.Generator


class _GeneratorOnAnyDevice(torch.Generator, metaclass=_AnyGenerator):
    """What `torch.Generator` is while a question is asked on the simulated device."""

    def __new__(cls, device: Any = "cpu") -> Any:
        return generator(0) if torch.device(device) == SIM else _PLAIN_GENERATOR(device)


@contextmanager
def known_generators() -> Iterator[None]:
    """While this holds, `torch.Generator` knows the device, and generators on it are known."""
    torch.Generator = _GeneratorOnAnyDevice  # type: ignore[misc]
    try:
        yield
    finally:
        torch.Generator = _PLAIN_GENERATOR  # type: ignore[misc]
        _GENERATORS.clear()


class SimulatedOperators(TorchDispatchMode):
    """Sees every operator, those of factories too, which have no operand to wrap."""

    def __init__(self, blame: Blame) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._blame = blame

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # wrapping the method below would import torch._dynamo, which takes a second

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {}, self._blame)


def _run(func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], blame: Blame) -> Any:
    """One operator: checked where its operands lie, computed on the CPU, wrapped where the answer lies.

    A wrapper that is made for inference cannot become a view of one that is not, so there is no inference here.
    """
    if not torch.is_inference_mode_enabled():
        return _computed(func, args, kwargs, blame)
    with torch.inference_mode(False), torch.no_grad():
        return _computed(func, args, kwargs, blame)


def _computed(func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], blame: Blame) -> Any:
    operands = tensors_in((args, tuple(kwargs.values())))
    given = {id(each.held): each for each in operands if isinstance(each, Simulated)}
    there = _lies_there(func, args, kwargs, operands, blame)
    _check_generator(args, kwargs, there, blame)
    if given or there:
        args, kwargs = _changed(held_by, args), {name: _changed(held_by, each) for name, each in kwargs.items()}
        if kwargs.get("device") is not None:
            kwargs["device"] = CPU
    made = _EAGER.get(func, func)(*args, **kwargs)
    if not there:
        blame.note(func, made, operands)
        return made
    if func._schema.is_mutable:
        for each in given.values():
            _refit(each)
    return _changed(lambda leaf: given[id(leaf)] if id(leaf) in given else _wrapped(leaf), made)


def _changed(change: Callable[[Any], Any], value: Any) -> Any:
    """An argument or a result with every leaf changed; torch's own tree functions take ten times as long."""
    return type(value)([_changed(change, each) for each in value]) if type(value) in (list, tuple) else change(value)


def _lies_there(
    func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], operands: list[torch.Tensor], blame: Blame
) -> bool:
    """Whether the answer lies on the simulated device. Raises `DeviceError` on operands of two devices."""
    device = kwargs.get("device")
    if device is not None:
        if device.type not in ("cpu", "meta"):
            raise DeviceError(blame.foreign(device))
        return bool(device == SIM)
    if func._schema.name in JOINING:
        return bool(operands) and isinstance(operands[0], Simulated)  # functorch makes tensors of numbers by them
    if not any(isinstance(each, Simulated) for each in operands):
        return False
    for argument, operand in _by_argument(func, args, kwargs):
        if not isinstance(operand, Simulated) and not _may_stay(func, argument, operand):
            raise DeviceError(blame.stray(operand))
    return True


def _by_argument(func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[tuple[Any, torch.Tensor]]:
    named = list(zip(func._schema.arguments, args, strict=False))
    named += [(each, kwargs[each.name]) for each in func._schema.arguments if each.name in kwargs]
    for argument, value in named:
        for leaf in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(leaf, torch.Tensor):
                yield argument, leaf


def _may_stay(func: Any, argument: Any, operand: torch.Tensor) -> bool:
    """Whether a CPU tensor is welcome beside others of a device: an index, or a number to be written nowhere."""
    name = func._schema.name
    if argument.name in ON_CPU_TOO.get(name, ()):
        return True
    written = argument.alias_info is not None and argument.alias_info.is_write
    return operand.dim() == 0 and not written and (torch.Tag.pointwise in func.tags or name in SCALAR_FRIENDLY)


def _check_generator(args: tuple[Any, ...], kwargs: Mapping[str, Any], there: bool, blame: Blame) -> None:
    used: Any = kwargs.get("generator") or next((each for each in args if isinstance(each, _PLAIN_GENERATOR)), None)
    if used is not None and (used._cdata in _GENERATORS) != there:
        raise DeviceError(blame.generator(there))


def held_by(leaf: Any) -> Any:
    """What a simulated tensor holds; anything else as it is."""
    return leaf.held if isinstance(leaf, Simulated) else leaf


def _wrapped(leaf: Any) -> Any:
    return Simulated(leaf) if isinstance(leaf, torch.Tensor) else leaf


def _refit(written: Simulated) -> None:
    """Gives a wrapper the shape that an operator such as `unsqueeze_` gave its numbers."""
    inner = written.held
    if (written.shape, written.stride()) != (inner.shape, inner.stride()):
        SET_DATA(written, Simulated(inner))
