"""A class on machines that fail all the time: it takes longer, and no mark is another one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.test_local_cluster import timeless
from tests.helpers.clusters import Room, command, environment, room, until
from tests.helpers.odd_workers import NO_SANDBOX, ODD_OBJECTS, OTHER_VERSION, odd_machine
from tests.helpers.processes import descendants, linux
from tests.helpers.tiny_class import committed, generate, rows

pytestmark = [linux, pytest.mark.soak]
SIZE, KILLERS = 200, 0.01
LIMITS = ("--seed", "5", "--question-seconds", "2", "--submission-seconds", "6")
KILLS_ITS_SANDBOX = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
WITHOUT_USER_NAMESPACES = (
    "unshare", "--user", "--map-root-user", "sh", "-c",
    'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all --inh-caps=-all "$@"', "sh",
)  # fmt: skip


def gradebook(out: Path) -> list[tuple[Any, ...]]:
    """All that the gradebook holds of the class, but for times and the numbers of runs."""
    found = rows(
        out,
        "SELECT student, digest, status, reason, s.points, s.max_points, exercise, graded_by, e.points, verdict, result "
        "FROM submissions s LEFT JOIN exercises e ON e.submission_id = s.id ORDER BY student, exercise",
    )
    return [(*row[:-1], json.dumps(timeless(json.loads(row[-1]))) if row[-1] else "") for row in found]


def a_class(folder: Path, size: int, seed: int = 3) -> Path:
    """The tiny class, in which one in a hundred kills its process whenever it is run."""
    generate(folder, size, seed, hostile=0.02)
    rng = random.Random(seed)
    for student in rng.sample(sorted(folder.iterdir()), max(1, int(size * KILLERS))):
        (student / "doubling.py").write_text(KILLS_ITS_SANDBOX)
    return folder


def run(submissions: Path, out: Path, course: Path, *more: str) -> subprocess.Popen[str]:
    arguments = ("run", str(submissions), "-o", str(out), "--course", str(course), *LIMITS, *more)
    pipe = subprocess.PIPE
    return subprocess.Popen(command(*arguments), stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environment())


def finished(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=1500)
    assert process.returncode == 0, said
    return said


@contextmanager
def killing(there: Room, out: Path, every: int) -> Iterator[list[int]]:
    """One of the workers 1 to 4 is killed, as by the kernel, whenever so many more submissions are done: on a busy
    machine that is as often, for the work, as on a quiet one."""
    over, killed, rng = threading.Event(), list[int](), random.Random(1)

    def kill() -> None:
        while not over.wait(0.2):
            if committed(out) // every <= len(killed):
                continue
            if workers := [pid for number in (1, 2, 3, 4) for pid in _workers(there, number)]:
                with suppress(ProcessLookupError):
                    os.kill(rng.choice(workers), signal.SIGKILL)
                    killed.append(committed(out))

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def _workers(there: Room, number: int) -> Iterator[int]:
    """The processes below a nanny that do the work."""
    for pid in descendants(there.running[f"worker{number}"].process.pid):
        with suppress(OSError):
            if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text():
                yield pid


def test_chaos(course: Path, tmp_path: Path) -> None:
    """Four workers, one of which is killed every few seconds; the scheduler, once; the head, once, and the same command
    goes on; a machine with another version, one without user namespaces, one that holds nothing, one that sends odd
    objects; one in a hundred submissions kills its process. The gradebook is that of a quiet run."""
    submissions, trap = a_class(tmp_path / "class", SIZE), tmp_path / "trap"
    finished(run(submissions, tmp_path / "quiet", course, "--jobs", "2"))
    with room(tmp_path / "room", 4, hosts=False) as there:
        odd = {
            5: OTHER_VERSION, 6: NO_SANDBOX, 7: ODD_OBJECTS.replace("@TRAP@", repr(str(trap))),
        }  # fmt: skip
        for number, statements in odd.items():
            there.start_worker(number, odd_machine(tmp_path / f"odd{number}", statements))
        there.start_worker(8, wrap=WITHOUT_USER_NAMESPACES)
        out, on = tmp_path / "out", ("--scheduler", there.url, *there.options)
        head = run(submissions, out, course, *on)
        with killing(there, out, SIZE // 20) as killed:
            until(lambda: committed(out) > SIZE // 4, 600)
            there.running["scheduler"].stop(signal.SIGKILL)
            time.sleep(3)
            there.start_scheduler()
            until(lambda: committed(out) > SIZE // 2, 600)
            head.kill()
            before = committed(out)
            told, _ = head.communicate()
            said = finished(run(submissions, out, course, *on))
    assert len(killed) >= 15
    assert gradebook(out) == gradebook(tmp_path / "quiet")
    assert f"{before} unchanged" in said or f"{before + 1} unchanged" in said
    for lacking in ("d2l-grader 0.0.9 there and", "neither namespaces nor Landlock"):
        assert lacking in told + said, (told, said)
    assert not trap.exists(), "what a worker sent was unpickled where it could do something"
