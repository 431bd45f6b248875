"""Asks one question of one namespace, in this process.

The child does this with a student's module; the key maker does it with references, misconceptions and
alternatives. Nothing here knows an answer or decides anything. Whatever the function raises, up to
`BaseException`, becomes a `Failed`.
"""

from __future__ import annotations

import random
import sys
import types
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch

from grader.question import FRESH, Answer, Failed, Observed, Question, Returned
from grader.sandbox.observe import Counter, Watch, changed_paths, restore, snapshot
from grader.value import (
    ITEM_BYTES,
    Array,
    Device,
    Dtype,
    Generator,
    Opaque,
    Value,
    leaves,
    map_leaves,
)
from grader.verdict import Verdict

MAX_MESSAGE = 500
MAX_ITEMS = 2_000
OTHER_SHAPE = Opaque("an answer of another shape")
_OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "unable to mmap")


def load(source: str, name: str) -> dict[str, Any] | Failed:
    """Runs a module's source and returns its namespace."""
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules.setdefault(name, module)  # dataclasses and annotations look their module up
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source, f"{name}.py", "exec"), module.__dict__)
    except BaseException as error:
        return failure(error, f"{name}.py")
    return module.__dict__


def respond(namespace: Mapping[str, Any], question: Question) -> Answer:
    """The answer of `namespace[question.function]`, or of the question's driver applied to it."""
    function = namespace.get(question.function)
    if function is None or not callable(function):
        return Failed(Verdict.MISSING, message=f"there is no function {question.function}")
    before = snapshot()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call = driven(function, question.driver) if question.driver else function
            if question.gradients:
                return _gradients(call, question)
            return _values(call, question, str(namespace.get("__file__", "")))
    except BaseException as error:
        return failure(error, str(namespace.get("__file__", "")))
    finally:
        restore(before)


def driven(function: Callable[..., Any], driver: str) -> Callable[..., Any]:
    """`function` behind a driver, whose source is public."""
    namespace: dict[str, Any] = {"torch": torch}
    exec(compile(driver, "driver", "exec"), namespace)
    drive = namespace["drive"]
    return lambda *args, **kwargs: drive(function, *args, **kwargs)


def _values(call: Callable[..., Any], question: Question, file: str) -> Returned:
    values: list[Value] = []
    after: tuple[Value, ...] = ()
    observed = Observed()
    generators: dict[str, torch.Generator] = {}
    shift = FRESH
    for number, start in enumerate(question.calls):
        if start is not None:
            generators, shift = {}, start
            seed_everything(question.seed + shift)
        named = _arguments(question, generators, shift)
        if number:
            values.append(from_torch(_apply(call, named)))
            continue
        given, state = map_leaves(_copied, named), snapshot()
        with ExitStack() as stack:
            watch = stack.enter_context(Watch(question.forbid, file)) if question.forbid else None
            counter = stack.enter_context(Counter(file)) if question.count else None
            answer = _apply(call, named)
        observed = Observed(
            changed=changed_paths(given, named),
            state=state.differences(snapshot()),
            operators=counter.operators if counter else 0,
            opcodes=counter.opcodes if counter else 0,
            forbidden=watch.calls() if watch else (),
        )
        values.append(from_torch(answer))
        here = dict(leaves(named))
        after = tuple(from_torch(here.get(path)) for path in question.after)
    return Returned(tuple(values), after=after, observed=observed)


def _gradients(call: Callable[..., Any], question: Question) -> Returned:
    """Inputs are copies of leaves: honest in-place code on them is no error."""
    seed_everything(question.seed)
    wanted: dict[str, torch.Tensor] = {}

    def watched(path: str, leaf: Any) -> Any:
        if path not in question.gradients:
            return leaf
        wanted[path] = leaf.detach().requires_grad_()
        return wanted[path].clone()

    answer = _apply(call, _map_with_paths(watched, _arguments(question, {}, FRESH)))
    outputs = [leaf for _, leaf in leaves(answer) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point()]
    if [tuple(output.shape) for output in outputs] != [each.shape for each in question.cotangents]:
        return Returned((), gradients=tuple(OTHER_SHAPE for _ in question.gradients))
    cotangents = [to_torch(each).to(output) for each, output in zip(question.cotangents, outputs, strict=True)]
    pairs = [(y, c) for y, c in zip(outputs, cotangents, strict=True) if y.requires_grad]
    inputs = [wanted[path] for path in question.gradients]
    if not pairs:
        return Returned((), gradients=tuple(None for _ in inputs))
    got = torch.autograd.grad([y for y, _ in pairs], inputs, [c for _, c in pairs], allow_unused=True)
    return Returned((), gradients=tuple(from_torch(each) for each in got))


def _arguments(question: Question, generators: dict[str, torch.Generator], shift: int) -> dict[int | str, Any]:
    """All arguments by place or name. Generators that are missing are made; those that are there go on."""

    def made(path: str, leaf: Value) -> Any:
        if isinstance(leaf, Generator):
            return generators.setdefault(path, torch.Generator().manual_seed(leaf.seed + shift))
        return to_torch(leaf)

    named: dict[int | str, Any] = _map_with_paths(made, question.named)
    return named


def _apply(call: Callable[..., Any], named: Mapping[int | str, Any]) -> Any:
    places = [key for key in named if isinstance(key, int)]
    return call(*(named[place] for place in places), **{name: named[name] for name in named if isinstance(name, str)})


def _copied(leaf: Any) -> Any:
    return leaf.detach().clone() if isinstance(leaf, torch.Tensor) else leaf


def _map_with_paths(change: Callable[[str, Any], Any], value: Any, path: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _map_with_paths(change, item, f"{path}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_map_with_paths(change, item, f"{path}[{index}]") for index, item in enumerate(value))
    return change(path, value)


def seed_everything(seed: int) -> None:
    """Gives every global generator a start of its own."""
    torch.default_generator.manual_seed(seed)  # torch.manual_seed takes 0.7 ms, and imports torch._dynamo first
    random.seed(seed)
    np.random.seed(seed % 2**32)


def failure(error: BaseException, file: str) -> Failed:
    """What is known of an exception: its classes, its text, and the student's last line on the way."""
    names = tuple(each.__name__ for each in type(error).__mro__ if each not in (object, BaseException))
    message = _text(error)
    if isinstance(error, NotImplementedError):
        verdict = Verdict.MISSING
    elif isinstance(error, MemoryError) or any(words in message.lower() for words in _OUT_OF_MEMORY):
        verdict = Verdict.OUT_OF_MEMORY
    else:
        verdict = Verdict.RAISED
    return Failed(verdict, names, message, _line(error, file))


def _text(error: BaseException) -> str:
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
    except BaseException:
        text = "(its message cannot be read)"
    return text[:MAX_MESSAGE]


def _line(error: BaseException, file: str) -> int | None:
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def to_torch(value: Value) -> Any:
    """A leaf as student code receives it; every tensor has a storage of its own."""
    match value:
        case Array():
            return _tensor(value)
        case Dtype(name):
            return getattr(torch, name)
        case Device(name):
            return torch.device(name)
    return value


def _tensor(array: Array) -> torch.Tensor:
    dtype = getattr(torch, array.dtype)
    if not array.data:
        return torch.empty(array.shape, dtype=dtype)
    flat = torch.frombuffer(bytearray(array.data), dtype=dtype)
    return flat.as_strided(array.shape, array.strides) if array.strides else flat.reshape(array.shape)


def from_torch(answer: Any) -> Value:
    """What an answer says; what lies outside the closed set is `Opaque`."""
    return _plain(answer, [MAX_ITEMS], 0)


def _plain(answer: Any, budget: list[int], depth: int) -> Value:
    budget[0] -= 1
    if budget[0] < 0 or depth > 8:
        return Opaque("a very large answer")
    if isinstance(answer, (list, tuple)):
        items = [_plain(item, budget, depth + 1) for item in answer[: MAX_ITEMS + 1]]
        return items if isinstance(answer, list) else tuple(items)
    if isinstance(answer, dict):
        return {_key(key): _plain(item, budget, depth + 1) for key, item in answer.items()}
    return _leaf(answer)


def _key(key: Any) -> str | int:
    return key if isinstance(key, (str, int)) else str(key)


def _leaf(answer: Any) -> Value:
    if answer is None or type(answer) in (bool, int, float, str, Array, Opaque):
        return answer
    if type(answer) in (torch.Tensor, torch.nn.Parameter):
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
    plain = tensor.detach().cpu().contiguous()
    data = plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    return Array(dtype, tuple(plain.shape), data)
