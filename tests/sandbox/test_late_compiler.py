"""Code that asks for torch's compiler: it is asked again where that is imported, and the import is nobody's time."""

from __future__ import annotations

import pytest

from grader.model.fact import CallEnd
from grader.model.limits import Limits
from grader.model.question import Failed, Question, Returned
from grader.model.value import Array
from grader.sandbox.session import Sandbox

X = Array("float32", (2,), bytes(8))
HEAD = """
import sys
import torch
assert hasattr(sys.modules["torch._dynamo"], "__file__"), "it would be imported now"
"""
FUNCTIONS = {
    "deterministic": "torch.use_deterministic_algorithms(True)\ndef f(x): return x * 2\n",
    "checkpoint": """
from torch.utils.checkpoint import checkpoint
def f(x): return checkpoint(lambda x: x * 2, x.clone().requires_grad_(True), use_reentrant=False).detach()
""",
    "forward gradients": "def f(x): return torch.func.jacfwd(lambda x: x * 2)(x)\n",
    "a nested tensor": """
def f(x): return torch.nested.nested_tensor([x, x], layout=torch.jagged).to_padded_tensor(0.0)
""",
    "no data": "def f(x): return torch.zeros(torch.matmul(x[None].to('meta'), x[:, None].to('meta')).shape)\n",
    "comparison": "def f(x):\n    torch.testing.assert_close(x, x)\n    return x\n",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_needs_the_compiler_has_it_imported(name: str, sandbox: Sandbox) -> None:
    """Deterministic algorithms, checkpoints, forward gradients, torch's own comparison: the compiler is there before
    their file runs, and again in the next child."""
    source = f"{HEAD}{FUNCTIONS[name]}"
    for _ in range(2):
        with sandbox.submission({"topic": source}) as submission:
            (answer,) = submission.ask("topic", [Question("f", (X,))])
        assert isinstance(answer, Returned), answer


def test_an_own_module_is_looked_at_too(sandbox: Sandbox) -> None:
    """A module that was handed in beside the topic may be what needs it."""
    helpers = f"{HEAD}torch.use_deterministic_algorithms(True)\n"
    source = "import helpers\ndef f(x): return x\n"
    with sandbox.submission({"topic": source}, modules={"helpers": helpers}) as submission:
        assert isinstance(submission.ask("topic", [Question("f", (X,))])[0], Returned)


@pytest.mark.parametrize("statement", ["import sympy", "import torch._dynamo.config", "import torch._inductor.config"])
def test_an_import_of_it_is_enough(statement: str, sandbox: Sandbox) -> None:
    """Also one that the function does itself, after it has answered another question."""
    source = f"def f(x):\n    if len(x) > 1:\n        {statement}\n    return x * 2\n"
    with sandbox.submission({"topic": source}) as submission:
        questions = [Question("f", (Array("float32", (n,), bytes(4 * n)),)) for n in (1, 2, 1)]
        assert all(isinstance(answer, Returned) for answer in submission.ask("topic", questions))


def test_who_ends_with_its_status_is_asked_twice_and_not_more(sandbox: Sandbox) -> None:
    """A child that ends as one that lacks the compiler ends is a process that ended itself, and what follows is asked."""
    source = "import os\ndef f(x):\n    os._exit(86)\ndef g(x): return x\n"
    with sandbox.submission({"topic": source}) as submission:
        for _ in range(2):
            (answer,) = submission.ask("topic", [Question("f", (X,))])
            assert isinstance(answer, Failed) and answer.end == CallEnd("exited", code=86)
        assert isinstance(submission.ask("topic", [Question("g", (X,))])[0], Returned)


def test_the_time_before_it_was_asked_for_is_nobodys(sandbox: Sandbox) -> None:
    """A submission that used most of its time before it asked for the compiler has all of it afterwards."""
    source = """
import time, torch
def f(x):
    time.sleep(2)
    torch.func.jacfwd(lambda x: x * 2)(x)
    return x
"""
    limits = Limits(submission_seconds=3.9)
    with sandbox.submission({"topic": source}, limits) as submission:
        (answer,) = submission.ask("topic", [Question("f", (X,))])
    assert isinstance(answer, Returned), answer


def test_optimisers_and_vectors_do_not_ask_for_it(sandbox: Sandbox) -> None:
    """What students use every week is answered by the first child."""
    source = """
import sys, torch
def f(x):
    w = x.clone().requires_grad_(True)
    torch.optim.SGD([w], lr=0.1).step()
    (w * 2).backward(torch.ones_like(w))
    torch.vmap(lambda row: row * 2)(x)
    assert not hasattr(sys.modules["torch._dynamo"], "__file__")
    return w.grad
"""
    with sandbox.submission({"topic": source}) as submission:
        assert isinstance(submission.ask("topic", [Question("f", (X,))])[0], Returned)
