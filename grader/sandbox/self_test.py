"""A real child of a real sandbox, made to break each limit that the parent keeps."""

from __future__ import annotations

import time

from grader.model.limits import Limits
from grader.model.question import Answer, Question, Returned
from grader.model.result import Verdict
from grader.sandbox.brief import brief
from grader.sandbox.probe import Layer
from grader.sandbox.session import Sandbox

LIMITS = Limits(question_seconds=0.5, memory_mb=256, answer_mb=1)
SOURCE = """import torch

def answer(): return 2 * 3
def loop():
    while True: pass
def swell(): return torch.ones(1 << 28)
def shout(): return torch.ones(1 << 20)
"""


def trial(sandbox: Sandbox) -> list[Layer]:
    """Whether children answer, and whether those that do not behave are stopped."""
    began = time.monotonic()
    answer = _asked(sandbox, "answer")
    took = f"{1000 * (time.monotonic() - began):.0f} ms"
    if not isinstance(answer, Returned):
        return [Layer("process", False, brief(answer), "asked a child for 2 * 3")]
    return [
        Layer("process", answer.values == (6,), took, "asked a child for 2 * 3"),
        _stopped("time limit", _asked(sandbox, "loop"), Verdict.TIMED_OUT, "looped for ever in a child"),
        _stopped("memory limit", _asked(sandbox, "swell"), Verdict.OUT_OF_MEMORY, "took 1 GB in a child"),
        _stopped("output limit", _asked(sandbox, "shout"), Verdict.RAISED, "answered with 4 MB of numbers"),
    ]


def _asked(sandbox: Sandbox, function: str) -> Answer:
    with sandbox.submission({"trial": SOURCE}, LIMITS) as submission:
        (answer,) = submission.ask("trial", [Question(function)])
    return answer


def _stopped(name: str, answer: Answer, due: Verdict, tried: str) -> Layer:
    if isinstance(answer, Returned):
        return Layer(name, False, "the child got away with it", tried)
    return Layer(name, answer.verdict is due, brief(answer), tried)
