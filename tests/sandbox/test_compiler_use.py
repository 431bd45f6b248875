"""Code that uses torch's compiler: its import is nobody's time in class."""

from __future__ import annotations

import pytest

from grader.model.question import Question, Returned
from grader.model.value import Array
from grader.sandbox.compiler_use import may_use_compiler
from grader.sandbox.session import Sandbox
from tests.helpers.course import ROOT

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


def test_words_of_other_things_need_none() -> None:
    """Neither optimisers nor `vmap`, nor a name that only contains one of the words."""
    assert not may_use_compiler(["torch.optim.SGD(w)", "vmap(f)", "precompiled = jvps = 1", "x.backward(v)"])
    assert may_use_compiler(["x = 1", "torch.compile(f)"])


def test_what_a_stub_says_needs_none() -> None:
    """No file as it is handed out, though some name what they forbid; nor a comment. A source that is no Python may."""
    stubs = [path.read_text(encoding="utf-8") for path in (ROOT / "exercises").glob("*.py")]
    assert any("jacfwd" in stub for stub in stubs)
    assert not may_use_compiler([*stubs, "x = 1  # not torch.compile"])
    assert may_use_compiler(["# torch.compile\ndef f(x:\n    return x\n"])
