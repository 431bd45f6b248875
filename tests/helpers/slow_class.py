"""A class of six that takes its time, so that there is time to kill somebody; and the processes of its run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.cli.run import KEYS
from tests.helpers.commands import GRADE
from tests.helpers.processes import descendants

COURSE = {
    "exercises/course.toml": 'title = "T"\ntopics = ["t"]\n',
    "exercises/t.py": '"""T."""\n\n\ndef f(x: int) -> int:\n    """Say one.\n\n    Args:\n        x: a number.\n    Returns:\n        One.\n    """\n    raise NotImplementedError\n',
    "solutions/t/f.py": "from grader import *\n\n\n@reference\ndef f(x):\n    return x + 1\n\n\n@case\ndef one(draw):\n    return 1\n\n\n@case\ndef two(draw):\n    return 2\n",
}
RIGHT = "import time\ndef f(x):\n    time.sleep(0.2)\n    return x + 1\n"
WRONG = "import time\ndef f(x):\n    time.sleep(0.2)\n    return x + 2 * (x == 2)\n"
STUCK = "import time\ndef f(x):\n    while x == 2: time.sleep(60)\n    return x + 1\n"
OPTIONS = ("--seed", "5", "--jobs", "2", "--question-seconds", "3")
STUDENTS = (RIGHT, WRONG, RIGHT, STUCK, WRONG, RIGHT)


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


EXPECTED = {f"student {number}": {RIGHT: 1.0, WRONG: 0.0, STUCK: 0.5}[text] for number, text in enumerate(STUDENTS)}


def check_marks(marks: dict[str, float]) -> None:
    """Right, wrong, and half right: those of a class in which nobody was killed."""
    assert marks.keys() == EXPECTED.keys()
    for name, points in marks.items():
        kind = EXPECTED[name]
        assert points == 1.0 if kind == 1.0 else 0 < points < 1 if kind == 0.5 else points < 1, (name, points)
