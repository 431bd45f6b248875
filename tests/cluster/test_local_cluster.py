"""`d2l-grade run --scheduler local:1`: the same command, the same gradebook, the same results."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import descendants, eventually, linux
from tests.helpers.tiny_class import BROKEN, HALF_DONE, RIGHT, SEED, SQUARED, hand_in, rows, run

pytestmark = linux
KILLS_ITSELF = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
ON_A_CLUSTER = ("--scheduler", "local:1")
MOMENTS = ("handed_over", "started", "asked", "judged", "kept")


@pytest.fixture
def students(tmp_path: Path) -> Path:
    """A class of which one has handed in nothing, one kills the process of the sandbox, one has handed in a link."""
    work = {"ada": RIGHT, "bob": SQUARED, "cyd": HALF_DONE, "dan": BROKEN, "eve": KILLS_ITSELF, "fay 李": RIGHT + "#"}
    for student, source in work.items():
        hand_in(tmp_path / "class", student, source)
    (tmp_path / "class" / "gil").mkdir()
    (tmp_path / "class" / "hal").mkdir()
    (tmp_path / "class" / "hal" / "doubling.py").symlink_to(tmp_path / "class" / "ada" / "doubling.py")
    return tmp_path / "class"


def timeless(node: Any) -> Any:
    """The same without the seconds that it took, those that a deadline has seen used among them."""
    if isinstance(node, dict):
        return {name: timeless(value) for name, value in node.items() if name not in ("seconds", "used")}
    return [timeless(each) for each in node] if isinstance(node, list) else node


def results(out: Path) -> str:
    return json.dumps(timeless(json.loads((out / "results.json").read_text(encoding="utf-8"))), ensure_ascii=False)


def gradebook(out: Path) -> list[tuple[Any, ...]]:
    query = "SELECT student, digest, status, reason, exercise, graded_by, e.points, verdict, result FROM submissions s"
    found = rows(out, f"{query} LEFT JOIN exercises e ON e.submission_id = s.id ORDER BY student, exercise")
    return [(*row[:-1], json.dumps(timeless(json.loads(row[-1]))) if row[-1] else "") for row in found]


def test_a_class_on_a_cluster(students: Path, tmp_path: Path, course: Path) -> None:
    """After a first run here, work is new, changed, or to be regraded: results and gradebook of the cluster equal those
    of the local pool, byte for byte but for the seconds. Each worker has a line, each submission its times, and no
    process is left."""
    here, there = tmp_path / "here", tmp_path / "there"
    withheld = students.rename(tmp_path / "all")
    (tmp_path / "class").mkdir()
    for student in ("ada", "bob", "gil"):
        shutil.copytree(withheld / student, students / student)
    run(students, here, course, "--jobs", "1", "--seed", str(SEED))
    shutil.copytree(here, there)
    for path in withheld.iterdir():
        shutil.copytree(path, students / path.name, symlinks=True, dirs_exist_ok=True)
    hand_in(students, "bob", HALF_DONE)
    run(students, here, course, "--jobs", "1", "--regrade", "doubling.halve")
    said = run(students, there, course, *ON_A_CLUSTER, "--regrade", "doubling.halve")
    assert "1 unchanged, 1 regraded, 6 graded" in said
    assert results(there) == results(here)
    assert gradebook(there) == gradebook(here)
    assert re.search(r"Worker 0 on \S+: 8 submissions in \d+ s of work\.", said)
    with (there / "timings.csv").open(newline="", encoding="utf-8") as file:
        times = [row for row in csv.DictReader(file) if row["run"] == "2"]
    assert {each["student"] for each in times} == {path.name for path in students.iterdir()} - {"gil"}
    assert all(each[one] <= each[other] for each in times for one, other in pairwise(MOMENTS))
    assert eventually(lambda: not workers_below(os.getpid()), 60), "a worker outlives its run"


def workers_below(pid: int) -> list[int]:
    """What is still there of a cluster's processes."""
    found = []
    for below in descendants(pid):
        with suppress(OSError):
            if "spawn_main" in Path(f"/proc/{below}/cmdline").read_text():
                found.append(below)
    return found
