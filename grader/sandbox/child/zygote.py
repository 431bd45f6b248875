"""The process that imports torch once and forks a child for every submission.

Theory of operation. Importing torch costs seconds, forking a process that has imported it costs milliseconds. But a
forked child inherits only the thread that forked: locks that other threads held stay locked for ever, and pools of
threads that no longer exist are waited for. Hence the rules of this process, each of them learnt from a hanging child:

1. It has one thread. OpenMP, MKL and OpenBLAS are told so by the environment, torch by `set_num_threads`, and the
   threads are counted before the first fork.
2. It never starts CUDA, which does not survive a fork: it sees no card, and looks whether a file of one is open. A
   child for a card starts it, before any code of a student's runs.
3. It never runs autograd: the engine's threads and torch's "Autograd and Fork" check would meet every child.
4. Before its walls close it runs one small operation of each kind (`warm_up`), so that libraries which look at the
   processor do so while there is a /proc to look at, and imports what torch would import late, up to a second each.
   torch's compiler is not among it: a child that asks for it ends, and another zygote has it (`left_out.py`).
   It also answers questions of its own (`rehearse`): what is looked up once costs a child more than all its answers.
5. It holds no secret: no key, no answer, no source. A submission reaches the child over a socket that only passes
   through here, so a fork inherits nothing worth reading. It also inherits the state of every generator: the child
   seeds them anew.
6. It reads its control socket and nothing else. When the grader goes, however it goes, that socket ends and so does
   the zygote; its children ask the kernel to die with it.

The control socket carries one JSON packet per message:

    zygote to grader    {"layers": [names], "base": bytes of address space} when it is ready, or an error
    grader to zygote    {"fork": limits} and the child's end of its line    replied to with {"pid": n} and a pidfd
    grader to zygote    {"reap": pid} of a child that is dead               replied to with {"status", "cpu", "mb"}

An error is {"error": text, "want": errno of what is missing or 0, "layer": whether a wall does not stand}. So is the
reply to a fork that failed, after which the zygote lives on.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import json
import os
import resource
import signal
import socket
import sys
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

from grader.model.limits import Limits
from grader.model.question import Failed
from grader.model.result import Verdict
from grader.sandbox.child.left_out import LeftOut
from grader.sandbox.gpu.cards import Card
from grader.sandbox.isolation.lockdown import Lockdown, LockdownError, die_with_parent
from grader.sandbox.isolation.oom_score import ZYGOTES_FIRST, be_killed_before_others
from grader.sandbox.isolation.syscalls import close_all_but, fork, use_large_pages
from grader.sandbox.protocol.messages import Reply, encode_reply
from grader.sandbox.protocol.missing_resource import want_of

PACKET = 1 << 16
WORDS = "words"  # what refuses before the walls do, and can be left out as they can


def main() -> None:
    """`argv` holds the control socket's descriptor and a JSON object of options."""
    control = socket.socket(fileno=int(sys.argv[1]))
    be_killed_before_others(ZYGOTES_FIRST)
    try:
        zygote = Zygote(**json.loads(sys.argv[2]))
    except Exception as error:
        control.send(json.dumps(_refusal(error)).encode())
        raise
    control.send(json.dumps({"layers": zygote.layers, "base": zygote.base}).encode())
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, PACKET, 1)
        if not packet:
            os._exit(0)
        request = json.loads(packet)
        if "fork" in request:
            try:
                zygote.fork(control, descriptors, Limits(**request["fork"]))
            except OSError as error:
                control.send(json.dumps(_refusal(error)).encode())
        else:
            control.send(json.dumps(zygote.reap(request["reap"])).encode())


class Zygote:
    """Everything that is made ready before the first fork."""

    def __init__(
        self,
        trust: bool,
        preload: bool,
        compiler: bool,
        libraries: list[str],
        without: list[str],
        card: dict[str, Any] | None,
    ) -> None:
        os.close(os.pidfd_open(os.getpid()))  # Linux 5.3; better to fail here than at the first child
        self._card = Card(**card) if card else None
        self._believed = trust and not preload
        self._has_all = compiler or self._believed  # at home a late import is nobody's time
        self._lockdown = None if trust else Lockdown(libraries, without, self._card)
        if self._lockdown:
            self._lockdown.isolate()
        self._child = import_module("grader.sandbox.child.child")
        torch = import_module("torch")
        torch.set_num_threads(1)
        torch.set_num_interop_threads(1)
        self._child.prepare(preload or self._lockdown is not None, compiler)  # behind walls some imports cannot write
        if self._lockdown:
            warm_up(torch)
        self._child.refuse_threads()
        self._student = self._child.StudentModules(words=WORDS not in without)
        self._originals = self._child.Originals()
        self.base = self._child.address_space()
        self._resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        threads = len(os.listdir("/proc/self/task"))
        if threads != 1:
            raise RuntimeError(f"a fork would not be safe: importing torch has started {threads - 1} threads")
        refuse_open_cards()
        gc.collect()
        gc.freeze()  # the collector must not touch, and so copy, the pages that all children share
        if preload or self._lockdown:
            use_large_pages()
        if self._lockdown:
            self._lockdown.close()
        self.layers = self._lockdown.layers if self._lockdown else ("process",)
        self._child.silence()

    def fork(self, control: socket.socket, descriptors: list[int], limits: Limits) -> None:
        """One child, at the end of the line that came. Raises `OSError` where there is none."""
        if not descriptors:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        with socket.socket(fileno=descriptors[0]) as line:
            pid = self._lockdown.fork() if self._lockdown else fork()
            if not pid:
                self._be_child(line, limits)
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        socket.send_fds(control, [json.dumps({"pid": pid}).encode()], [pidfd])
        os.close(pidfd)

    def _be_child(self, line: socket.socket, limits: Limits) -> NoReturn:
        with contextlib.suppress(BaseException):
            try:
                os.setsid()
                die_with_parent()
                self._child.silence()  # anew: flags of what it shares with the next child would be words to it
                if self._card:
                    os.environ.update(self._child.card_environment(self._card, walled=self._lockdown is not None))
                else:
                    self._child.limit_memory(limits, self.base, must_have=self._lockdown is not None)
                if self._lockdown:
                    self._lockdown.confine(limits, line.fileno())
                else:
                    close_all_but(0, 1, 2, line.fileno())
            except (OSError, MemoryError) as error:
                line.sendall(encode_reply(Reply(0, 0, _no_child(error))))
            else:
                number = line.fileno()
                read = partial(os.read, number)
                write = self._child.write_to(number)
                if self._believed:
                    pulses = self._child.Pulses(write)
                    pulses.watch_imports()
                    write = pulses.write
                if not self._has_all:
                    LeftOut.watch()
                self._child.serve(read, write, limits, self._originals, self._student, bool(self._card))
        os._exit(0)

    def reap(self, pid: int) -> dict[str, float]:
        """How a dead child ended, and what it used. What it has started, if it could, ends too."""
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        _, status, used = os.wait4(pid, 0)
        return {
            "status": os.waitstatus_to_exitcode(status),
            "cpu": used.ru_utime + used.ru_stime,
            "mb": max(0, used.ru_maxrss - self._resident) / 1024,
        }


def _refusal(error: Exception) -> dict[str, object]:
    text = getattr(error, "strerror", None) or str(error)
    return {"error": text[:2000], "want": want_of(error), "layer": isinstance(error, LockdownError)}


def _no_child(error: Exception) -> Failed:
    """Makes the frame by which a child says that it cannot start."""
    if want_of(error):
        return Failed(
            Verdict.OUT_OF_MEMORY, message=getattr(error, "strerror", "") or "no memory was left for a process"
        )
    return Failed(Verdict.RAISED, ("LockdownError",), f"a layer does not hold in the child: {error}")


def refuse_open_cards() -> None:
    """Raises where this process has a card open: CUDA was started in it, and none of its children could use a card."""
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the descriptor of the listing itself
            if os.readlink(f"/proc/self/fd/{number}").startswith("/dev/nvidia"):
                raise RuntimeError("a fork would not be safe: importing torch has started CUDA")


def warm_up(torch: Any) -> None:
    """One small operation of each kind; no autograd."""
    nn = torch.nn.functional
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        square = torch.ones(16, 16, dtype=dtype)
        (square @ square).softmax(-1).exp().sum().item()
        nn.layer_norm(square, (16,))
        nn.scaled_dot_product_attention(square[None], square[None], square[None])
    nn.conv2d(torch.ones(1, 1, 8, 8), torch.ones(1, 1, 3, 3))
    torch.linalg.svd(torch.ones(4, 4))
    torch.einsum("ij,jk", torch.ones(2, 2), torch.ones(2, 2))
    torch.nn.Linear(2, 2)
    repr(torch.ones(2))
