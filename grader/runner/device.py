"""Where a question is asked: on the CPU, on a GPU, or on the simulated device.

Arguments are built there, generators live there, and answers come home as numbers, with a note of those that did not
lie there. A GPU computes as the CPU does, as far as it can: without TF32, with deterministic algorithms.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from grader.model.question import Question
from grader.model.value import Array, Device, Generator, leaves
from grader.runner.device_errors import Blame
from grader.runner.simulated_device import SIM, Simulated, SimulatedOperators, generator, known_generators
from grader.runner.simulated_functions import SimulatedFunctions

MAX_STRAYS = 20


def device_of(question: Question) -> torch.device:
    """The device of a question, made ready. Raises what torch raises where there is no such device."""
    name, _, arithmetic = question.device.partition("+")
    device = SIM if name == "sim" else torch.device(name)
    if device.type == "cuda":
        _calm_cuda(tf32=arithmetic == "tf32")
    return device


def _calm_cuda(tf32: bool = False) -> None:
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    if not torch.are_deterministic_algorithms_enabled():
        torch.use_deterministic_algorithms(True, warn_only=True)


def start_card(memory_mb: int) -> str:
    """Starts CUDA on the one card that is visible, multiplies and differentiates there; why not, where that fails.

    memory_mb: what torch may take of the card's memory, so that honest work gets an exception and is not killed.
    """
    try:
        _calm_cuda()
        if memory_mb:
            total = torch.cuda.get_device_properties(0).total_memory
            torch.cuda.set_per_process_memory_fraction(min(1.0, (memory_mb << 20) / total))
        two = torch.full((8, 8), 2.0, device="cuda", requires_grad=True)
        torch.autograd.grad((two @ two).sum(), two)
        six = (two[0, 0] * 3).item()
    except (RuntimeError, AssertionError, OSError) as error:
        return f"CUDA does not start: {str(error).splitlines()[0]}"
    return "" if six == 6 else f"on the card, 2 * 3 = {six}"


@contextmanager
def ready_for(device: torch.device) -> Iterator[None]:
    """While this holds, arguments may be made on the device, and answers read."""
    if device == SIM:
        with known_generators():
            yield
    else:
        yield


@contextmanager
def working_on(device: torch.device, blame: Blame) -> Iterator[None]:
    """While this holds, code may be asked on the device. `blame` says in whose code a tensor was made."""
    if device == SIM:
        with SimulatedOperators(blame), SimulatedFunctions(blame):
            yield
        return
    yield
    if device.type == "cuda":
        torch.cuda.synchronize(device)  # what a kernel did wrong is said of the question that started it


def put(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A CPU tensor on the device."""
    return Simulated(tensor) if device == SIM else tensor.to(device)


def home(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of any device on the CPU, detached."""
    return (tensor.held if isinstance(tensor, Simulated) else tensor).detach().cpu()


def lies_on(tensor: torch.Tensor, device: torch.device) -> bool:
    """Whether a tensor lies on the device of a question; any index will do where the question names none."""
    return tensor.device.type == device.type and device.index in (None, tensor.device.index)


def make_generator(seed: int, device: torch.device) -> torch.Generator:
    """A generator on the device."""
    return generator(seed) if device == SIM else torch.Generator(device).manual_seed(seed)


def seed_global(seed: int, device: torch.device) -> None:
    """Gives torch's global generators a start of their own."""
    torch.default_generator.manual_seed(seed)  # torch.manual_seed takes 0.7 ms, and imports torch._dynamo first
    if device.type == "cuda":
        torch.cuda.manual_seed_all(seed)


def strays(answer: Any, root: str, device: torch.device, blame: Blame) -> Iterator[tuple[str, str]]:
    """The tensors of an answer that lie on another device: their path, and where that began, if that is known."""
    for path, leaf in leaves(answer):
        if isinstance(leaf, torch.Tensor) and not lies_on(leaf, device):
            yield f"{root}{path}", blame.of(leaf)


def name_of_device(function: Callable[..., Any], question: Question) -> str:
    """How a student names the device of the arguments, `X.device`. Behind a driver nobody knows: empty."""
    if question.driver:
        return ""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ""
    for key, value in question.named.items():
        name = key if isinstance(key, str) else names[key] if key < len(names) else ""
        if name and isinstance(value, Device):
            return name
        for path, leaf in leaves(value):
            if name and isinstance(leaf, (Array, Generator)) and leaf.library == "torch":
                return f"{name}{path}.device"
    return ""
