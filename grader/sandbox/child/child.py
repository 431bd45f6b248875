"""The process in which a student's code runs: it is asked, and says numbers.

A zygote forks it and locks it down, then calls `serve`. Where there is no zygote it is a process of its own that calls
its parent back, and nothing but deadlines holds it.

Nothing here is a secret and nothing here is trusted. A student's code shares this process: it may rewrite all of it,
and whatever it then says is still no more than an answer.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import torch

from grader.model.encoding import NotAValue
from grader.model.limits import Limits
from grader.model.question import Failed, Question, Returned
from grader.model.result import Verdict
from grader.model.statements import StatementPlace
from grader.model.value import Array
from grader.runner.device import start_card
from grader.runner.late_imports import avoid_late_imports
from grader.runner.missing_modules import DrawingModules, OwnModules
from grader.runner.module import load, run_module
from grader.runner.refusals import refuse
from grader.runner.respond import respond, seed_everything
from grader.sandbox.child.left_out import COMPILER
from grader.sandbox.child.library_state import Originals
from grader.sandbox.child.pulse import Pulses, Write
from grader.sandbox.gpu.cards import Card
from grader.sandbox.protocol.messages import (
    AskRequest,
    Load,
    Read,
    Reply,
    Request,
    encode_reply,
    packed,
    read_request,
)

if sys.platform != "win32":
    import resource

LAZY = (
    "torch.func", "torch.optim", "torch.utils.checkpoint", "torch.utils.data", "torch.distributions",
    "torch.special", "torch.fft", "torch.linalg", "torch.nn.utils.parametrize", "torch.nn.utils.rnn",
)  # fmt: skip
"""What torch imports when it is first used."""
REHEARSAL = "import torch\ndef rehearsal(x): return torch.stack([x.exp(), 1 / (1 + x)]).sum(0)\n"


def serve(
    read: Read, write: Write, limits: Limits, originals: Originals, student: StudentModules, card: bool = False
) -> None:
    """Answers whatever is asked until there is nothing more to read.

    card: on a graphics card, if it works.
    """
    sys.dont_write_bytecode = True
    if card and (why := start_card(limits.gpu_memory_mb)):
        write(encode_reply(Reply(0, 0, Failed(Verdict.RAISED, message=why))))
        return
    heard = Heard(limits.printed_chars)
    if limits.printed_chars:
        sys.stdout = sys.stderr = heard
    seed_everything(0)
    write(encode_reply(Reply(0, 0, None)))
    while True:
        request = read_request(read)
        sent = 0
        for reply in student.replies(request, heard, write):
            frame = _frame(reply, sent, limits)
            sent += len(frame)
            write(frame)
        originals.restore()


class Heard(io.TextIOBase):
    """Where prints go: the first so many characters of them, until they are taken."""

    def __init__(self, most: int) -> None:
        self._most, self._text = most, ""

    def write(self, text: str) -> int:
        self._text += text[: self._most - len(self._text)]
        return len(text)

    def take(self) -> str:
        """Returns what was printed since the last time."""
        text, self._text = self._text, ""
        return text


class StudentModules:
    """A student's modules, as far as they are loaded. files: what their files are called.

    words: what is not allowed is refused to them in words, before any wall does.
    """

    def __init__(self, words: bool = True) -> None:
        self.files: set[str] = set()
        self._modules: dict[str, Mapping[str, Any]] = {}
        self._own: dict[str, str] = {}
        DrawingModules().install()
        if words:
            refuse(self.files)

    def replies(self, request: Request, heard: Heard, write: Write) -> Iterator[Reply]:
        """The replies to a request, one by one as they are ready. What is said between them is written at once."""
        match request:
            case Load():
                yield from self._load(request, heard, write)
            case AskRequest(number, topic, questions):
                for place, question in enumerate(questions):
                    yield Reply(number, place, respond(self._modules[topic], question), heard.take())

    def _load(self, request: Load, heard: Heard, write: Write) -> Iterator[Reply]:
        number, topic = request.number, request.topic
        self._can_import(request.modules)
        self.files.add(f"{topic}.py")

        def begun(place: StatementPlace) -> None:
            write(encode_reply(Reply(number, packed(place), None)))

        module = load(request.source, topic, begun, request.endless)
        if isinstance(module, Failed):
            yield Reply(number, 0, module, heard.take())
            return
        self._modules[topic] = module.namespace
        if module.stop:
            yield Reply(number, packed((module.stop.line or 1, 0)), module.stop)
        yield Reply(number, 0, None, heard.take())

    def _can_import(self, modules: Mapping[str, str]) -> None:
        """Lets the student's code import modules of its own."""
        if modules and not self._own:
            OwnModules(self._own, run_module).install()
        self._own.update(modules)
        self.files.update(f"{name}.py" for name in modules)


def _frame(reply: Reply, sent: int, limits: Limits) -> bytes:
    """The frame of a reply, or of what is the matter with its answer."""
    try:
        frame = encode_reply(reply)
        if sent + len(frame) <= limits.answer_bytes or not isinstance(reply.answer, Returned):
            return frame
        size = f"{(sent + len(frame)) / (1 << 20):.1f} MB of answers"
        text = f"too much output: {size}, {limits.answer_mb} MB is the limit of one exercise"
        failed = Failed(Verdict.RAISED, message=text)
    except MemoryError:
        failed = Failed(Verdict.OUT_OF_MEMORY, ("MemoryError",), "no memory was left for the answer")
    except (NotAValue, RecursionError) as error:
        failed = Failed(Verdict.RAISED, message=f"the answer cannot be sent: {error}")
    return encode_reply(Reply(reply.number, reply.place, failed, reply.printed))


def write_to(descriptor: int) -> Write:
    """Writes all of it, with the one call that a locked down child has for it."""

    def write(frame: bytes) -> None:
        rest = memoryview(frame)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    return write


def main() -> None:
    """A child without a zygote: it calls back to the port it is told, with the token it reads, once it is ready."""
    limits, port, preload = Limits(**json.loads(sys.argv[1])), int(sys.argv[2]), bool(int(sys.argv[3]))
    prepare(preload)
    line = socket.create_connection(("127.0.0.1", port))
    line.sendall(sys.stdin.buffer.read())
    silence()
    limit_memory(limits, address_space())
    refuse_threads()
    pulses = Pulses(line.sendall)
    pulses.watch_imports()
    pulses.beat()
    student = StudentModules()
    with contextlib.suppress(Exception):
        serve(line.recv, pulses.write, limits, Originals(), student)
    os._exit(0)


def prepare(preload: bool, compiler: bool = False) -> None:
    """What is done once, before there is a student.

    preload: a slower start, and faster answers. compiler: so that what uses it finds it imported.
    """
    if compiler:
        for name in COMPILER:
            import_module(name)
    avoid_late_imports()
    if preload:
        for name in LAZY:
            import_module(name)
        _rehearse()


def _rehearse() -> None:
    """Asks a question of each kind, without gradients."""
    module = load(REHEARSAL, "rehearsal")
    assert not isinstance(module, Failed)
    x = Array("float32", (2,), bytes(8))
    for question in (
        Question("rehearsal", (x,), forbid=("softmax",)),
        Question("rehearsal", (x,), count=True),
        Question("rehearsal", (x,), device="sim"),
    ):
        respond(module.namespace, question)
    del sys.modules["rehearsal"]


def refuse_threads() -> None:
    """Whoever asks torch for threads gets none, and no error: they are denied, and libgomp would abort."""
    for setter in ("set_num_threads", "set_num_interop_threads"):
        setattr(torch, setter, lambda count: None)


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


def card_environment(card: Card, walled: bool) -> dict[str, str]:
    """What CUDA is told before it starts. It keeps no files: others would read them."""
    return {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": card.visible_alone if walled else card.visible,
        "CUDA_CACHE_DISABLE": "1",
        "CUDA_MODULE_LOADING": "LAZY",
        "USE_PYTORCH_KERNEL_CACHE": "0",
        "PYTORCH_NVML_BASED_CUDA_CHECK": "0",
    }


def may_use_a_gpu() -> bool:
    """Whether CUDA could start here, which takes more address space than any limit allows."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") == ""
    return not hidden and torch.version.cuda is not None and os.path.exists("/dev/nvidiactl")


def limit_memory(limits: Limits, base: int, must_have: bool = False) -> None:
    """Holds the address space to `limits.memory_mb` above what torch itself takes; a crash leaves no core file.

    must_have: a submission is promised that much. Raises `OSError` where this process may not have it.
    """
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if base and limits.memory_mb and not may_use_a_gpu():
        most, hard = base + (limits.memory_mb << 20), resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard != resource.RLIM_INFINITY and most > hard:
            if must_have:
                needed = f"{limits.memory_mb:,} MB for a submission and {base >> 20:,} MB for torch"
                raise OSError(errno.ENOMEM, f"{needed} are more address space than it may have; say --memory-mb")
            most = hard
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
