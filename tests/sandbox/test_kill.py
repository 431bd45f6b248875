"""Whoever is killed, and whenever: nothing lingers, and a rerun finishes with the right marks."""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.cli.run import KEYS
from tests.gradebook.classroom import run as run_here

from .conftest import descendants, eventually

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
SOAK = pytest.mark.soak

ROOT = Path(__file__).parents[2]
GRADE = "from grader.cli.grade import main; main()"
COURSE = {
    "exercises/course.toml": 'title = "T"\ntopics = ["t"]\n',
    "exercises/t.py": '"""T."""\n\n\ndef f(x: int) -> int:\n    """Say one.\n\n    Args:\n        x: a number.\n    Returns:\n        One.\n    """\n    raise NotImplementedError\n',
    "solutions/t/f.py": "from grader import *\n\n\n@reference\ndef f(x):\n    return x + 1\n\n\n@case\ndef one(draw):\n    return 1\n\n\n@case\ndef two(draw):\n    return 2\n",
}
RIGHT = "import time\ndef f(x):\n    time.sleep(0.2)\n    return x + 1\n"
WRONG = "import time\ndef f(x):\n    time.sleep(0.2)\n    return x + 2 * (x == 2)\n"
STUCK = "import time\ndef f(x):\n    while x == 2: time.sleep(60)\n    return x + 1\n"
STUDENTS = (RIGHT, WRONG, RIGHT, STUCK, WRONG, RIGHT)
OPTIONS = ("--seed", "5", "--jobs", "2", "--question-seconds", "3")
SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Class:
    """A course, a class, and the folders that a run may write into."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def scratch(self) -> Path:
        return self.folder / "tmp"

    def start(self) -> subprocess.Popen[str]:
        """A run as an instructor starts it."""
        command = [sys.executable, "-c", GRADE, "run", "class", "-o", str(self.out), "--course", "course", *OPTIONS]
        environment = {**os.environ, "TMPDIR": str(self.scratch)}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=pipe, stderr=pipe, text=True)

    def marks(self) -> dict[str, float]:
        document = json.loads((self.out / "results.json").read_text())
        return {each["student"]: each["points"] for each in document["submissions"]}

    def left_behind(self) -> list[str]:
        """Scratch files, and keys that were not finished; those that were are there for the next run."""
        hidden = (path for path in self.out.glob(".*") if path.name != KEYS)
        found = [*self.scratch.rglob("*"), *hidden, *self.out.glob(f"{KEYS}/*.part")]
        return [str(path.relative_to(self.folder)) for path in found if "torchinductor" not in str(path)]


@pytest.fixture
def grown(tmp_path: Path) -> Class:
    """A class of six."""
    for name, text in COURSE.items():
        path = tmp_path / "course" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for number, text in enumerate(STUDENTS):
        (tmp_path / "class" / f"student {number}").mkdir(parents=True)
        (tmp_path / "class" / f"student {number}" / "t.py").write_text(text)
    (tmp_path / "tmp").mkdir()
    return Class(tmp_path)


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


def processes(grader: int, kind: str) -> list[int]:
    """The processes of a run that may be killed: the grader, its workers, their zygotes, or students' children."""
    if kind == "grader":
        return [grader]
    return [pid for pid in descendants(grader) if _kind(pid) == kind]


def _kind(pid: int) -> str:
    """A zygote is whoever waits in its namespaces and whoever forks in them; a child is below both."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        depth = len(
            next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("NSpid")).split()
        )
    except (OSError, StopIteration):
        return ""
    if "spawn_main" in command:
        return "worker"
    return "" if "grader.sandbox.child.zygote" not in command else "child" if depth > 3 else "zygote"


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


EXPECTED = {f"student {number}": {RIGHT: 1.0, WRONG: 0.0, STUCK: 0.5}[text] for number, text in enumerate(STUDENTS)}


def check_marks(marks: dict[str, float]) -> None:
    """Right, wrong, and half right: those of a class in which nobody was killed."""
    assert marks.keys() == EXPECTED.keys()
    for name, points in marks.items():
        kind = EXPECTED[name]
        assert points == 1.0 if kind == 1.0 else 0 < points < 1 if kind == 0.5 else points < 1, (name, points)


@pytest.mark.parametrize("kind", ["zygote", pytest.param("worker", marks=SOAK), pytest.param("child", marks=SOAK)])
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


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, pytest.param(signal.SIGINT, marks=SOAK)])
def test_a_grader_that_is_stopped(grown: Class, ours: None, how: signal.Signals) -> None:
    """Whatever stops a run takes all of its processes along; the next run finishes, and nothing is left of the first."""
    with nobody_lingers():
        run = grown.start()
        assert eventually(lambda: bool(processes(run.pid, "child")) or run.poll() is not None)
        time.sleep(0.5)
        os.kill(run.pid, how)
        code, errors = finished(run)
    if how is signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert (code, errors.strip().splitlines()[-1]) == (2, "d2l-grade: stopped.")
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
    assert how is signal.SIGKILL or (code, errors.strip().splitlines()[-1]) == (2, "d2l-grade: stopped.")


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
