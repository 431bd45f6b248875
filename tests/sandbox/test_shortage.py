"""Where memory, processes or descriptors are short: a class goes on where it can, and where it cannot it says what is missing.

Nobody is advised to run submissions without walls for that: it would help nobody.
"""

from __future__ import annotations

import errno
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from grader.course.course import read_course
from grader.grading import pool
from grader.grading.pool import GradingPlan, grade
from grader.grading.task import Graded, Task
from grader.intake.layout import intake
from grader.keymaking.parallel import made_key
from grader.model.errors import NoIsolationError, SandboxError, ShortageError
from grader.model.keys.key_file import save_key
from grader.model.limits import Limits
from grader.model.question import Question, Returned
from grader.sandbox import forked, running
from grader.sandbox.forked import Zygotes, _ZygoteProcess
from grader.sandbox.processes import BOOT
from grader.sandbox.protocol.missing_resource import want_of
from grader.sandbox.session import Sandbox
from grader.sandbox.shortage import killed, shortage
from tests.helpers.commands import GRADE
from tests.helpers.course import ROOT
from tests.helpers.processes import descendants, eventually, linux, same_descriptors, zygote_pid
from tests.helpers.sandbox_modes import LIMITS
from tests.helpers.short_worker import REASON, work
from tests.helpers.slow_class import check_marks, processes
from tests.helpers.tiny_class import RIGHT, hand_in, write_course

pytestmark = linux
SOURCE = "def six(): return 6\ndef five(): return 5\n"
NEVER = re.compile(r"trust|container \(the Dockerfile")


def six(sandbox: Sandbox) -> bool:
    with sandbox.submission({"t": SOURCE}) as asked:
        return asked.ask("t", [Question("six")]) == (Returned((6,)),)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are there to be waited for, but not here."""
    monkeypatch.setattr(forked, "PAUSES", (0.01,) * 4)
    monkeypatch.setattr(running, "PAUSES", (0.0, 0.01, 0.01))
    monkeypatch.setattr(pool, "PAUSES", (0.01, 0.01))


def booted(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Processes are started with some statements more."""
    monkeypatch.setattr("grader.sandbox.processes.BOOT", BOOT.replace("main()\n", f"{statement}\nmain()\n"))


# Zygotes that die.


@contextmanager
def struck(sandbox: Sandbox, times: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The zygote is killed just before each of the next forks."""
    fork, left = _ZygoteProcess.fork, [times]

    def before_fork(zygote: _ZygoteProcess, limits: Limits) -> object:
        if left[0]:
            left[0] -= 1
            zygote.layers()
            for pid in (*descendants(zygote._process.pid), zygote._process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return fork(zygote, limits)

    with monkeypatch.context() as patch:
        patch.setattr(_ZygoteProcess, "fork", before_fork)
        yield left


def unwalled() -> Sandbox:
    """Zygotes that start sooner, since nothing is imported ahead and no wall is put up."""
    return Sandbox(Zygotes(trust=True, preload=False, start_seconds=60.0), LIMITS)


def test_four_zygotes_in_a_row_may_die(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that dies says nothing about the next: there is another, after a pause, and the question is answered."""
    with unwalled() as sandbox:
        assert six(sandbox)
        with same_descriptors(), struck(sandbox, 4, monkeypatch) as left:
            assert six(sandbox)
        assert left == [0]


@pytest.mark.parametrize("start", [unwalled, pytest.param(lambda: Sandbox.start(LIMITS), marks=pytest.mark.soak)])
def test_where_all_of_them_are_killed_it_is_said(monkeypatch: pytest.MonkeyPatch, start: Callable[[], Sandbox]) -> None:
    """By whom, as far as anybody can tell, and how much memory there is; then the next one works again."""
    with start() as sandbox:
        with struck(sandbox, 99, monkeypatch), pytest.raises(ShortageError) as caught:
            six(sandbox)
        said = str(caught.value)
        assert re.search(
            r"was killed, by the system for want of memory or by somebody \(memory: [\d,]+ of [\d,]+ MB", said
        ), said
        assert not NEVER.search(said)
        assert six(sandbox)


@pytest.mark.parametrize("status", [-9, 247])
def test_who_was_killed(status: int) -> None:
    """Directly, or behind the process that waits in front of its namespaces."""
    assert killed(status)
    assert not any(map(killed, (None, 0, 1, 9, -11, -15)))


# What a fork needs.


@pytest.mark.parametrize(
    ("number", "says"),
    [
        pytest.param(
            errno.EAGAIN,
            r"processes: (no limit|[\d,]+) for this user \(ulimit -u\)",
            marks=pytest.mark.soak,
        ),
        (errno.ENOMEM, r"memory: [\d,]+ of [\d,]+ MB are left on this machine"),
        (errno.EMFILE, r"descriptors: [\d,]+ for a process \(ulimit -n\)"),
        pytest.param(errno.ENOSPC, r"user\.max_pid_namespaces", marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize("without", [(), pytest.param(("namespaces",), marks=pytest.mark.soak)])
def test_a_fork_that_finds_nothing_names_it(
    monkeypatch: pytest.MonkeyPatch, without: Sequence[str], number: int, says: str
) -> None:
    """The first forks fail and the zygote lives on; where all fail, the number of what is missing is said."""
    spoilt = (
        "from grader.sandbox.isolation import syscalls\nreal, seen = syscalls.fork, []\n"
        "def fork():\n    seen.append(1)\n    if len(seen) in ({}): raise OSError({}, 'none')\n    return real()\n"
        "syscalls.fork = fork\nimport grader.sandbox.child.zygote as z; z.fork = fork"
    )
    booted(monkeypatch, spoilt.format("1, 2, 3", number))
    with Sandbox.start(LIMITS, without=without) as sandbox:
        first = zygote_pid(sandbox)
        assert six(sandbox)
        assert zygote_pid(sandbox) == first, "another zygote helps nobody"
    booted(monkeypatch, spoilt.format("range(99), *range(99)", number).replace("in (range(99), *range(99))", "< 99"))
    with pytest.raises(ShortageError, match=says) as caught:
        Sandbox.start(LIMITS, without=without)
    assert not NEVER.search(str(caught.value))


@pytest.mark.parametrize("where", ["socket.recv_fds", "os.pidfd_open"])
def test_a_zygote_without_descriptors_lives_on(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """A line that did not arrive, a child that nobody could watch: neither is left, and the next one is right."""
    spoilt = {
        "socket.recv_fds": "import socket\nreal, seen = socket.recv_fds, []\n"
        "def recv_fds(*given):\n    packet, fds, *rest = real(*given)\n    seen.append(1)\n"
        "    if fds and len(seen) < 3:\n        import os; os.close(fds.pop())\n    return packet, fds, *rest\n"
        "socket.recv_fds = recv_fds",
        "os.pidfd_open": "import os\nreal, seen = os.pidfd_open, []\n"
        "def pidfd_open(pid):\n    seen.append(1)\n    if 2 < len(seen) < 5: raise OSError(24, 'none')\n    return real(pid)\n"
        "os.pidfd_open = pidfd_open",
    }[where]
    booted(monkeypatch, spoilt)
    with Sandbox.start(LIMITS) as sandbox:
        first = zygote_pid(sandbox)
        assert six(sandbox) and six(sandbox)
        assert zygote_pid(sandbox) == first
        assert len(descendants(first)) == 1, "a child is left"


def test_a_wall_that_finds_no_memory_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer that fails for a moment is no layer that this system lacks: nothing runs behind fewer walls for it."""
    booted(
        monkeypatch,
        "from grader.sandbox.isolation import namespaces\ndef enter(): raise OSError(12, 'Cannot allocate memory')\nnamespaces.enter = enter",
    )
    with pytest.raises(ShortageError, match=r"Cannot allocate memory \(memory: "):
        Sandbox.start(LIMITS)


def test_a_system_without_walls_is_told_of_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """There, and nowhere else: a container first, and then what it is to trust every one of them."""
    with pytest.raises(
        NoIsolationError, match=r"grade in a Linux container .* or say --trust-submissions if you trust every"
    ):
        Sandbox.start(LIMITS, without=("seccomp",))
    booted(monkeypatch, "from grader.sandbox.isolation import syscalls\nsyscalls.PR_SET_NO_NEW_PRIVS = 9999")
    with pytest.raises(NoIsolationError, match="a layer does not hold in the child"):
        Sandbox.start(LIMITS)


# Limits that somebody has set around all of it.


def run_under(limits: dict[int, int], folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """`d2l-grade run` in a shell with ulimits."""

    def narrow() -> None:
        for which, most in limits.items():
            resource.setrlimit(which, (most, most))

    command = [
        sys.executable,
        "-c",
        GRADE,
        "run",
        "class",
        "--course",
        "course",
        "-o",
        "out",
        "--seed",
        "5",
        "--jobs",
        "1",
    ]
    return subprocess.run(
        [*command, *more],
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=narrow,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("megabytes", [900, pytest.param(1500, marks=pytest.mark.soak)])
def test_little_address_space_is_said_to_be_little(grown: object, megabytes: int) -> None:
    """torch does not fit, or a submission's share does not fit beside it: one line with the numbers, exit code 3."""
    done = run_under({resource.RLIMIT_AS: megabytes << 20}, grown.folder)  # type: ignore[attr-defined]
    assert done.returncode == 3, done.stderr
    said = done.stderr.splitlines()[-1]
    assert re.search(
        rf"memory: [\d,]+ of [\d,]+ MB are left on this machine; {megabytes:,} MB of address space for a process \(ulimit -v\)",
        said,
    ), said
    assert not NEVER.search(said)


@pytest.mark.soak
def test_with_less_for_each_submission_it_goes(grown: object) -> None:
    """The repair that is named is one: a class is graded in what there is, with the marks that are due."""
    done = run_under({resource.RLIMIT_AS: 3 << 30}, grown.folder, "--memory-mb", "64", "--question-seconds", "1")  # type: ignore[attr-defined]
    assert done.returncode == 0, done.stderr
    check_marks(grown.marks())  # type: ignore[attr-defined]


def test_few_descriptors_are_said_to_be_few(grown: object) -> None:
    """Whatever runs out of them says so, and is no fault of a student's."""
    done = run_under({resource.RLIMIT_NOFILE: 12}, grown.folder)  # type: ignore[attr-defined]
    assert done.returncode != 0
    assert not NEVER.search(done.stderr)


def test_numbers_of_what_is_missing() -> None:
    """Each kind has its numbers; what is no want has none."""
    assert str(shortage("it died")) == "no child process can be started here: it died"
    assert (
        want_of(MemoryError())
        == want_of(ImportError("libtorch.so: failed to map segment from shared object"))
        == errno.ENOMEM
    )
    assert want_of(OSError(errno.EMFILE, "x")) == errno.EMFILE
    assert want_of(PermissionError(errno.EPERM, "x")) == want_of(EOFError("x")) == 0


@pytest.mark.soak
def test_whom_the_kernel_ends_first(grown: object) -> None:
    """Where memory runs out: zygotes and children, which are replaced; then workers; the gradebook's keeper last."""
    run = grown.start()  # type: ignore[attr-defined]

    def scores() -> dict[str, int]:
        found = {}
        for kind in ("grader", "worker", "zygote", "child"):
            for pid in processes(run.pid, kind):
                with suppress(OSError):
                    found[kind] = int(Path(f"/proc/{pid}/oom_score_adj").read_text())
        return found

    try:
        assert eventually(lambda: len(scores()) == 4, 600), scores()
        seen = scores()
        assert seen["grader"] < seen["worker"] < seen["zygote"] == seen["child"]
    finally:
        run.kill()
        run.communicate()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("MemoryError()", r"MemoryError:  \(memory: [\d,]+ of"),
        ("OSError(24, 'Too many open files')", r"Too many open files \(descriptors: "),
        ('RuntimeError("can\'t start new thread")', r"can't start new thread \(processes: "),
    ],
)
def test_what_the_grader_itself_lacks_is_no_riddle(error: str, says: str) -> None:
    """Not "our fault", for nobody would look at the machine then."""
    code = f"import grader.cli.run as m\ndef intake(*_): raise {error}\nm.intake = intake\n{GRADE}"
    command = [sys.executable, "-c", code, "run", ".", "--course", str(ROOT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 3
    assert re.search(says, done.stderr), done.stderr
    assert "our fault" not in done.stderr


# A class whose workers fail.


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("short")
    save_key(made_key(read_course(write_course(folder / "course")), (), 5, 1), folder / "class.key")
    return folder / "class.key"


@pytest.fixture
def class_of(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Iterator[Graded]]:
    """Grades some right submissions with workers that follow orders: number of the worker, what it does."""
    monkeypatch.setattr(pool, "_work", work)
    for old in key.parent.glob("ticket*"):
        old.unlink()

    def started(students: int, jobs: int, orders: dict[int | str, str]) -> Iterator[Graded]:
        for number in range(students):
            hand_in(tmp_path / "class", f"student {number}", f"# {number}\n{RIGHT}")
        (key.parent / "orders").write_text("".join(f"{number} {order}\n" for number, order in orders.items()))
        return grade(
            GradingPlan(key, LIMITS, jobs=jobs, functions={"doubling": ()}),
            map(Task, intake(tmp_path / "class").handed_in),
        )

    return started


def all_right(done: list[Graded], students: int) -> bool:
    """Each student once, with all points."""
    points = {each.student: each.result.points for each in done if each.result}
    return len(done) == students and points == dict.fromkeys((f"student {number}" for number in range(students)), 4.0)


@pytest.mark.parametrize(
    ("jobs", "orders"),
    [
        (2, {0: "refuse", 2: "refuse", 3: "refuse"}),  # one of two is given up
        pytest.param(
            3,
            {0: "refuse", 1: "refuse", 3: "refuse", 4: "refuse", 5: "refuse", 6: "refuse"},  # two of three
            marks=pytest.mark.soak,
        ),
        pytest.param(1, {0: "refuse", 1: "refuse"}, marks=pytest.mark.soak),  # the only one, twice
        pytest.param(2, {0: "refuse", 1: "die"}, marks=pytest.mark.soak),
        pytest.param(2, {0: "die", 2: "die", 3: "die"}, marks=pytest.mark.soak),
    ],
)
def test_a_class_goes_on_with_the_workers_that_work(
    class_of: Callable[..., Iterator[Graded]], jobs: int, orders: dict[int | str, str]
) -> None:
    """A sandbox that one worker cannot have stops nobody else: nothing is lost, nothing is graded twice."""
    done = list(class_of(8, jobs, orders))
    if "die" not in orders.values():
        assert all_right(done, 8), done
    else:  # whose worker dies twice is not graded, and nobody else is harmed
        assert sorted(each.student for each in done) == [f"student {number}" for number in range(8)]
        assert sum(each.digest is None for each in done) <= 1


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_a_submission_for_which_nothing_can_be_started(class_of: Callable[..., Iterator[Graded]], jobs: int) -> None:
    """It is not graded, says why, is tried again by the next run, and stops nobody else."""
    done = {each.student: each for each in class_of(8, jobs, {"student": "3"})}
    assert len(done) == 8
    poison = done.pop("student 3")
    assert poison.digest is None and poison.result
    assert (poison.result.status, poison.result.reason) == ("not_graded", f"{REASON} (our fault)")
    assert all(each.result and each.result.points == 4.0 for each in done.values())


@pytest.mark.parametrize("jobs", [1, pytest.param(3, marks=pytest.mark.soak)])
def test_a_class_without_workers_stops_and_says_why(class_of: Callable[..., Iterator[Graded]], jobs: int) -> None:
    """The reason as it was, that nothing is lost, and no advice that would not help."""
    with pytest.raises(SandboxError) as caught:
        list(class_of(20, jobs, {"*": "refuse"}))
    assert str(caught.value).startswith(f"{REASON}. What was graded until then is kept; run again")
    assert not NEVER.search(str(caught.value))


def test_workers_that_are_killed_again_and_again(
    class_of: Callable[..., Iterator[Graded]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends, with the numbers of the machine's memory: a night is not spent on starting workers."""
    monkeypatch.setattr(pool, "MOST_DEATHS", 5)
    done: list[Graded] = []
    with pytest.raises(ShortageError, match=r"killed again and again.*\(memory: "):
        done.extend(class_of(20, 2, {"*": "die"}))
    assert all(each.digest is None for each in done), "not graded is what it is called, and tried again next time"


@pytest.mark.soak
def test_a_class_survives_kills_of_all_zygotes(grown: object) -> None:
    """As fast as they come for ten seconds: then the class is finished, with the marks of a quiet one."""
    run = grown.start()  # type: ignore[attr-defined]
    end, count = time.monotonic() + 10, 0
    while time.monotonic() < end and run.poll() is None:
        for pid in descendants(run.pid):
            with suppress(OSError):
                if "grader.sandbox.child.zygote" in Path(f"/proc/{pid}/cmdline").read_text():
                    os.kill(pid, signal.SIGKILL)
                    count += 1
        time.sleep(1.0)
    _, errors = run.communicate(timeout=300)
    if run.returncode:
        assert run.returncode == 3 and not NEVER.search(errors), errors
        run = grown.start()  # type: ignore[attr-defined]
        _, errors = run.communicate(timeout=300)
    assert (run.returncode, count > 2) == (0, True), errors
    check_marks(grown.marks())  # type: ignore[attr-defined]
