"""Asks one question of one namespace, in this process.

The child does this with a student's module; the key maker does it with references, misconceptions and
alternatives. Nothing here knows an answer or decides anything. Whatever the function raises, up to
`BaseException`, becomes a `Failed`.
"""

from __future__ import annotations

import random
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import torch

from grader.model.question import FRESH, Answer, Failed, Observed, Question, Returned
from grader.model.result import Verdict
from grader.model.value import Generator, Opaque, Value, leaves, map_leaves
from grader.runner.device import (
    MAX_STRAYS,
    device_of,
    home,
    make_generator,
    name_of_device,
    ready_for,
    seed_global,
    strays,
    working_on,
)
from grader.runner.device_errors import Blame
from grader.runner.failure import DRIVER, failure
from grader.runner.forbidden_calls import Watch
from grader.runner.missing_modules import not_there
from grader.runner.observe import OperationCounter, changed_paths, restore, settings, snapshot
from grader.runner.simulated_device import CPU
from grader.runner.tensors import bounded, converted, from_torch, to_torch

SALT = 104_729
"""What the seeds of the global generators differ by from call to call where a generator is given: whoever draws from
the global ones in its place does not repeat."""
OTHER_SHAPE = Opaque("an answer of another shape")


def respond(namespace: Mapping[str, Any], question: Question) -> Answer:
    """The answer of `namespace[question.function]`, or of the question's driver applied to it."""
    function = namespace.get(question.function)
    if function is None or not callable(function):
        return Failed(Verdict.MISSING)
    why = not_there(function)
    if why is not None:
        return replace(failure(why, str(namespace.get("__file__", ""))), phase="loading")
    file, before = str(namespace.get("__file__", "")), settings()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            device = device_of(question)
            blame = Blame(file, name_of_device(function, question) if device != CPU else "")
            call = driven(function, question.driver) if question.driver else function
            with ready_for(device):
                if question.gradients:
                    return _gradients(call, question, device, blame)
                return _values(call, question, device, blame)
    except BaseException as error:
        return failure(error, file)
    finally:
        restore(before)


def driven(function: Callable[..., Any], driver: str) -> Callable[..., Any]:
    """`function` behind a driver, whose source is public."""
    namespace: dict[str, Any] = {"torch": torch, "np": np}
    exec(_compiled(driver), namespace)
    drive = namespace["drive"]
    return lambda *args, **kwargs: drive(function, *args, **kwargs)


@cache
def _compiled(driver: str) -> types.CodeType:
    return compile(driver, DRIVER, "exec")  # once: it takes longer than most questions


def _values(call: Callable[..., Any], question: Question, device: torch.device, blame: Blame) -> Returned:
    values: list[Value] = []
    after: tuple[Value, ...] = ()
    observed = Observed()
    generators: dict[str, torch.Generator | np.random.Generator] = {}
    shift = FRESH
    salt = SALT if any(isinstance(leaf, Generator) for _, leaf in leaves(question.named)) else 0
    for number, start in enumerate(question.calls):
        if start is not None:
            generators, shift = {}, start
            seed_everything(question.seed + shift + salt * number, device)
        named = _arguments(question, generators, shift, device)
        if number:
            with working_on(device, blame):
                answer = _apply(call, named)
            values.append(from_torch(answer, device))
            continue
        given, state = map_leaves(_copied, named), snapshot()
        seed_everything(question.seed + shift, device)
        with ExitStack() as stack:
            stack.enter_context(working_on(device, blame))
            watch = stack.enter_context(Watch(question.forbid, blame.file)) if question.forbid else None
            counter = stack.enter_context(OperationCounter(blame.file)) if question.count else None
            answer = bounded(_apply(call, named))
        observed = Observed(
            changed=changed_paths(given, named),
            state=state.differences(snapshot()),
            operators=counter.operators if counter else 0,
            opcodes=counter.opcodes if counter else 0,
            forbidden=watch.calls() if watch else (),
            elsewhere=tuple(islice(strays(answer, "value", device, blame), MAX_STRAYS)),
        )
        values.append(converted(answer, device))
        here = dict(leaves(named)) if question.after else {}
        after = tuple(from_torch(here.get(path), device) for path in question.after)
    return Returned(tuple(values), after=after, observed=observed)


def _gradients(call: Callable[..., Any], question: Question, device: torch.device, blame: Blame) -> Returned:
    """Inputs are copies of leaves: honest in-place code on them is no error.

    What came back goes along where the question says so: the gradient of a random answer is that of the very coins that
    the answer shows.
    """
    shift = question.calls[0] or FRESH
    seed_everything(question.seed + shift, device)
    wanted: dict[str, torch.Tensor] = {}

    def watched(path: str, leaf: Any) -> Any:
        if path not in question.gradients:
            return leaf
        wanted[path] = leaf.detach().requires_grad_()
        return wanted[path].clone()

    with working_on(device, blame):
        answer = bounded(_apply(call, _map_with_paths(watched, _arguments(question, {}, shift, device))))
        got = _pulled_back(answer, question, [wanted[path] for path in question.gradients])
    values = (from_torch(_detached(answer), device),) if question.with_value else ()
    return Returned(values, gradients=tuple(from_torch(each) for each in got))


def _detached(answer: Any) -> Any:
    return map_leaves(lambda leaf: leaf.detach() if isinstance(leaf, torch.Tensor) else leaf, answer)


def _pulled_back(answer: Any, question: Question, inputs: list[torch.Tensor]) -> Sequence[torch.Tensor | Opaque | None]:
    """The cotangents of an answer, pulled back to the inputs."""
    outputs = [leaf for _, leaf in leaves(answer) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point()]
    if [tuple(output.shape) for output in outputs] != [each.shape for each in question.cotangents]:
        return [OTHER_SHAPE] * len(inputs)
    cotangents = [to_torch(each).to(output) for each, output in zip(question.cotangents, outputs, strict=True)]
    # Given the cotangents themselves torch would compare shapes by sympy, and import it: a second of processor time.
    weighted = [(y * c).sum() for y, c in zip(outputs, cotangents, strict=True) if y.requires_grad]
    return torch.autograd.grad(weighted, inputs, allow_unused=True) if weighted else [None] * len(inputs)


def _arguments(
    question: Question, generators: dict[str, torch.Generator | np.random.Generator], shift: int, device: torch.device
) -> dict[int | str, Any]:
    """All arguments by place or name. Generators that are missing are made; those that are there go on."""

    def made(path: str, leaf: Value) -> Any:
        if isinstance(leaf, Generator) and leaf.library == "numpy":
            return generators.setdefault(path, to_torch(replace(leaf, seed=leaf.seed + shift)))
        if isinstance(leaf, Generator):
            return generators.setdefault(path, make_generator(leaf.seed + shift, device))
        return to_torch(leaf, device)

    named: dict[int | str, Any] = _map_with_paths(made, question.named)
    return named


def _apply(call: Callable[..., Any], named: Mapping[int | str, Any]) -> Any:
    places = [key for key in named if isinstance(key, int)]
    return call(*(named[place] for place in places), **{name: named[name] for name in named if isinstance(name, str)})


def _copied(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return leaf.copy()
    return home(leaf).clone() if isinstance(leaf, torch.Tensor) else leaf


def _map_with_paths(change: Callable[[str, Any], Any], value: Any, path: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _map_with_paths(change, item, f"{path}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_map_with_paths(change, item, f"{path}[{index}]") for index, item in enumerate(value))
    return change(path, value)


def seed_everything(seed: int, device: torch.device = CPU) -> None:
    """Gives every global generator a start of its own."""
    seed_global(seed, device)
    random.seed(seed)
    np.random.seed(seed % 2**32)
