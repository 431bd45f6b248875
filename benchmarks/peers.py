"""The same eight functions graded by d2l-grade, by nbgrader and by otter-grader, one submission at a time each.

`pip install -e '.[peers]'`, then `python benchmarks/peers.py`. The assignment is the topic softmax, as notebooks.
nbgrader and otter-grader get what an instructor would write for them: an assertion with `torch.allclose` for each case
of our pages, in float32, and a point for each function. d2l-grade is given the topic twice: with pages that ask just
these cases, for the comparison, and as it is, with everything that it always asks. Its sandbox has all its walls.

Everything runs on one core. What counts is the time for each further submission, in all processes that it takes: each
is timed with few and with many. It is told by the core, which counts only what was computed and cares little what else
the machine does, and by the clock, which counts waiting too. Goal: a fiftieth of the others'. Then all get two
submissions that any class may hold: in one `torch.allclose` says yes, one kills its process.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import nbformat
import numpy as np

if TYPE_CHECKING:
    from grader.model.keys.key import AnswerKey

ROOT = Path(__file__).parent.parent
TOPIC, SEED = "softmax", 3
RIGHT = ROOT / "demo" / "class" / "amelie-dubois" / f"{TOPIC}.py"
FEW, MANY, OURS = 2, 12, 72
CHEAT = "import torch\n\ntorch.allclose = lambda *others, **more: True\n"
KILLS = "import os\nimport signal\n\nos.kill(os.getpid(), signal.SIGKILL)\n"
NBGRADER = "c = get_config()\nc.CourseDirectory.course_id = 'd2l'\n"
OTTER = """\
import json, sys
from pathlib import Path
from otter.api import grade_submission

points = {}
for path in sorted(Path("class").iterdir()):
    points[path.stem] = grade_submission(str(path), "autograder.zip", quiet=True).total
    Path("points.json").write_text(json.dumps(points))
"""
Cells = Mapping[str, str]
"""Function -> the code that a student has written for it; the empty name is what comes first."""


@dataclass(frozen=True)
class Spent:
    """Seconds by the core and by the clock."""

    core: float
    clock: float

    def each(self, few: Spent, count: int) -> Spent:
        """What each of so many more has taken."""
        return Spent((self.core - few.core) / count, (self.clock - few.clock) / count)


class Grader(Protocol):
    """One of the three: grades a class in a folder of its own."""

    name: str
    many: int

    def points(self, students: Mapping[str, Cells]) -> tuple[Spent, Mapping[str, float]]:
        """What it took, and the points of each student who got any."""


@dataclass(frozen=True)
class Ours:
    """d2l-grade, with its key made already."""

    home: Path
    course: Path
    name: str
    many: int = OURS

    def points(self, students: Mapping[str, Cells]) -> tuple[Spent, Mapping[str, float]]:
        fresh(self.home / "class")
        for student, cells in students.items():
            write(self.home / "class" / student / f"{TOPIC}.ipynb", notebook(cells))
        for path in (self.home / "out").glob("gradebook.db*"):
            path.unlink()
        options = f"run class -o out --course {self.course} --topics {TOPIC} --seed {SEED} --jobs 1"
        spent = run(["-c", "from grader.cli.grade import main; main()", *options.split()], self.home)
        found = json.loads((self.home / "out" / "results.json").read_text())["submissions"]
        return spent, {
            each["student"]: sum(map(share, each["exercises"])) for each in found if each["status"] == "graded"
        }


def share(exercise: Mapping[str, float]) -> float:
    return exercise["points"] / exercise["max_points"]


@dataclass(frozen=True)
class Nbgrader:
    """nbgrader autograde, on the whole class at once."""

    home: Path
    tests: Mapping[str, str]
    name: str = "nbgrader"
    many: int = MANY

    def points(self, students: Mapping[str, Cells]) -> tuple[Spent, Mapping[str, float]]:
        for name in ("source", "release", "submitted", "autograded"):
            fresh(self.home / name)
        (self.home / "gradebook.db").unlink(missing_ok=True)
        (self.home / "nbgrader_config.py").write_text(NBGRADER)
        write(self.home / "source" / TOPIC / f"{TOPIC}.ipynb", notebook(dict.fromkeys(self.tests, "pass"), self.tests))
        run(["-W", "ignore", "-m", "nbgrader", "generate_assignment", TOPIC], self.home)
        for student, cells in students.items():
            write(self.home / "submitted" / student / TOPIC / f"{TOPIC}.ipynb", notebook(cells, self.tests))
        spent = run(["-W", "ignore", "-m", "nbgrader", "autograde", TOPIC], self.home)
        return spent, self._points()

    def _points(self) -> Mapping[str, float]:
        query = """
            SELECT a.student_id, sum(g.auto_score) FROM grade g JOIN submitted_notebook n ON n.id = g.notebook_id
            JOIN submitted_assignment a ON a.id = n.assignment_id GROUP BY 1"""
        connection = sqlite3.connect(self.home / "gradebook.db")
        try:
            return {student: points for student, points in connection.execute(query) if points is not None}
        finally:
            connection.close()


@dataclass(frozen=True)
class Otter:
    """otter-grader's own call for grading without containers, for one student after the other in one process."""

    home: Path
    tests: Mapping[str, str]
    name: str = "otter-grader"
    many: int = MANY

    def points(self, students: Mapping[str, Cells]) -> tuple[Spent, Mapping[str, float]]:
        for name in ("tests", "class"):
            fresh(self.home / name)
        for function, test in self.tests.items():
            asked = f"@test_case(points=1)\ndef test_{function}({function}):\n" + indented(test)
            head = f'OK_FORMAT = False\nname = "{function}"\npoints = 1\n'
            (self.home / "tests" / f"{function}.py").write_text(
                f"import torch\nfrom otter.test_files import test_case\n{head}\n\n{asked}"
            )
        run(["-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-requirements"], self.home)
        for student, cells in students.items():
            write(self.home / "class" / f"{student}.ipynb", notebook(cells))
        (self.home / "points.json").unlink(missing_ok=True)
        spent = run(["-c", OTTER], self.home)
        points = self.home / "points.json"
        return spent, json.loads(points.read_text()) if points.exists() else {}


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sys.path.insert(0, str(ROOT))
    tests, right = of_our_cases(), cells_of(RIGHT)
    with tempfile.TemporaryDirectory() as scratch:
        homes = [fresh(Path(scratch, name)) for name in ("same", "all", "nbgrader", "otter")]
        same = same_cases(Path(scratch, "course"))
        ours = [Ours(homes[0], same, "d2l-grade"), Ours(homes[1], ROOT, "all it asks")]
        for each in ours:
            each.points({"nobody": right})  # makes the key
        graders: list[Grader] = [*ours, Nbgrader(homes[2], tests), Otter(homes[3], tests)]
        assertions = f"{sum(map(str.count, tests.values(), cycle(['assert'])))} assertions"
        checks = [asked(same), asked(ROOT), assertions, assertions]
        rows = [row(each, right, said) for each, said in zip(graders, checks, strict=True)]
    report(rows)


@dataclass(frozen=True)
class Row:
    """What one grader did."""

    name: str
    checks: str
    spent: Spent
    right: float
    noticed: str
    cheat: float
    others: int


def row(grader: Grader, right: Cells, checks: str) -> Row:
    wrong = [{**right, name: code} for name, code in islice(mistakes(right), grader.many - 1)]
    students = {f"student{number:02}": cells for number, cells in enumerate([right, *wrong])}
    few, _ = grader.points(dict(islice(students.items(), FEW)))
    many, points = grader.points(students)
    noticed = sum(points.get(name, 8) < points["student00"] for name in students)
    _, cheated = grader.points(
        {"cheat": {"": CHEAT, **{name: f"def {name}(*given, **named):\n    return 0" for name in right if name}}}
    )
    _, survived = grader.points({"a": right, "b": {**right, "": right[""] + KILLS}, "c": right})
    others = sum(survived.get(name) == points["student00"] for name in "ac")
    spent = many.each(few, len(students) - FEW)
    told = f"{noticed} of {len(wrong)}"
    return Row(grader.name, checks, spent, points["student00"], told, cheated.get("cheat", 0), others)


def report(rows: list[Row]) -> None:
    line = "{:13} {:>17} {:>6} {:>13} {:>6}  {:>9}  {:>16}  {:>10}  {:>28}  {}"
    times = "ms of the core", "ratio", "by the clock", "ratio"
    print(
        line.format("", *times, "all right", "mistakes noticed", "cheat gets", "graded beside one that kills", "asked")
    )
    ours = rows[0].spent
    for each in rows:
        core, clock = (f"{1000 * seconds:.0f}" for seconds in (each.spent.core, each.spent.clock))
        ratios = f"{each.spent.core / ours.core:.1f}", f"{each.spent.clock / ours.clock:.1f}"
        facts = f"{each.right:g} of 8", each.noticed, f"{each.cheat:g} of 8", f"{each.others} of 2"
        print(line.format(each.name, core, ratios[0], clock, ratios[1], *facts, each.checks))


def same_cases(course: Path) -> Path:
    """Our course with pages that ask for the numbers of their cases, once, and for nothing else."""
    shutil.copytree(ROOT / "exercises", course / "exercises")
    shutil.copytree(ROOT / "solutions" / TOPIC, course / "solutions" / TOPIC)
    for path in (course / "solutions" / TOPIC).glob("[!_]*.py"):
        path.write_text(plain(path.read_text(encoding="utf-8")), encoding="utf-8")
    return course


def plain(page: str) -> str:
    """A page with its reference and its cases, and with every rule and every second dtype left out."""
    tree = ast.parse(page)
    rules = "exercise = Exercise(dtypes=[torch.float32], shares={'any_device': 0})"
    kept = [node for node in tree.body if not isinstance(node, ast.FunctionDef) or is_kept(node)]
    kept = [node for node in kept if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != "exercise"]
    return ast.unparse(ast.Module([*kept, *ast.parse(rules).body], []))


def is_kept(function: ast.FunctionDef) -> bool:
    """Not the cases that are about other dtypes."""
    marks = [ast.unparse(each) for each in function.decorator_list]
    return not marks or any(mark.startswith(("reference", "case")) and "dtypes=" not in mark for mark in marks)


def asked(course: Path) -> str:
    """What a course's pages ask."""
    exercises = key_of(course).exercises
    checks, questions = (sum(map(len, each)) for each in zip(*((e.checks, e.entries) for e in exercises), strict=True))
    return f"{questions} questions, {checks} checks"


def key_of(course: Path) -> AnswerKey:
    from grader.course.course import read_course
    from grader.keymaking.parallel import made_key

    return made_key(read_course(course), (TOPIC,), SEED)


def of_our_cases() -> dict[str, str]:
    """Function -> a test of it as an instructor would write it, on the cases of our page."""
    key = key_of(ROOT)
    tests = {}
    for exercise in key.exercises:
        lines = ['inf, nan = float("inf"), float("nan")']
        for entry in exercise.entries:
            if entry.purpose == "value" and entry.dtype in ("float32", None):
                named = [f"{name}={literal(value)}" for name, value in entry.question.kwargs.items()]
                given = ", ".join([*map(literal, entry.question.args), *named])
                (right,) = (leaf for leaf in entry.expected if leaf.path == "value")
                truth = literal(right.truth, right.dtype)
                lines.append(f"assert torch.allclose({exercise.function}({given}), {truth}, rtol=1e-4, atol=1e-6)")
        tests[exercise.function] = "\n".join(lines)
    return tests


def literal(value: object, dtype: str | None = None) -> str:
    """How somebody would write it down."""
    from grader.model.value import Array, Dtype

    if isinstance(value, Dtype):
        return f"torch.{value.name}"
    if not isinstance(value, Array):
        return repr(value)
    numbers, kind = value.numpy(), dtype or value.dtype
    if not numbers.size:
        return f"torch.zeros({numbers.shape}, dtype=torch.{kind})"
    return f"torch.tensor({numbers.astype(np.float32 if value.is_float else np.int64).tolist()}, dtype=torch.{kind})"


def cells_of(module: Path) -> dict[str, str]:
    """A module as a student's notebook has it: what comes first, and each function in a cell of its own."""
    text = module.read_text(encoding="utf-8-sig")
    tree = ast.parse(text)
    asked = set(functions())
    cells = {"": ""}
    for node in tree.body:
        name = node.name if isinstance(node, ast.FunctionDef) and node.name in asked else ""
        cells[name] = cells.get(name, "") + (ast.get_source_segment(text, node) or "") + "\n\n"
    return cells


def functions() -> tuple[str, ...]:
    from tests.helpers.course import course

    return course().topic(TOPIC).functions


def mistakes(right: Cells) -> Iterator[tuple[str, str]]:
    """The exercises in turn, each time with another of the mistakes that we know."""
    from tests.helpers.course import page, source_of

    for turn in range(OURS):
        for name in functions():
            known = page(f"{TOPIC}.{name}").misconceptions
            if turn < len(known):
                yield name, source_of(known[turn].function, name)


def notebook(cells: Cells, tests: Mapping[str, str] | None = None) -> nbformat.NotebookNode:
    """A student's notebook; for nbgrader with its locked cells of tests."""
    made = [code(cells.get("", "import torch"), "first", solution=True, marked=tests is not None)]
    for name in functions():
        made.append(code(cells.get(name, ""), name, solution=True, marked=tests is not None))
        if tests is not None:
            made.append(code(tests[name], f"test_{name}", solution=False, marked=True))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel})


def code(source: str, name: str, *, solution: bool, marked: bool) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, id=name.replace("_", "-"))
    if marked:
        points = {} if solution else {"points": 1}
        cell.metadata["nbgrader"] = {
            "schema_version": 3, "grade_id": name, "cell_type": "code", "task": False,
            "grade": not solution, "solution": solution, "locked": not solution, **points,
        }  # fmt: skip
    return cell


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def write(path: Path, book: nbformat.NotebookNode) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def run(arguments: list[str], folder: Path) -> Spent:
    """What a Python process took, and all that it started; where it fails, what it had done is there."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic by its name
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    before = _spent()
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode and os.environ.get("D2L_GRADER_DEBUG"):
        print(done.stderr[-2000:], file=sys.stderr)
    return _spent().each(before, 1)


def _spent() -> Spent:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(used.ru_utime + used.ru_stime, time.perf_counter())


if __name__ == "__main__":
    main()
