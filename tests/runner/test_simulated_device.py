"""The simulated device: every device bug is caught, with its line and its repair, and honest code is left alone."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from grader.model.question import Answer, Failed, Question, Returned
from grader.model.value import Array, Device, Generator, leaves
from grader.runner.respond import respond
from tests.data.devices import bugs, honest

X = Array.of(np.array([[1, 2, 3, 4], [5, 6, 7, 9], [2, 1, 0, 1]], dtype=np.float32))
ON_THE_CPU = pytest.mark.skipif(torch.cuda.is_available(), reason="says what a machine without a GPU says")
CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
ONLY_A_GPU_KNOWS = ("always_to_cuda",)  # right where X lies on a GPU; wrong where it does not


def snippets(module: ModuleType) -> dict[str, Callable[..., Any]]:
    return {
        name: each
        for name, each in vars(module).items()
        if inspect.isfunction(each) and each.__module__ == module.__name__
    }


BUGS, HONEST = snippets(bugs), snippets(honest)


def asked(function: Callable[..., Any], device: str) -> Answer:
    arguments = {"X": X, "generator": Generator(7)}
    names = list(inspect.signature(function).parameters)
    question = Question("f", tuple(arguments[name] for name in names), seed=5, device=device)
    return respond({"f": function, "__file__": inspect.getsourcefile(function)}, question)


def complaint(answer: Answer) -> str:
    """What is said of the devices; nothing, if nothing is wrong."""
    if isinstance(answer, Failed):
        return f"{answer.error[0]}: {answer.message}"
    return " ".join(text or f"{path} is elsewhere" for path, text in answer.observed.elsewhere)


def marked_line(name: str) -> int:
    """The line of a bug with the mark `# here`, or that of the class which it uses."""
    source, _ = inspect.getsourcelines(BUGS[name])
    classes = re.findall(r"[A-Z]\w+(?=\(\))", "".join(source))
    for part in (BUGS[name], *(vars(bugs)[each] for each in classes if each in vars(bugs))):
        lines, start = inspect.getsourcelines(part)
        for place, line in enumerate(lines):
            if "# here" in line:
                return start + place
    raise AssertionError(f"{name} has no mark")


def test_there_are_enough_of_each_kind() -> None:
    """At least 40 bugs and 44 honest snippets."""
    assert len(BUGS) >= 20 + 20
    assert len(HONEST) >= 24 + 20


@pytest.mark.parametrize("name", BUGS)
def test_a_device_bug_is_caught_with_its_line(name: str) -> None:
    """The sentence begins with the line of the student's file that has to change, and says how."""
    said = complaint(asked(BUGS[name], "sim"))
    found = re.match(r"(DeviceError: )?line (\d+): (?P<what>.+)", said)
    assert found, said
    assert int(found[2]) == marked_line(name), said
    assert re.search(r"(create|make|bring|move|use|register).*X\.device", found["what"]), said


@ON_THE_CPU
@pytest.mark.parametrize("name", [name for name in BUGS if name not in ("a_device_by_number", "always_to_cuda")])
def test_a_device_bug_does_not_show_on_the_cpu(name: str) -> None:
    """That is why the simulated device is there."""
    assert not complaint(asked(BUGS[name], "cpu"))


@pytest.mark.parametrize("name", HONEST)
def test_honest_code_gives_the_same_numbers(name: str) -> None:
    """No false alarm, and what the CPU says, up to what a fused kernel rounds differently: the computing is done there."""
    there, here = asked(HONEST[name], "sim"), asked(HONEST[name], "cpu")
    assert not complaint(there), complaint(there)
    assert isinstance(there, Returned)
    assert isinstance(here, Returned)
    for (path, seen), (_, truth) in zip(leaves(there.values), leaves(here.values), strict=True):
        np.testing.assert_allclose(seen.numpy(), truth.numpy(), rtol=2e-6, err_msg=path)


@pytest.mark.cuda
@CUDA
@pytest.mark.parametrize("name", BUGS)
def test_a_gpu_says_so_too(name: str) -> None:
    """Every bug that is called one on the simulated device is one on a real GPU."""
    device = "cpu" if name in ONLY_A_GPU_KNOWS else "cuda"
    assert complaint(asked(BUGS[name], device))


@pytest.mark.cuda
@CUDA
@pytest.mark.parametrize("name", HONEST)
def test_a_gpu_has_nothing_against_honest_code(name: str) -> None:
    """What the simulated device lets pass runs on a real GPU, and the answer lies there."""
    answer = asked(HONEST[name], "cuda")
    assert not complaint(answer), complaint(answer)


def test_a_device_is_an_argument_too() -> None:
    """Where the device is given, it is named in the repair; an answer may be a device, and is called the CPU."""

    def f(device: torch.device) -> torch.device:
        return torch.zeros(2, device=device).device

    answer = respond({"f": f, "__file__": __file__}, Question("f", (Device("cpu"),), device="sim"))
    assert isinstance(answer, Returned)
    assert answer.values == (Device("cpu"),)


def test_a_line_behind_a_driver_is_named_without_the_argument() -> None:
    """A driver calls with what it likes, so nobody knows what the student calls the argument."""
    driver = "def drive(f, X):\n    return f(2 * X)"
    question = Question("f", (X,), driver=driver, device="sim")
    answer = respond({"f": bugs.a_vector_added, "__file__": bugs.__file__}, question)
    assert complaint(answer).endswith("torch.ones(4) is on the CPU; create it on the device of the inputs")


def test_gradients_can_be_asked_there() -> None:
    """They come home as numbers."""
    question = Question("f", (X,), gradients=("[0]",), cotangents=(X,), device="sim")
    answer = respond({"f": lambda X: X * X, "__file__": __file__}, question)
    assert isinstance(answer, Returned)
    assert isinstance(answer.gradients[0], Array)
    np.testing.assert_array_equal(answer.gradients[0].numpy(), 2 * X.numpy() ** 2)


def test_what_is_changed_in_place_is_seen() -> None:
    """Arguments are compared with what they were, on every device."""

    def f(X: torch.Tensor) -> torch.Tensor:
        return X.mul_(2)

    answer = respond({"f": f, "__file__": __file__}, Question("f", (X,), after=("[0]",), device="sim"))
    assert isinstance(answer, Returned)
    assert answer.observed.changed == ("[0]",)
    assert isinstance(answer.after[0], Array)
    np.testing.assert_array_equal(answer.after[0].numpy(), 2 * X.numpy())


def test_a_generator_goes_on_from_call_to_call() -> None:
    """And starts anew where the question says so, with the numbers that it gives on the CPU."""

    def f(generator: torch.Generator) -> torch.Tensor:
        return torch.rand(2, generator=generator, device=generator.device)

    answers = [
        respond({"f": f, "__file__": __file__}, Question("f", (Generator(1),), calls=(0, None, 0), device=device))
        for device in ("sim", "cpu")
    ]
    assert answers[0] == answers[1]
    assert isinstance(answers[0], Returned)
    first, second, third = answers[0].values
    assert first == third != second


def test_nothing_is_left_behind() -> None:
    """After a question torch is what it was, whatever became of it."""
    before = torch.Generator
    asked(bugs.a_vector_added, "sim")
    assert torch.Generator is before
    assert type(torch.zeros(2)) is torch.Tensor
    assert torch.zeros(2).device == torch.device("cpu")
    assert torch.accelerator.current_accelerator(check_available=True) is None or torch.cuda.is_available()


def test_the_compiler_stays_out() -> None:
    """torch._dynamo takes a second to import; asking on the simulated device must not."""
    code = (
        "import sys, grader.runner.respond as r; from grader.model.question import Question; "
        "from grader.model.value import Array; X = Array('float32', (1,), bytes(4)); "
        "print(r.respond({'f': lambda X: X.exp().sum()}, Question('f', (X,), device='sim')), 'torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Returned")
    assert done.stdout.split()[-1] == "False"
