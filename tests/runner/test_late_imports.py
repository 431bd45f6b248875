"""What a question imports: a process in which nobody has asked anything yet is asked as a child is."""

from __future__ import annotations

import subprocess
import sys

import pytest

ASKED = """
import sys
import torch
from grader.model.question import Question, Returned
from grader.model.value import Array
from grader.runner.late_imports import avoid_late_imports
from grader.runner.respond import respond

avoid_late_imports()
x = Array("float32", (2,), bytes(8))
for question in (
    Question("f", (x,)),
    Question("f", (x,), forbid=("torch.softmax",)),
    Question("f", (x,), count=True),
    Question("f", (x,), device="sim"),
    Question("f", (x,), gradients=("[0]",), cotangents=(x,)),
):
    answer = respond({"f": lambda x: torch.stack([x.exp(), 1 / (1 + x)]).sum(0)}, question)
    assert isinstance(answer, Returned), answer
    assert "sympy" not in sys.modules, question
"""


def _said(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_a_question_imports_nothing_large() -> None:
    """A cold check waits for no part of torch that the student's own code does not use: plain questions, watched and
    counted ones, on a device, for gradients."""
    _said(ASKED)


USED = """
import sys
import torch
from grader.runner.late_imports import avoid_late_imports

avoid_late_imports()
weight = torch.nn.Parameter(torch.ones(2))
optimiser = torch.optim.Adam([weight], lr=0.1)
schedule = torch.optim.lr_scheduler.StepLR(optimiser, 3)
(weight * weight).backward(torch.ones(2))
optimiser.step(), schedule.step(), optimiser.zero_grad()
product = torch.ones(2, requires_grad=True) * 2
torch.autograd.grad(product, product, grad_outputs=torch.ones(2))
torch.func.vmap(torch.func.grad(lambda x: x * x))(torch.ones(2))
torch.func.jacrev(torch.sin)(torch.ones(2))
assert "sympy" not in sys.modules
"""


def test_optimisers_vectors_and_vmap_import_nothing_large() -> None:
    """What students of the book use most imports neither torch's compiler nor sympy: optimisers and schedules, the
    gradient of a vector, `vmap`, `grad` and `jacrev`."""
    _said(USED)


@pytest.mark.parametrize(
    "use",
    [
        "torch._dynamo.config.recompile_limit",
        "__import__('torch._dynamo.config').version",
        "importlib.import_module('torch.fx.experimental.symbolic_shapes').ShapeEnv()",
    ],
)
def test_whatever_else_is_asked_for_is_the_module_itself(use: str) -> None:
    """A name that eager mode does not need, and a module of the package, come from torch's own module, in every way in
    which one can be imported; afterwards there is no other."""
    module = "torch._dynamo" if "_dynamo" in use else "torch.fx.experimental.symbolic_shapes"
    said = _said(f"""
import importlib, sys, torch
from grader.runner.late_imports import avoid_late_imports
avoid_late_imports()
assert not hasattr(sys.modules[{module!r}], "__file__")
{use}
print(sys.modules[{module!r}].__file__ is not None, {module} is sys.modules[{module!r}])
""")
    assert said.splitlines()[-1] == "True True"


def test_an_error_of_sizes_is_said_as_torch_says_it() -> None:
    """A gradient of another size than its output is refused in torch's words, with the stand-in as without it."""
    program = """
import torch
from grader.runner.late_imports import avoid_late_imports
{}
try:
    (torch.ones(2, requires_grad=True) * 2).backward(torch.ones(3))
except RuntimeError as error:
    print(error)
"""
    said = _said(program.format("avoid_late_imports()"))
    assert "torch.Size([3])" in said
    assert said == _said(program.format(""))


def test_what_is_left_out_can_still_be_imported() -> None:
    """A student's own import gets torch's own module, before and after operators on other tensors."""
    program = """
from grader.runner.late_imports import avoid_late_imports
avoid_late_imports()
avoid_late_imports()
from torch.distributed.tensor import DTensor
avoid_late_imports()
import sys
print(DTensor.__module__, sys.modules["torch.distributed.tensor"].DTensor is DTensor)
"""
    assert _said(program) == "torch.distributed.tensor True"
