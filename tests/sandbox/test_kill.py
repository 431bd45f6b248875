"""Whoever is killed, and whenever: nothing lingers, and a rerun finishes with the right marks."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.helpers.commands import GRADE
from tests.helpers.course import ROOT
from tests.helpers.processes import descendants, eventually, linux
from tests.helpers.slow_class import OPTIONS, STUDENTS, Class, check_marks, processes
from tests.helpers.tiny_class import run as run_here

pytestmark = linux
SOAK = pytest.mark.soak

SET_CHILD_SUBREAPER = 36


@pytest.fixture
def ours() -> Iterator[None]:
    """Whoever loses their parent becomes our child, so that nobody is overlooked."""
    prctl = ctypes.CDLL(None).prctl
    prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield
    prctl(SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def bury(pids: set[int]) -> None:
    """Takes note of the death of processes that have become ours."""
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


@contextmanager
def nobody_lingers() -> Iterator[None]:
    """Processes that were there before may stay; all others are gone."""
    before = descendants(os.getpid())

    def gone() -> bool:
        bury(descendants(os.getpid()) - before)
        return not descendants(os.getpid()) - before

    yield
    assert eventually(gone), descendants(os.getpid()) - before


def kill_one(grader: subprocess.Popen[str], kind: str, rng: random.Random, latest: float) -> bool:
    """Kills one process of that kind at a random moment; whether there was one."""
    time.sleep(rng.uniform(0, latest))
    while grader.poll() is None:
        there = processes(grader.pid, kind)
        if there:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(sorted(there)), signal.SIGKILL)
                return True
        time.sleep(0.02)
    return False


def finished(run: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = run.communicate(timeout=600)
    return run.returncode, errors


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=SOAK) for kind in ("zygote", "worker", "child")])
def test_whom_the_grader_replaces(grown: Class, ours: None, kind: str) -> None:
    """A worker, a zygote or a child that is killed costs nobody a mark, and the run goes on."""
    rng = random.Random(kind)
    with nobody_lingers():
        run = grown.start()
        assert kill_one(run, kind, rng, 1.0)
        code, errors = finished(run)
    assert code == 0, errors
    check_marks(grown.marks())
    assert grown.left_behind() == []


@pytest.mark.parametrize(
    "how", [signal.SIGKILL, *(pytest.param(how, marks=SOAK) for how in (signal.SIGTERM, signal.SIGINT))]
)
def test_a_grader_that_is_stopped(grown: Class, ours: None, how: signal.Signals) -> None:
    """Whatever stops a run takes all of its processes along; the next run finishes, and nothing is left of the first."""
    with nobody_lingers():
        run = grown.start()
        # A child of a worker's: the run's own sandbox has one while the run still imports torch, which no signal may
        # interrupt without C++ ending the process.
        assert eventually(lambda: any(processes(each, "child") for each in processes(run.pid, "worker")))
        time.sleep(0.5)
        os.kill(run.pid, how)
        code, errors = finished(run)
    if how is signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert (code, errors.strip().splitlines()[-1]) == (130, "d2l-grade: stopped.")
        assert "Traceback" not in errors
        assert grown.left_behind() == []
    run_here(grown.folder / "class", grown.out, grown.folder / "course", *OPTIONS)
    check_marks(grown.marks())
    assert grown.left_behind() == []


@pytest.mark.soak
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_grader_that_is_stopped_while_it_makes_its_key(tmp_path: Path, ours: None, how: signal.Signals) -> None:
    """Several processes make a large key: none of them lingers, and nobody waits for what they are at."""
    command = [
        sys.executable,
        "-c",
        GRADE,
        "run",
        "demo/class",
        "-o",
        str(tmp_path),
        "--topics",
        "broadcasting,softmax",
    ]
    with nobody_lingers():
        run = subprocess.Popen([*command, "--jobs", "2"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert eventually(lambda: len(processes(run.pid, "worker")) == 2)
        time.sleep(3)
        os.kill(run.pid, how)
        code, errors = finished(run)
    assert how is signal.SIGKILL or (code, errors.strip().splitlines()[-1]) == (130, "d2l-grade: stopped.")


Known = dict[tuple[str, str], tuple[int, float]]


def known(out: Path) -> Known:
    """Student and exercise -> the run that graded it, and the points: of what is nobody's fault but the student's."""
    query = (
        "SELECT s.student, e.exercise, e.run_id, e.points FROM submissions s JOIN exercises e ON e.submission_id = s.id "
        "WHERE s.status = 'graded' AND e.verdict != 'not_graded'"
    )
    try:
        with closing(sqlite3.connect(out / "gradebook.db", timeout=30)) as connection:
            return {(student, exercise): (run, points) for student, exercise, run, points in connection.execute(query)}
    except sqlite3.OperationalError:  # it was killed before there was one
        return {}


def attempts(out: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(out / "gradebook.db")) as connection:
        query = (
            "SELECT s.student, a.number FROM submissions s JOIN attempts a ON a.submission_id = s.id ORDER BY s.student"
        )
        return connection.execute(query).fetchall()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_kills_at_random_moments(grown: Class, ours: None, seed: int) -> None:
    """Three runs with random victims at random moments, from the first second on; the fourth finishes.

    What is in the gradebook after one of them is there after the next, as it was, and was not graded again.
    """
    rng, before, killed = random.Random(seed), Known(), 0
    for _ in range(3):
        with nobody_lingers():
            run = grown.start()
            for _ in range(rng.randint(2, 4)):
                killed += kill_one(run, rng.choice(["grader", "worker", "zygote", "child"]), rng, 4.0)
            finished(run)
        after = known(grown.out)
        assert before.items() <= after.items(), "something is lost, or was graded twice"
        before = after
        assert len(grown.left_behind()) <= 1, "files in the folder for scratch grow"
    with nobody_lingers():
        code, errors = finished(grown.start())
    assert code == 0, errors
    print(f"{killed} processes were killed")
    assert before.items() <= known(grown.out).items()
    check_marks(grown.marks())
    assert attempts(grown.out) == [(f"student {number}", 1) for number in range(len(STUDENTS))]
    assert grown.left_behind() == []
