"""The grader's memory does not grow with the class: not while it grades, not while it writes reports."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers.tiny_class import ROOT, generate

SMALL, LARGE = 30, 240
ALLOWED = 0.2
WITHOUT_TORCH = 80  # MB; a key of few exercises is made in the grader itself, and torch would hide what grows
KEEPS_AND_WRITES = """\
import re, sys
from dataclasses import replace
from pathlib import Path

from grader.report.files import make_writable, write_reports
from grader.gradebook.staleness import RunFacts
from grader.gradebook.opening import open_gradebook
from grader.report.statistics import figures
from tests.helpers.results import demo

out, size, hold = Path(sys.argv[1]), int(sys.argv[2]), bool(sys.argv[3:])
some = demo(40, 3).submissions
ids = {exercise.id: "x" for each in some for exercise in each.exercises}
names = [f"student {number:05}" for number in range(size)]
make_writable(out)
with open_gradebook(str(out / "gradebook.db")) as book:
    run = book.begin(RunFacts("c", "t", "k", "cpu", None, (), {}, {}, ids), names)
    for number, name in enumerate(names):
        book.keep(run, replace(some[number % 40], student=name), name, ids)
    book.finish(run, 1.0)
    results = book.results()
    held = tuple(results.submissions) if hold else ()
    write_reports(results, figures(results), out)
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def peak(out: Path, size: int, *hold: str) -> int:
    """The largest resident set, in kB, of a process that fills a gradebook and writes everything."""
    command = [sys.executable, "-c", KEEPS_AND_WRITES, str(out), str(size), *hold]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


@pytest.mark.soak
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_reports_of_a_large_class_take_no_more_memory(tmp_path: Path) -> None:
    """Ten times the students: as much memory; whoever held their results would be seen."""
    small, large, held = peak(tmp_path / "a", SMALL), peak(tmp_path / "b", LARGE), peak(tmp_path / "c", LARGE, "hold")
    assert large < (1 + ALLOWED) * small
    assert held - small > 4 * (large - small)


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_of_a_class", ROOT / "benchmarks" / "class.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.soak
@pytest.mark.parametrize("size", [3_000, 10_000])
def test_the_grader_takes_no_more_memory_for_more_submissions(size: int, course: Path, tmp_path: Path) -> None:
    """As the benchmark measures it, from a hundred submissions to thousands; one in a hundred is hostile."""
    more = ("--course", str(course), "--question-seconds", "0.5", "--submission-seconds", "3")
    peaks = []
    for count in (100, size):
        folder = tmp_path / str(count)
        submissions = generate(folder / "class", count, hostile=0.01)
        peaks.append(benchmark().measured(submissions, folder / "out", *more).megabytes)
    few, many = peaks
    assert abs(many - few) < ALLOWED * WITHOUT_TORCH
