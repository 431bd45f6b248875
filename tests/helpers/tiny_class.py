"""A course of three small exercises, classes that were generated, and `d2l-grade run` as an instructor runs it."""

from __future__ import annotations

import io
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from grader.cli.grade import grade
from tests.helpers.course import ROOT
from tests.helpers.sandboxes import one_process

SAMPLES = ROOT / "demo" / "class"
ATTACKS = sorted((ROOT / "tests" / "sandbox" / "attacks").glob("*.py"))

COURSE = {
    "exercises/course.toml": 'name = "tiny"\ntitle = "A tiny course"\ntopics = ["doubling"]\n',
    "exercises/doubling.py": '''"""Doubling

Three functions about the number two.
"""

from torch import Tensor


def double(x: Tensor) -> Tensor:
    """Double every entry."""
    raise NotImplementedError


def quadruple(x: Tensor) -> Tensor:
    """Double every entry twice."""
    raise NotImplementedError


def halve(x: Tensor) -> Tensor:
    """Halve every entry."""
    raise NotImplementedError
''',
    "solutions/doubling/double.py": '''"""Twice everything."""

from grader import Exercise, case, misconception, reference

exercise = Exercise(points=1)


@reference
def double(x):
    return x + x


@case
def a_matrix(draw):
    return draw.normal(3, 4)


@case(hidden=True)
def a_vector(draw):
    return draw.normal(7)


@misconception("That is a square.", "Multiply by two.")
def squared(x):
    return x * x
''',
    "solutions/doubling/quadruple.py": '''"""Twice twice."""

from grader import Exercise, case, reference, stand_in

exercise = Exercise(points=2, needs=("double",))


@reference
def quadruple(x):
    return 4 * x


@stand_in
def double(x):
    return x + x


@case
def a_matrix(draw):
    return draw.normal(2, 3)
''',
    "solutions/doubling/halve.py": '''"""Half of everything."""

from grader import Exercise, case, reference

exercise = Exercise(points=1)


@reference
def halve(x):
    return x / 2


@case
def a_matrix(draw):
    return draw.normal(3, 2)
''',
}
RIGHT = """def double(x):
    return x + x


def quadruple(x):
    return double(double(x))


def halve(x):
    return x / 2
"""
SQUARED = RIGHT.replace("return x + x", "return x * x")
HALF_DONE = RIGHT.replace("x / 2", "x / 3")
BROKEN = "def double(x:\n    return x\n"
SEED = 20261121

Marks = dict[str, tuple[Any, ...]]


def write_course(folder: Path) -> Path:
    for name, text in COURSE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def hand_in(folder: Path, student: str, source: str, topic: str = "doubling") -> None:
    (folder / student).mkdir(parents=True, exist_ok=True)
    (folder / student / f"{topic}.py").write_text(source)


def generate(folder: Path, size: int, seed: int = 1, hostile: float = 0.2) -> Path:
    """A class for the tiny course: right, wrong, broken, absent and hostile."""
    rng = random.Random(seed)
    for number in range(size):
        student, kind = f"student {number:05}", rng.random()
        if kind < 0.05:
            (folder / student).mkdir(parents=True)
            continue
        attack = rng.choice(ATTACKS).read_text(encoding="utf-8")
        plain = rng.choice((RIGHT, RIGHT, SQUARED, HALF_DONE, BROKEN))
        hand_in(folder, student, f"# {number}\n{attack if kind > 1 - hostile else plain}")
    return folder


def generate_from_samples(folder: Path, size: int, topic: str, hostile: int = 10, seed: int = 1) -> Path:
    """A class for a topic of the book: the sample class again and again, one in `hostile` with an attack in it."""
    rng = random.Random(seed)
    samples = [path.read_bytes() for path in sorted(SAMPLES.glob(f"*/{topic}.py"))]
    for number in range(size):
        source = samples[number % len(samples)]
        if hostile and number % hostile == hostile - 1:
            name = re.search(rb"^def (\w+)\(", source, re.MULTILINE)
            attack = rng.choice(ATTACKS).read_text(encoding="utf-8")
            source += re.sub(r"def double\(", f"def {name[1].decode() if name else 'double'}(", attack).encode()
        home = folder / f"student {number:05}"
        home.mkdir(parents=True)
        (home / f"{topic}.py").write_bytes(source + b"\n# %d\n" % number)
    return folder


def arguments(submissions: Path, out: Path, course: Path, *more: str) -> list[str]:
    return ["run", str(submissions), "-o", str(out), "--course", str(course), *more]


def run(submissions: Path, out: Path, course: Path, *more: str) -> str:
    """Runs the command in this process, with the sandbox that is there; what it printed."""
    said = io.StringIO()
    with redirect_stdout(said), one_process():
        assert grade.main(arguments(submissions, out, course, *more), standalone_mode=False) == 0
    return said.getvalue()


def started(submissions: Path, out: Path, course: Path, *more: str) -> subprocess.Popen[str]:
    """Runs the command in a process of its own, which can be killed."""
    code = "from grader.cli.grade import main; main()"
    command = [sys.executable, "-c", code, *arguments(submissions, out, course, *more)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def marks(out: Path) -> Marks:
    """Everything in results.json that an instructor defends: all but the seconds and what depends on them."""
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return {
        each["student"]: (each["status"], each["reason"], each["points"], *map(_mark, each["exercises"]))
        for each in document["submissions"]
    }


def _mark(exercise: dict[str, Any]) -> tuple[Any, ...]:
    checks = tuple((check["name"], check["verdict"]) for check in exercise["checks"])
    return (
        exercise["id"],
        exercise["points"],
        exercise["verdict"],
        tuple(hint["mistake"] for hint in exercise["hints"]),
        checks,
    )


def rows(out: Path, query: str) -> list[tuple[Any, ...]]:
    """What somebody with SQL sees in the gradebook."""
    connection = sqlite3.connect(out / "gradebook.db", timeout=30)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def graded_in(out: Path) -> dict[tuple[str, str], int]:
    """Student and exercise -> the run that graded it."""
    query = "SELECT student, exercise, e.run_id FROM submissions s JOIN exercises e ON e.submission_id = s.id"
    return {(student, exercise): run for student, exercise, run in rows(out, query)}


def committed(out: Path) -> int:
    """How many submissions are in the gradebook by now; none where it is not there yet."""
    try:
        return int(rows(out, "SELECT count(*) FROM submissions")[0][0])
    except sqlite3.OperationalError:
        return 0


# Fixtures.


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def graded(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `d2l-grade run` has written."""
    place = tmp_path_factory.mktemp("class")
    hand_in(place / "in", "ada", RIGHT)
    hand_in(place / "in", "=cmd(), Bob", HALF_DONE)
    (place / "in" / "eve").mkdir()
    run(place / "in", place / "grades", course, "--jobs", "1", "--seed", str(SEED))
    return place / "grades"
