"""The walls: each stands, says that it stands, and without enough of them nothing untrusted runs."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.model.errors import SandboxError
from grader.model.question import Question, Returned
from grader.sandbox.isolation import lockdown, seccomp, syscalls
from grader.sandbox.isolation.lockdown import open_to_all, readable_paths, rehearse
from grader.sandbox.probe import probe
from grader.sandbox.processes import BOOT, environment, libraries
from grader.sandbox.session import Sandbox
from tests.helpers.course import ROOT
from tests.helpers.sandbox_modes import LIMITS, PATIENT, Started

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these walls are Linux's")
pytestmark = linux


def seen(sandbox: Sandbox, expression: str) -> Any:
    """What an expression comes to in a child."""
    source = f"import os, resource, socket, sys\ndef f(): return {expression}\n"
    with sandbox.submission({"topic": source}, sandbox.limits.but(PATIENT)) as submission:
        (answer,) = submission.ask("topic", [Question("f")])
    assert isinstance(answer, Returned), answer
    return answer.values[0]


# What is in force.


def test_the_layers_in_force_are_named(started: Started) -> None:
    """A report can say what held the submissions: no more and no less than what stands."""
    everything = started("all layers").layers
    assert [re.sub(r" \d+$", "", layer) for layer in everything] == [
        "namespaces", "read-only root", "landlock", "seccomp", "rlimits", "no privileges", "fair deadlines",
    ]  # fmt: skip
    assert started("without namespaces").layers == everything[2:]
    assert started("without Landlock").layers == (*everything[:2], *everything[3:])
    assert started("trusted").layers == ("process", "fair deadlines")


def test_the_probe_finds_what_the_sandbox_has(started: Started) -> None:
    """The probe tries each layer for real, so it and the sandbox agree."""
    available = {layer.name for layer in probe() if layer.available}
    assert available == {re.sub(r" \d+$", "", layer) for layer in started("all layers").layers}
    assert all(layer.detail for layer in probe())


def test_the_probe_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer that cannot be put up is reported with the system's reason."""
    boot = BOOT.replace(
        "main()\n", "from grader.sandbox.isolation import landlock\nlandlock.LANDLOCK_CREATE_RULESET = 9999\nmain()\n"
    )
    monkeypatch.setattr("grader.sandbox.processes.BOOT", boot)
    (landlock,) = [layer for layer in probe() if layer.name == "landlock"]
    assert (landlock.available, landlock.detail) == (False, "[Errno 38] Function not implemented")


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        (("seccomp",), "no seccomp (left out)"),
        (("namespaces", "landlock"), "no landlock (left out), no namespaces (left out)"),
        (("read-only root", "landlock"), "no landlock (left out), no read-only root (left out)"),
    ],
)
def test_without_enough_walls_nothing_starts(without: tuple[str, ...], missing: str) -> None:
    """Untrusted code runs locked down or not at all; the refusal says what is missing, and what to do."""
    with pytest.raises(SandboxError) as refusal:
        Sandbox.start(LIMITS, without=without)
    assert missing in str(refusal.value)
    assert "container" in str(refusal.value)
    assert "--trust-submissions" in str(refusal.value)


def test_a_wall_that_falls_in_the_child_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that cannot lock itself down is never given code to run."""
    boot = BOOT.replace(
        "main()\n", "from grader.sandbox.isolation import syscalls\nsyscalls.PR_SET_NO_NEW_PRIVS = 9999\nmain()\n"
    )
    monkeypatch.setattr("grader.sandbox.processes.BOOT", boot)
    with pytest.raises(SandboxError, match="a layer does not hold in the child"):
        Sandbox.start(LIMITS)


WITHOUT_CAPABILITIES = (
    "from grader.sandbox.isolation import syscalls\n"
    "syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1); syscalls.drop_bounding_set(); syscalls.keep_capabilities(0)\n"
)
TRIES = """
import os, socket, torch
def refused(call):
    try: call()
    except OSError: return True
    return False
def f(place):
    tries = (
        lambda: open(place), lambda: open("/etc/shadow"), lambda: os.listdir("/proc/self"), os.fork, socket.socket,
        lambda: os.chmod(place, 0o777), lambda: os.unlink(place), lambda: os.setresuid(1, 1, 1), lambda: os.chroot("/"),
        lambda: os.kill(os.getppid(), 9), lambda: os.execv("/bin/true", ["true"]), lambda: os.chown(place, 1, 1),
    )
    return [int(torch.ones(3).sum()), os.getuid(), *map(refused, tries)]
"""
A_FEW_QUESTIONS = """
import json, sys
from grader.model.question import Question, Returned
from grader.sandbox.session import Sandbox
with Sandbox.start(without=[*sys.argv[3:], "words"]) as sandbox, sandbox.submission({"t": sys.argv[1]}) as submission:
    (answer,) = submission.ask("t", [Question("f", (sys.argv[2],))])
    print(json.dumps([sandbox.layers, answer.values[0] if isinstance(answer, Returned) else said_of(answer)]))
"""
root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can be a root without capabilities"
)


def as_bare_root(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python as a root that has no capability and gets none, as `docker run --cap-drop ALL` does."""
    command = [sys.executable, "-c", f"{WITHOUT_CAPABILITIES}{code}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@root
def test_a_root_without_capabilities_grades(tmp_path: Path) -> None:
    """Landlock, seccomp, limits and no privileges hold there, and what is root's own is out of reach all the same."""
    (tmp_path / "solution.py").write_text("SECRET = 1")
    done = as_bare_root(A_FEW_QUESTIONS, TRIES, str(tmp_path / "solution.py"))
    assert done.returncode == 0, done.stderr
    layers, seen = json.loads(done.stdout)
    assert [re.sub(r" \d+$", "", layer) for layer in layers] == [
        "landlock",
        "seccomp",
        "rlimits but for processes",
        "no privileges",
        "fair deadlines",
    ]
    assert seen == [3, 0, *[True] * 12]
    assert (tmp_path / "solution.py").read_text() == "SECRET = 1"


@root
@pytest.mark.parametrize("missing", ["landlock", "seccomp"])
def test_a_root_without_capabilities_needs_the_walls_that_are_left(missing: str) -> None:
    """With one of the two taken away there is nothing that holds it, and nothing starts."""
    done = as_bare_root(A_FEW_QUESTIONS, TRIES, "/x", missing)
    assert done.returncode != 0
    assert not done.stdout
    assert f"no {missing} (left out)" in done.stderr


@root
def test_a_root_without_capabilities_is_told_what_holds() -> None:
    """Each layer was tried: which hold, which do not, and why; and that grading is possible."""
    done = as_bare_root("from grader.cli.grade import main; main()", "sandbox", "--json")
    assert done.returncode == 0, done.stderr
    found = {layer["name"]: layer for layer in json.loads(done.stdout)["layers"]}
    assert {name for name, layer in found.items() if not layer["in_force"]} == {"namespaces", "read-only root"}
    assert "without CAP_SETFCAP" in found["namespaces"]["seen"]
    assert "start as an ordinary user (docker run --user)" in found["namespaces"]["repair"]
    assert found["rlimits"]["seen"] == "they hold, but for processes: root's are not counted"
    assert "root by name" in found["no privileges"]["seen"]


def test_what_is_left_of_privileges_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that still has a capability is given no code to run: giving up is checked, not believed."""
    spoilt = "from grader.sandbox.isolation import syscalls\nsyscalls.keep_capabilities = lambda kept: None\nsyscalls.capabilities = lambda: 0xC0\n"
    monkeypatch.setattr("grader.sandbox.processes.BOOT", BOOT.replace("main()\n", f"{spoilt}main()\n"))
    with pytest.raises(SandboxError, match="capabilities are left"):
        Sandbox.start(LIMITS)


def test_capabilities_are_read_as_the_kernel_has_them() -> None:
    """All sixty-four bits: those of 32 and beyond too."""
    found = re.search(r"CapPrm:\s*([0-9a-f]+)", Path("/proc/self/status").read_text())
    assert found
    assert syscalls.capabilities() == int(found[1], 16)


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_run_trusted_code_only(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """Where there is nothing to lock code down with, only one's own code runs, with deadlines."""
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(SandboxError, match=f"{system} cannot lock untrusted code down"):
        Sandbox.start(LIMITS)
    with Sandbox.start(LIMITS, trust=True) as sandbox:
        assert sandbox.layers == ("process", "fair deadlines")


def test_torch_must_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without torch there is one line that says how to get it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SandboxError, match=r"torch is not installed for .*: pip install torch"):
        Sandbox.start(LIMITS, trust=True)


# What a child sees.


def test_a_child_has_one_line_and_nothing_else(hardened: Sandbox) -> None:
    """Of all descriptors of zygote and grader it keeps its line; the first three lead nowhere."""
    source = (
        "import os\n"
        "def is_open(n):\n    try: os.fstat(n)\n    except OSError: return False\n    return True\n"
        "def f(): return [n for n in range(1024) if is_open(n)], [os.fstat(n).st_rdev for n in range(3)]\n"
    )
    with hardened.submission({"topic": source}) as submission:
        (answer,) = submission.ask("topic", [Question("f")])
    assert isinstance(answer, Returned), answer
    numbers, devices = answer.values[0]
    assert numbers[:3] == [0, 1, 2]
    assert len(numbers) == 4
    assert devices == [os.stat("/dev/null").st_rdev] * 3


def test_no_child_leaves_word_for_the_next(hardened: Sandbox) -> None:
    """What a child sets on the descriptors that it was born with, the next one does not find."""
    flags = "[__import__('fcntl').fcntl(n, 3) for n in range(3)]"
    marked = f"[__import__('fcntl').fcntl(n, 4, os.O_APPEND | os.O_NONBLOCK) for n in range(3)], {flags}"
    before = seen(hardened, flags)
    assert seen(hardened, marked)[1] != before, "the mark can be left"
    assert seen(hardened, flags) == before


def test_a_child_is_nobody(hardened: Sandbox) -> None:
    """Whoever grades, the child has no user of its own, no group and no power."""
    if os.geteuid() == 0 or "namespaces" in hardened.layers:
        assert seen(hardened, "(os.getuid(), os.geteuid(), os.getgid(), os.getegid())") == (65534,) * 4
    assert seen(hardened, "os.access('/etc/shadow', os.R_OK)") is False


def test_a_child_is_alone(hardened: Sandbox) -> None:
    """In namespaces it is the first and only process, on a machine without a name."""
    pid, parent, name = seen(hardened, "(os.getpid(), os.getppid(), os.uname().nodename)")
    if "namespaces" in hardened.layers:
        assert (pid, parent, name) == (1, 0, "sandbox")
    else:
        assert parent > 1


def test_a_child_has_a_clean_environment(hardened: Sandbox) -> None:
    """It is told what the zygote is told: nothing of the grader's."""
    assert set(seen(hardened, "sorted(os.environ)")) <= {*environment(trust=False), "LC_CTYPE"}


def test_a_child_sees_no_checkout(hardened: Sandbox) -> None:
    """Solutions lie where the grader lies: neither the files nor the path to them are there."""
    assert (
        seen(hardened, f"[path for path in sys.path if {str(ROOT / 'grader')!r} in path or path == {str(ROOT)!r}]")
        == []
    )
    if "read-only root" in hardened.layers:
        assert seen(hardened, f"os.path.exists({str(ROOT / 'solutions')!r})") is False
    if not any(layer.startswith("landlock") for layer in hardened.layers):  # which does not let it look
        assert set(seen(hardened, "os.listdir('/')")) <= {Path(path).parts[1] for path in readable_paths(libraries())}


def test_a_childs_limits_are_hard(hardened: Sandbox) -> None:
    """What the kernel counts for us cannot be raised again."""
    names = ("CPU", "FSIZE", "NPROC", "CORE", "NOFILE")
    limits = seen(hardened, f"[resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in {names}]")
    assert limits == [(LIMITS.cpu_seconds,) * 2, (0, 0), (0, 0), (0, 0), (64, 64)]
    soft, hard = seen(hardened, "resource.getrlimit(resource.RLIMIT_AS)")
    assert soft == hard
    assert LIMITS.memory_mb << 20 < hard < (LIMITS.memory_mb + 4096) << 20


def test_what_can_be_learnt_of_a_file_that_cannot_be_read(hardened: Sandbox, tmp_path: Path) -> None:
    """What docs/security.md says: in namespaces not even that it is there; without them size and times, no folder's
    names, no contents; nothing where only root may enter and the child is nobody (who reads root's Python as root does).
    """
    for folder in (tmp_path, *tmp_path.parents):
        if os.stat(folder).st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o711)
    (tmp_path / "closed").mkdir(mode=0o700)
    for name in ("solution.py", "closed/solution.py"):
        (tmp_path / name).write_text("SECRET = 42\n")
    path, closed = str(tmp_path / "solution.py"), str(tmp_path / "closed/solution.py")
    tried = f"[call(path) if not refused(call, path) else None for path in ({path!r}, {closed!r}) for call in (size, os.listdir, reads)]"
    source = (
        "import os\ndef size(path): return os.stat(path).st_size\ndef reads(path): return open(path).read()\n"
        "def refused(call, path):\n    try: call(path)\n    except OSError: return True\n    return False\n"
        f"def f(): return {tried}\n"
    )
    with hardened.submission({"topic": source}) as submission:
        (answer,) = submission.ask("topic", [Question("f")])
    assert isinstance(answer, Returned), answer
    stays_itself = os.geteuid() != 0 or not all(map(open_to_all, readable_paths(libraries())))
    if "read-only root" in hardened.layers:
        assert answer.values == ([None] * 6,)
    else:
        assert answer.values == ([12, None, None, 12 if stays_itself else None, None, None],)


# What the walls are made of.


def test_what_a_child_may_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The interpreter's own folders and torch's; not the path, on which an editable install puts a whole checkout."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), str(ROOT)])
    paths = readable_paths(libraries())
    assert not [path for path in paths if ROOT.is_relative_to(path) or tmp_path.is_relative_to(path)]
    assert any(Path(os.__file__).is_relative_to(path) for path in paths)
    assert all(any(Path(library).is_relative_to(path) for path in paths) for library in libraries())
    assert not [path for path in paths if any(path.startswith(f"{other}/") for other in paths)]


def test_who_may_read_a_folder(tmp_path: Path) -> None:
    """Whether a user who owns nothing gets there: every folder on the way counts."""
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    inner.chmod(0o755)
    (tmp_path / "closed").chmod(0o700)
    assert open_to_all("/usr/lib")
    assert not open_to_all(str(inner))
    assert not open_to_all(str(tmp_path / "closed"))


def test_a_rehearsal_changes_nothing_here() -> None:
    """What is tried first is tried in another process, and its failure comes back."""
    here = os.getcwd()
    rehearse(lambda: os.chdir("/"))
    assert os.getcwd() == here
    with pytest.raises(OSError, match="No such file"):
        rehearse(lambda: os.chdir("/nowhere"))
    with pytest.raises(OSError, match="it died"):
        rehearse(lambda: os._exit(1))


def test_closing_all_descriptors_but_some() -> None:
    """However high their numbers, all are closed but those that are kept."""
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from grader.sandbox.isolation.syscalls import close_all_but\n"
        "a, b = os.pipe(); high = os.dup2(a, 900); other = os.dup2(b, 901); close_all_but(0, 1, 2, high)\n"
        "left = []\n"
        "for n in range(1024):\n"
        "    try: os.fstat(n); left.append(n)\n"
        "    except OSError: pass\n"
        "print(left)"
    )
    out = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, check=True).stdout
    assert out.split("\n")[0] == "[0, 1, 2, 900]"


@pytest.mark.parametrize("fails", ["kernel", "table"])
def test_seccomp_must_be_there(monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    """A kernel without filters, or a processor without a table, is no place for untrusted code."""
    lockdown.check_seccomp()
    if fails == "kernel":
        monkeypatch.setattr(syscalls, "PR_SET_SECCOMP", 9999)
    else:
        monkeypatch.setattr(syscalls, "MACHINE", "riscv64")
    with pytest.raises(OSError, match=r"riscv64|Invalid argument"):
        lockdown.check_seccomp()


# The filter, run here on calls that nobody makes.

ALLOW, KILL = "allow", "kill"
PID = 4321


def verdict_of(machine: str, call: str | int, *arguments: int) -> str | int:
    """What the filter does with a call: allow, kill, or an error number."""
    architecture, numbers = seccomp.TABLES[machine]
    number = numbers[call] if isinstance(call, str) else call
    return interpret(program_for(machine), struct.pack("=iIQ6Q", number, architecture, 0, *(*arguments, *[0] * 6)[:6]))


def program_for(machine: str) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syscalls, "MACHINE", machine)
        return seccomp.program(PID)


def interpret(program: bytes, data: bytes) -> str | int:
    """A BPF machine with the five instructions that the filter uses."""
    place = accumulator = 0
    while True:
        operation, yes, no, word = struct.unpack_from("=HBBI", program, 8 * place)
        place += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, word)
        elif operation == 0x06:
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(word, word & 0xFFFF)
        else:
            holds = {0x15: accumulator == word, 0x35: accumulator >= word, 0x45: bool(accumulator & word)}[operation]
            place += yes if holds else no


@pytest.mark.parametrize("machine", seccomp.TABLES)
def test_the_filter(machine: str) -> None:
    """Each conditional call is allowed for what it is needed for, and for nothing else."""
    for name in ("read", "write", "mmap", "futex", "exit_group", "newfstatat", "clock_nanosleep", "getrandom"):
        assert verdict_of(machine, name) == ALLOW
    assert verdict_of(machine, "openat", 0, 0, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY) == ALLOW
    for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_TMPFILE | os.O_RDWR):
        assert verdict_of(machine, "openat", 0, 0, os.O_CLOEXEC | flag) == errno.EROFS
    assert verdict_of(machine, "fcntl", 3, fcntl.F_GETFL) == ALLOW
    for command in (
        fcntl.F_SETOWN,
        10,
        15,
        1024,
        1031,
        fcntl.F_NOTIFY,
    ):  # F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_SETPIPE_SZ
        assert verdict_of(machine, "fcntl", 3, command) == errno.EPERM
    assert verdict_of(machine, "ioctl", 1, 0x5401) == ALLOW
    assert verdict_of(machine, "ioctl", 1, 0x5412) == errno.ENOTTY  # TIOCSTI, which types for another
    assert verdict_of(machine, "tgkill", PID, PID, 6) == ALLOW
    assert verdict_of(machine, "tgkill", PID + 1, PID, 6) == errno.EPERM
    assert verdict_of(machine, "prlimit64", 0, 7, 0, 1 << 40) == ALLOW
    assert verdict_of(machine, "prlimit64", 0, 7, 1 << 40) == errno.EPERM
    assert verdict_of(machine, "prlimit64", 0, 7, 8) == errno.EPERM
    assert verdict_of(machine, "prlimit64", 1, 7, 0) == errno.EPERM
    assert verdict_of(machine, "clone3") == errno.ENOSYS
    assert verdict_of(machine, 469) == errno.EPERM
    assert verdict_of(machine, 470) == errno.ENOSYS


@pytest.mark.parametrize("machine", seccomp.TABLES)
def test_the_filter_allows_what_it_lists_and_no_more(machine: str) -> None:
    """Of the first thousand calls, only those by name; and every listed number is a different one."""
    _, numbers = seccomp.TABLES[machine]
    always = {numbers[name] for name in (*seccomp.ANYWHERE, *seccomp.ONLY_X86) if name in numbers}
    reading = {numbers[name] for name in ("open", "openat", "prlimit64") if name in numbers} | {numbers["fcntl"]}
    assert {number for number in range(1000) if verdict_of(machine, number) == ALLOW} == always | reading
    assert len(set(numbers.values())) == len(numbers)
    assert set(seccomp.ANYWHERE) <= numbers.keys()


@pytest.mark.parametrize("machine", seccomp.TABLES)
def test_another_abi_is_killed(machine: str) -> None:
    """The same numbers mean other calls in another ABI: nothing of it runs."""
    calls = struct.pack("=iIQ6Q", 0, 0x40000003, 0, 0, 0, 0, 0, 0, 0)
    assert interpret(program_for(machine), calls) == KILL
    assert verdict_of(machine, 0x40000000) == KILL
    assert verdict_of(machine, -1) == KILL
