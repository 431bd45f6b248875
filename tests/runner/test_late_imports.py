"""What a question imports: a process in which nobody has asked anything yet is asked as a child is."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
import sys
import torch
from grader.model.question import Question, Returned
from grader.model.value import Array
from grader.runner.late_imports import leave_distributed_out
from grader.runner.respond import respond

leave_distributed_out()
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


def test_what_is_left_out_can_still_be_imported() -> None:
    """A student's own import gets torch's own module, before and after operators on other tensors."""
    program = """
from grader.runner.late_imports import leave_distributed_out
leave_distributed_out()
leave_distributed_out()
from torch.distributed.tensor import DTensor
leave_distributed_out()
import sys
print(DTensor.__module__, sys.modules["torch.distributed.tensor"].DTensor is DTensor)
"""
    assert _said(program) == "torch.distributed.tensor True"
