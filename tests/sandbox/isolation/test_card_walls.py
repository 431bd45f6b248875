"""The walls with a door to a card, put up for real around files that only play one: CUDA itself is left out.

What needs a card is in gpu/test_cuda.py.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.model.errors import SandboxError
from grader.model.limits import Limits
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.result import Verdict
from grader.sandbox.child import zygote
from grader.sandbox.dialogue import LostError, Talk
from grader.sandbox.gpu import children
from grader.sandbox.gpu.card_lock import Seat
from grader.sandbox.gpu.nvml import CardMemory
from grader.sandbox.isolation import landlock, seccomp, seccomp_cuda, syscalls
from grader.sandbox.processes import BOOT, environment
from grader.sandbox.session import Sandbox
from tests.helpers.attacks import ATTACKS, World, undergo
from tests.helpers.failures import said_of
from tests.helpers.played_cards import CARD, NO_CUDA
from tests.helpers.processes import linux
from tests.helpers.sandbox_modes import LIMITS

pytestmark = linux
ROOMY = replace(LIMITS, question_seconds=60.0, import_seconds=60.0, submission_seconds=300.0, memory_mb=256)
WAYS = {
    "with Landlock": ((), ""),
    "without Landlock": (("landlock",), ""),
    "in a user namespace": ((), "from grader.sandbox.isolation import namespaces\nnamespaces._can_become_nobody = lambda: False\n"),
}  # fmt: skip


def with_a_card(patch: pytest.MonkeyPatch, why_not: str = "", without: tuple[str, ...] = (), more: str = "") -> Sandbox:
    """A sandbox around the files that play a card, in which CUDA starts, or does not."""
    patch.setattr(
        "grader.sandbox.processes.BOOT", BOOT.replace("main()\n", f"{NO_CUDA.format(repr(why_not))}{more}main()\n")
    )
    patch.setattr(children, "meter_of", lambda card: lambda: CardMemory(80_000.0, 1_000.0))
    return Sandbox.start(ROOMY, card=CARD, without=(*without, "words"))


@pytest.fixture(scope="module", params=list(WAYS))
def carded(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Each way in which the walls can stand with a card."""
    without, more = WAYS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        sandbox = with_a_card(patch, without=without, more=more)
    with sandbox:
        yield sandbox


def asked(sandbox: Sandbox, body: str, **limits: float) -> Answer:
    """What comes of a function's body in a child."""
    source = f"import ctypes, os, resource, socket, threading, time\ndef f():\n    {body}\n"
    with sandbox.submission({"topic": source}, ROOMY.but(limits)) as submission:
        (answer,) = submission.ask("topic", [Question("f")])
    return answer


def seen(sandbox: Sandbox, expression: str) -> Any:
    """What an expression comes to in a child."""
    answer = asked(sandbox, f"return {expression}")
    assert isinstance(answer, Returned), answer
    return answer.values[0]


def refused(sandbox: Sandbox, expression: str) -> str:
    """How an expression fails in a child."""
    answer = asked(sandbox, f"return {expression}")
    assert isinstance(answer, Failed), answer
    return said_of(answer)


# What stands.


def test_what_is_weaker_is_named(carded: Sandbox) -> None:
    """A report can say what held the submissions, and what held them less than usual."""
    layers = [layer for layer in carded.layers if not layer.startswith("landlock")]
    assert layers == [
        "namespaces", "read-only root with a card", "seccomp with CUDA's calls", "rlimits but for address space",
        "no privileges", "fair deadlines", "guard of memory",
    ]  # fmt: skip


@pytest.mark.parametrize("without", ["namespaces", "read-only root"])
def test_a_card_needs_a_root_of_its_own(monkeypatch: pytest.MonkeyPatch, without: str) -> None:
    """Without one files could be written to: Landlock alone, enough elsewhere, is not."""
    with pytest.raises(SandboxError, match=f"no {without} \\(left out\\)"):
        with_a_card(monkeypatch, without=(without,))


def test_a_card_that_does_not_work_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first child computes on it, behind the very walls; what it says comes back."""
    with pytest.raises(SandboxError, match="CUDA does not start: no device"):
        with_a_card(monkeypatch, why_not="CUDA does not start: no device")


def test_a_card_that_cannot_be_watched_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no other limit of its memory; the message says what to install."""
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(
        SandboxError, match=r"cannot be watched: .* Install nvidia-ml-py \(pip install 'd2l-grader\[gpu\]'\)"
    ):
        Sandbox.start(ROOMY, card=CARD)


def test_trusted_code_on_a_card_is_watched_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without walls, and as far as this system can: what is missing is named."""
    monkeypatch.setattr(
        "grader.sandbox.processes.BOOT", BOOT.replace("main()\n", f"{NO_CUDA.format(repr(''))}main()\n")
    )
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with Sandbox.start(ROOMY, trust=True, card=replace(CARD, index=3)) as sandbox:
        assert sandbox.layers == ("process", "fair deadlines", "guard of memory but for the card's")
        assert seen(sandbox, "os.environ['CUDA_VISIBLE_DEVICES']") == "3"
        answer = asked(sandbox, "x = bytearray(1 << 29); x[::4096] = b'x' * (1 << 17); time.sleep(999)")
    assert isinstance(answer, Failed)
    assert answer.verdict is Verdict.OUT_OF_MEMORY


def test_torch_without_cuda_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real first computation, where torch was built for the CPU or there is no driver: it fails, and says so."""
    if torch.cuda.is_available():
        pytest.skip("CUDA works here")
    monkeypatch.setattr(children, "meter_of", lambda card: lambda: CardMemory(80_000.0, 1_000.0))
    with pytest.raises(SandboxError, match="CUDA does not start: "):
        Sandbox.start(ROOMY, card=CARD)


# What a child can do there, and what it cannot.


def test_a_child_reaches_the_cards_files(carded: Sandbox) -> None:
    """For reading and writing; no other device."""
    assert seen(carded, "os.write(os.open('/dev/zero', os.O_RDWR), b'word')") == 4
    for path in ("/dev/tty", "/dev/kmsg", "/dev/mem", "/dev/shm"):
        assert "No such file" in refused(carded, f"os.open('{path}', os.O_RDWR)")
    if any(layer.startswith("landlock") for layer in carded.layers):
        assert "denied" in refused(carded, "os.open('/dev/urandom', os.O_RDWR)")


def test_a_child_writes_nowhere_else(carded: Sandbox) -> None:
    """The filter lets it open for writing; mounts and Landlock do not."""
    library = "os.path.join(os.path.dirname(os.__file__), 'os.py')"
    assert any(words in refused(carded, f"os.open({library}, os.O_RDWR)") for words in ("Read-only", "denied"))
    for path in ("/dev/shm/x", "/tmp/x", "/x", "/usr/lib/x"):
        assert refused(carded, f"os.open('{path}', os.O_RDWR | os.O_CREAT)")
    assert "Read-only" in refused(carded, "open('/usr/lib/x', 'w')")


def test_a_child_starts_threads_and_names_them(carded: Sandbox) -> None:
    """CUDA's library does both, the name by /proc, and gives up where it cannot."""
    answer = asked(
        carded,
        "end = threading.Event(); thread = threading.Thread(target=end.wait); thread.start()\n"
        "    path = f'/proc/self/task/{thread.native_id}/comm'\n"
        "    with open(path, 'r+') as file: file.write('cuda')\n"
        "    name = open(path).read(); end.set(); thread.join()\n"
        "    return name",
    )
    assert isinstance(answer, Returned), answer
    assert answer.values == ("cuda\n",)


def test_a_child_starts_no_process_and_no_program(carded: Sandbox) -> None:
    """Threads are let through by their flags, and nothing else is."""
    for expression in ("os.fork()", "os.posix_spawn('/bin/true', ['true'], {})", "os.execv('/bin/true', ['true'])"):
        assert refused(carded, expression)
    clone = "ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(56), ctypes.c_long(17), 0, 0, 0, 0)"
    assert seen(carded, clone) == -1


def test_a_child_has_no_network(carded: Sandbox) -> None:
    """One kind of local socket is CUDA's; nobody can talk through it."""
    for kind in (
        "socket.AF_INET, socket.SOCK_STREAM",
        "socket.AF_UNIX, socket.SOCK_STREAM",
        "socket.AF_NETLINK, socket.SOCK_RAW",
    ):
        assert "not permitted" in refused(carded, f"socket.socket({kind})")
    for action in ("connect('\\0name')", "accept()", "send(b'word')", "recv(1)"):
        assert refused(carded, f"socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).{action}")
    listening = "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind('\\0cuda-uvmfd-1-1'); s.listen(16)"
    assert isinstance(asked(carded, listening), Returned)


def test_a_childs_proc_is_its_own(carded: Sandbox) -> None:
    """It sees itself, and of the system what is listed: no other process, no settings, no kernel."""
    assert seen(carded, "os.readlink('/proc/self')") == "own/self"
    assert seen(carded, "'[heap]' in open('/proc/self/maps').read()") is True
    if not any(layer.startswith("landlock") for layer in carded.layers):
        assert sorted(seen(carded, "os.listdir('/proc/own')")) == ["1", "self", "thread-self"]
    for path in (
        "/proc/2/status",
        "/proc/kallsyms",
        "/proc/own/kallsyms",
        "/proc/sys/kernel/hostname",
        "/proc/keys",
        "/proc/net/dev",
    ):
        assert refused(carded, f"open('{path}').read()")
    assert any(words in refused(carded, "os.open('/proc/cpuinfo', os.O_RDWR)") for words in ("Read-only", "denied"))


def test_a_childs_environment_names_its_card(carded: Sandbox) -> None:
    """And the process that forked it saw none, so that it could not start CUDA."""
    assert seen(carded, "os.environ['CUDA_VISIBLE_DEVICES']") == "0"
    assert seen(carded, "os.environ['CUDA_CACHE_DISABLE']") == "1"
    assert environment(trust=True, card=True)["CUDA_VISIBLE_DEVICES"] == ""
    assert seen(carded, "'CUDA_VISIBLE_DEVICES=\\0' in open('/proc/self/environ').read()") is True


def test_a_childs_limits_with_a_card(carded: Sandbox) -> None:
    """No limit of address space; small files in memory; the others stand."""
    assert seen(carded, "resource.getrlimit(resource.RLIMIT_AS)") == (-1, -1)
    assert seen(carded, "resource.getrlimit(resource.RLIMIT_CPU)") == (ROOMY.cpu_seconds,) * 2
    assert seen(carded, "resource.getrlimit(resource.RLIMIT_CORE)") == (0, 0)
    assert seen(carded, "os.ftruncate(os.memfd_create('x'), 1 << 20)") is None
    assert "too large" in refused(carded, "os.ftruncate(os.memfd_create('x'), 1 << 30)")


def test_who_takes_too_much_memory_is_stopped(carded: Sandbox) -> None:
    """By the guard, since the kernel does not; the sandbox goes on."""
    answer = asked(carded, "x = bytearray(1 << 29); x[::4096] = b'x' * (1 << 17); time.sleep(999)")
    assert isinstance(answer, Failed)
    assert answer.verdict is Verdict.OUT_OF_MEMORY
    assert said_of(answer).startswith("the limit is 256 MB of memory, ")
    assert seen(carded, "2 * 3") == 6


def test_who_starts_too_many_threads_is_stopped(carded: Sandbox) -> None:
    """Whatever the kernel counts them for."""
    answer = asked(
        carded,
        "end = threading.Event()\n"
        "    for _ in range(300): threading.Thread(target=end.wait, daemon=True).start()\n"
        "    time.sleep(999)",
    )
    assert isinstance(answer, Failed)
    assert answer.verdict is Verdict.DIED
    assert "threads, 128 is the limit" in said_of(answer)


ERRORS = """
asked = []
def f(n):
    asked.append(n)
    if n == 2: raise RuntimeError("CUDA error: device-side assert triggered")
    if n == 5: raise RuntimeError("CUDA out of memory. Tried to allocate 9 GB")
    return list(asked)
"""


def test_after_an_error_of_cuda_a_fresh_child_is_asked(carded: Sandbox) -> None:
    """In the same exercise, and in the next one: the error costs the question that it belongs to."""
    with carded.submission({"topic": ERRORS}, ROOMY) as submission:
        one, two, three = submission.ask("topic", [Question("f", (n,)) for n in (1, 2, 3)])
        (four,) = submission.ask("topic", [Question("f", (4,))])
    assert isinstance(two, Failed) and two.message.startswith("CUDA error")
    assert [each.values[0] for each in (one, three, four) if isinstance(each, Returned)] == [[1], [3], [3, 4]]


def test_who_finds_no_memory_on_the_card_is_asked_again_alone(carded: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once its neighbours have left; what it says then counts, and the next exercise is asked in company again."""
    events: list[str] = []

    def seat(place: Path, alone: bool) -> Seat:
        if alone:
            threading.Timer(0.2, leave).start()  # not before, or nobody would have had to wait
        taken = Seat(place, alone)
        events.append("alone" if alone else "in company")
        return taken

    def leave() -> None:
        events.append("the neighbour leaves")
        neighbour.__exit__(None, None, None)

    monkeypatch.setattr(children, "Seat", seat)
    neighbour = carded.submission({"topic": ERRORS}, ROOMY)
    neighbour.ask("topic", [Question("f", (0,))])
    with carded.submission({"topic": ERRORS}, ROOMY) as submission:
        four, five = submission.ask("topic", [Question("f", (n,)) for n in (4, 5)])
        (six,) = submission.ask("topic", [Question("f", (6,))])
    assert events == ["in company", "in company", "the neighbour leaves", "alone", "in company"]
    assert isinstance(five, Failed) and five.verdict is Verdict.OUT_OF_MEMORY
    assert said_of(five) == "the limit is 2048 MB of the card's memory: CUDA out of memory. Tried to allocate 9 GB"
    assert [each.values[0] for each in (four, six) if isinstance(each, Returned)] == [[4], [6]]


def test_a_module_that_breaks_cuda_is_run_once(carded: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it said then is the answer to every question: no fresh child would hear another."""
    started: list[Limits] = []
    start = children.OnCard.start
    monkeypatch.setattr(children.OnCard, "start", lambda self, limits: (started.append(limits), start(self, limits))[1])
    source = "raise RuntimeError('CUDA error: device-side assert triggered')\n"
    with carded.submission({"topic": source}, ROOMY) as submission:
        answers = submission.ask("topic", [Question("f", (n,)) for n in range(20)])
        submission.ask("topic", [Question("g")])
    assert len(set(answers)) == len(started) == 1


def test_who_does_not_start_in_company_starts_alone(carded: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A neighbour that has all of the card's memory stops nobody, and the class goes on."""
    seats, fails = list[bool](), iter([True])

    def seat(place: Path, alone: bool) -> Seat:
        seats.append(alone)
        return Seat(place, alone)

    def ready(talk: Talk) -> None:
        if next(fails, False):
            raise LostError("CUDA does not start: CUDA error: out of memory")
        waited(talk)

    waited = Talk.wait_until_ready
    monkeypatch.setattr(children, "Seat", seat)
    monkeypatch.setattr(Talk, "wait_until_ready", ready)
    assert seen(carded, "2 * 3") == 6
    assert seats == [False, True]


NEEDED_BY_CUDA = {
    "memfd": "a file in memory, within the limit of a file's size",
    "thread": "threads",
    "thread_bomb": "threads: test_who_starts_too_many_threads_is_stopped",
    "torch_threads": "threads",
    "ipv6_and_raw_sockets": "a local socket: test_a_child_has_no_network",
    "list_root": "some of /proc: test_a_childs_proc_is_its_own",
    "proc_memory": "its own /proc, for writing: what it reaches there it has anyway",
}
"""Attacks that call it a breach to get what CUDA cannot do without."""


@pytest.mark.soak
@pytest.mark.parametrize(
    "attack", [each for each in ATTACKS if each.stem not in NEEDED_BY_CUDA], ids=lambda path: path.stem
)
def test_attacks_with_a_card(carded: Sandbox, world: World, attack: Path) -> None:
    """Every attack on the usual walls, on these."""
    undergo(carded, world, attack)


# Without a card.


def test_without_a_card_the_filter_is_what_it_was() -> None:
    """Instruction for instruction: what a card needs is asked for, or is not there."""
    digests = {"x86_64": "53865134753b0b43", "aarch64": "56b10014a7266f05"}
    for machine, digest in digests.items():
        assert hashlib.sha256(filter_for(machine, card=False)).hexdigest().startswith(digest)


def test_a_process_that_has_a_card_open_forks_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """CUDA was started in it, by an import say."""
    zygote.refuse_open_cards()
    monkeypatch.setattr("os.readlink", lambda path: "/dev/nvidiactl")
    with pytest.raises(RuntimeError, match="importing torch has started CUDA"):
        zygote.refuse_open_cards()


def test_rules_with_writable_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Landlock: writing and ioctl for devices, as far as the kernel's version knows them; reading for the rest."""
    rules: list[tuple[int, int]] = []

    def call(number: int, *arguments: Any) -> int:
        if number == syscalls.LANDLOCK_ADD_RULE:
            rules.append(struct.unpack("=Qi", arguments[2]))
        return 3

    monkeypatch.setattr(landlock, "call", call)
    for version, writing in ((4, 0b110), (5, 0b110 | 1 << 15)):
        monkeypatch.setattr(landlock, "version", lambda version=version: version)
        landlock.read_only_rules(["/dev/null"], ["/dev/zero"])
        assert [access for access, _ in rules] == [0b100, writing]
        rules.clear()


# The filter, run here on calls that nobody makes.

ALLOW, KILL = "allow", "kill"
PID = 4321


def filter_for(machine: str, card: bool = True) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syscalls, "MACHINE", machine)
        return seccomp.program(PID, card)


def verdict_of(machine: str, call: str | int, *arguments: int, card: bool = True) -> str | int:
    """What the filter does with a call: allow, kill, or an error number."""
    architecture, numbers = seccomp.TABLES[machine]
    number = call if isinstance(call, int) else {**numbers, **seccomp_cuda.TABLES[machine]}[call]
    words = (*arguments, *[0] * 6)[:6]
    return interpreted(filter_for(machine, card), struct.pack("=iIQ6Q", number, architecture, 0, *words))


def interpreted(program: bytes, data: bytes) -> str | int:
    """A BPF machine with the six instructions that the filter uses."""
    place = accumulator = 0
    while True:
        operation, yes, no, word = struct.unpack_from("=HBBI", program, 8 * place)
        place += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, word)
            case 0x54:
                accumulator &= word
            case 0x06:
                return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(word, word & 0xFFFF)
            case 0x15 | 0x35 | 0x45:
                holds = {0x15: accumulator == word, 0x35: accumulator >= word, 0x45: bool(accumulator & word)}[
                    operation
                ]
                place += yes if holds else no
            case _:
                raise AssertionError(f"instruction {operation:#x} is none of the filter's")


MACHINES = pytest.mark.parametrize("machine", list(seccomp.TABLES))


@MACHINES
def test_a_card_adds_exactly_these_calls(machine: str) -> None:
    """Of the first thousand, whatever their arguments might make of others."""
    plain = {number for number in range(1000) if verdict_of(machine, number, card=False) == ALLOW}
    wider = {number for number in range(1000) if verdict_of(machine, number) == ALLOW}
    named = seccomp_cuda.TABLES[machine]
    always = {named[name] for name in (*seccomp_cuda.ALWAYS, *seccomp_cuda.ONLY_X86) if name in named}
    assert wider - plain == always | {named["ioctl"]}  # whose request 0 is a small number
    assert plain <= wider


@MACHINES
def test_numbers_of_calls(machine: str) -> None:
    """Both tables say the same of what both name; no number stands for two calls."""
    plain, named = seccomp.TABLES[machine][1], seccomp_cuda.TABLES[machine]
    assert {name: named[name] for name in named.keys() & plain.keys()} == {
        name: plain[name] for name in named.keys() & plain.keys()
    }
    both = {**plain, **named}
    assert len(set(both.values())) == len(both)
    assert set(seccomp_cuda.ALWAYS) <= named.keys()


@MACHINES
def test_files_are_opened_for_writing_and_never_made(machine: str) -> None:
    """What may then be written to, mounts and Landlock say."""
    assert verdict_of(machine, "openat", 0, 0, os.O_RDWR | os.O_CLOEXEC) == ALLOW
    assert verdict_of(machine, "openat", 0, 0, os.O_RDWR | os.O_CLOEXEC, card=False) == errno.EROFS
    for flag in (os.O_WRONLY, os.O_CREAT, os.O_TRUNC, os.O_TMPFILE | os.O_WRONLY):
        assert verdict_of(machine, "openat", 0, 0, os.O_CLOEXEC | flag) == errno.EROFS


@MACHINES
def test_threads_are_let_through_and_processes_are_not(machine: str) -> None:
    """By exactly the flags of the C library's threads."""
    assert verdict_of(machine, "clone", 0x3D0F00) == ALLOW
    assert verdict_of(machine, "clone", 0x3D0F00, card=False) == errno.EPERM
    for flags in (0, 17, 0x4111, 0x01200011, 0x10000000 | 0x3D0F00, 0x3D0F00 | 0x20000000, 0x3D0F00 & ~0x10000):
        assert verdict_of(machine, "clone", flags) == errno.EPERM
    assert verdict_of(machine, "clone3") == errno.ENOSYS


@MACHINES
def test_requests_of_the_driver_are_let_through(machine: str) -> None:
    """Its two families; not those of terminals, sockets and files."""
    for request in (0xC00846D6, 0xC020462A, 0xC9004600 | 200, 0x30000001, 0x30000002, 0, 37, 75, 0x5401):
        assert verdict_of(machine, "ioctl", 3, request) == ALLOW
    for request in (0x5412, 0x5452, 0x8901, 0x8902, 0x8933, 0x6601, 0x40086602, 0x30000003, 0x1234, 0xC0044700):
        assert verdict_of(machine, "ioctl", 3, request) == errno.ENOTTY
    assert verdict_of(machine, "ioctl", 3, 0xC00846D6, card=False) == errno.ENOTTY


@MACHINES
def test_sockets_lead_nowhere(machine: str) -> None:
    """One kind can be made, bound and listened to; there is no call to meet anybody there."""
    assert verdict_of(machine, "socket", 1, 5 | 0o2000000) == ALLOW
    for domain, kind in ((1, 1), (1, 2), (2, 5), (10, 1), (16, 3), (1, 5 | 0o4000)):
        assert verdict_of(machine, "socket", domain, kind) == errno.EPERM
    assert verdict_of(machine, "setsockopt", 3, 1, 16) == ALLOW
    for level, option in ((1, 26), (1, 50), (6, 16), (41, 16)):
        assert verdict_of(machine, "setsockopt", 3, level, option) == errno.EPERM
    assert verdict_of(machine, "connect") == errno.ENOENT
    others = {"x86_64": (43, 44, 45, 46, 47, 53, 288), "aarch64": (199, 202, 206, 207, 211, 212, 242)}[machine]
    assert {verdict_of(machine, number) for number in others} == {errno.EPERM}


@MACHINES
def test_other_conditions_with_a_card(machine: str) -> None:
    """Names of threads, seals, one's own signals: each for what it is needed for."""
    assert verdict_of(machine, "prctl", 15) == ALLOW
    for option in (1, 4, 22, 38, 53, 0x59616D61):
        assert verdict_of(machine, "prctl", option) == errno.EPERM
    assert verdict_of(machine, "fcntl", 3, 1033) == ALLOW
    for command in (fcntl.F_SETOWN, 10, 15, 1024, 1031):
        assert verdict_of(machine, "fcntl", 3, command) == errno.EPERM
    assert verdict_of(machine, "tgkill", PID, PID, 6) == ALLOW
    assert verdict_of(machine, "tgkill", PID + 1, PID, 6) == errno.EPERM
    assert verdict_of(machine, 0x40000000) == KILL
    assert interpreted(filter_for(machine), struct.pack("=iIQ6Q", 0, 0x40000003, 0, *[0] * 6)) == KILL
