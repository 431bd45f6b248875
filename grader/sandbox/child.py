"""The process in which a student's code runs: it is asked, and says numbers.

A zygote forks it and locks it down, then calls `serve`. Where there is no zygote it is a process of its own, started
with the address of the line to its parent, and nothing but deadlines holds it.

Nothing here is a secret and nothing here is trusted. A student's code shares this process: it may rewrite all of it,
and whatever it then says is still no more than an answer.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import math
import os
import random
import signal
import socket
import sys
import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from grader.question import Answer, Failed
from grader.sandbox.limits import Limits
from grader.sandbox.respond import load, respond, seed_everything
from grader.sandbox.wire import Ask, Load, Reply, Request, encode_reply, read_request
from grader.value import NotAValue
from grader.verdict import Verdict

SHARED = (builtins, json, math, random, os, time, np, np.random, np.linalg)
SHARED_TORCH = (torch, torch.Tensor, torch.nn, torch.nn.functional, torch.nn.init, torch.linalg, torch.optim)


def serve(line: socket.socket, limits: Limits) -> None:
    """Answers whatever is asked until the line is closed."""
    sys.dont_write_bytecode = True
    torch.set_num_threads = torch.set_num_interop_threads = lambda count: (
        None
    )  # threads are denied; libgomp would abort
    seed_everything(0)
    settings = Settings()
    modules: dict[str, Mapping[str, Any]] = {}
    line.sendall(encode_reply(Reply(0, 0, None)))
    while True:
        request = read_request(line.recv)
        _handle(request, modules, line, limits)
        settings.restore()


def _handle(request: Request, modules: dict[str, Mapping[str, Any]], line: socket.socket, limits: Limits) -> None:
    match request:
        case Load(number, topic, source):
            module = load(source, topic)
            if isinstance(module, Failed):
                return line.sendall(encode_reply(Reply(number, 0, module)))
            modules[topic] = module
            line.sendall(encode_reply(Reply(number, 0, None)))
        case Ask(number, topic, questions):
            for place, question in enumerate(questions):
                answer = respond(modules[topic], question)
                line.sendall(_frame(number, place, answer, limits))


def _frame(number: int, place: int, answer: Answer, limits: Limits) -> bytes:
    """The frame of an answer, or of what is the matter with it."""
    try:
        frame = encode_reply(Reply(number, place, answer))
        if len(frame) <= limits.answer_bytes:
            return frame
        failed = Failed(Verdict.RAISED, message=f"the answer is larger than {limits.answer_mb} MB")
    except MemoryError:
        failed = Failed(Verdict.OUT_OF_MEMORY, ("MemoryError",), "no memory was left for the answer")
    except (NotAValue, RecursionError):
        failed = Failed(Verdict.RAISED, message="the answer is not made of tensors, numbers, texts, lists and dicts")
    return encode_reply(Reply(number, place, failed))


class Settings:
    """What one topic's code may have changed for the next one's: patched libraries and pending alarms.

    An accident is repaired here (`torch.softmax = softmax` at the top of a file); malice gains nothing by not being.
    """

    def __init__(self) -> None:
        self._shared = [(owner, dict(vars(owner))) for owner in (*SHARED, *SHARED_TORCH)]

    def restore(self) -> None:
        """Puts back whatever was replaced."""
        for owner, names in self._shared:
            now = vars(owner)
            for name, value in names.items():
                if now.get(name, self) is not value:
                    setattr(owner, name, value)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        warnings.resetwarnings()


def main() -> None:
    """A child without a zygote. The line is a descriptor that it inherited; on Windows it comes over standard input."""
    limits = Limits(**json.loads(sys.argv[1]))
    if sys.platform == "win32":
        line = socket.fromshare(sys.stdin.buffer.read())
    else:
        line = socket.socket(fileno=int(sys.argv[2]))
    silence()
    limit_memory(limits, address_space())
    with contextlib.suppress(Exception):
        serve(line, limits)
    os._exit(0)


def silence() -> None:
    """Reads nothing, prints into nothing."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    if nothing > 2:
        os.close(nothing)


def address_space() -> int:
    """Bytes of address space in use; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def limit_memory(limits: Limits, base: int) -> None:
    """Holds the address space to `limits.memory_mb` above what torch itself takes."""
    if not base or not limits.memory_mb:
        return
    import resource  # not on Windows

    most = base + (limits.memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
