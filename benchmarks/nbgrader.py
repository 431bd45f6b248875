"""The same class of 20 notebooks, graded by nbgrader itself, by nbgrader with our steps, and by d2l-grade.

`python benchmarks/nbgrader.py`. What counts is the time per further submission, so each is timed with one submission
and with all, and the ratios of the slopes are printed. Goal: 20, with marks equal where nbgrader's are right.
What nbgrader takes when nothing is executed is its own floor: files, validation and gradebook.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOPIC = "softmax"
STUDENTS = 20
PLAIN = "c = get_config()\nc.CourseDirectory.course_id = 'd2l'\nc.ExecutePreprocessor.timeout = 120\n"
NOTHING_EXECUTED = """
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
steps = Autograde.class_traits()["autograde_preprocessors"].default()
c.Autograde.autograde_preprocessors = [step for step in steps if step is not Execute]
"""
PLAIN_NAME, OURS_NAME, FLOOR_NAME = "nbgrader", "nbgrader with our steps", "nbgrader, nothing executed"
ROUNDS = 3
Marks = dict[tuple[str, str], float]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        course = Path(scratch, "course")
        ours("nbgrader", "init", str(course), "--topics", TOPIC)
        nbgrader(course, "generate_assignment", TOPIC)
        hand_in(course)
        config = course / "nbgrader_config.py"
        ours_too = config.read_text()
        seconds, marks = {}, {}
        for name, text, rounds in (
            (PLAIN_NAME, PLAIN, 1),
            (FLOOR_NAME, PLAIN + NOTHING_EXECUTED, ROUNDS),
            (OURS_NAME, ours_too, ROUNDS),
        ):
            config.write_text(text)
            seconds[name] = slope(partial(nbgrader, course, "autograde", TOPIC), course, rounds)
            marks[name] = marks_of(course)
        run(course, None)  # makes the key
        for name, jobs in (("one process", 1), ("all cores", None)):
            seconds[f"d2l-grade run, {name}"] = slope(partial(run, course, jobs), course, ROUNDS)
    report(seconds, marks[PLAIN_NAME], marks[OURS_NAME])


def hand_in(course: Path) -> None:
    """A class: everything right but one exercise each, which is empty or one of the known mistakes."""
    sys.path.insert(0, str(ROOT))
    book = json.loads((course / "source" / TOPIC / f"{TOPIC}.ipynb").read_text())
    for number, (name, source) in zip(range(STUDENTS), mistakes(), strict=False):
        copy = json.loads(json.dumps(book))
        cells = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in copy["cells"]}
        if number:  # the first is all right
            cells[f"answer-{TOPIC}-{name}"]["source"] = source
        folder = course / "submitted" / f"student{number:02}" / TOPIC
        folder.mkdir(parents=True)
        (folder / f"{TOPIC}.ipynb").write_text(json.dumps(copy))


def mistakes() -> Iterator[tuple[str, str]]:
    """The exercises in turn, each time with another mistake."""
    from tests.helpers.course import course, page, source_of

    for turn in range(STUDENTS):
        for name in course().topic(TOPIC).functions:
            known = page(f"{TOPIC}.{name}").misconceptions
            yield name, source_of(known[turn].function, name) if turn < len(known) else "pass"


def slope(grade: Callable[[], None], course: Path, rounds: int) -> float:
    """Seconds for each further submission; the best of some rounds, for all else that a machine does only adds."""
    few, all_of_them = (min(timed(grade, course, count) for _ in range(rounds)) for count in (1, STUDENTS))
    return (all_of_them - few) / (STUDENTS - 1)


def timed(grade: Callable[[], None], course: Path, count: int) -> float:
    """Seconds for the first few of the class."""
    folder, aside = course / "submitted", course / "aside"
    aside.mkdir()
    for path in sorted(folder.iterdir())[count:]:
        shutil.move(path, aside)
    shutil.rmtree(course / "autograded", ignore_errors=True)
    for path in (course / "grades").glob("gradebook.db*"):
        path.unlink()
    started = time.perf_counter()
    grade()
    seconds = time.perf_counter() - started
    for path in aside.iterdir():
        shutil.move(path, folder)
    aside.rmdir()
    return seconds


def run(course: Path, jobs: int | None) -> None:
    more = ["--jobs", str(jobs)] if jobs else []
    ours("run", str(course), "--topics", TOPIC, "-o", str(course / "grades"), *more)


def ours(*arguments: str) -> None:
    command = [sys.executable, "-c", "from grader.cli.grade import main; main()", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def nbgrader(course: Path, *arguments: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "nbgrader", *arguments]
    path = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls alembic, which lies beside Python
    )
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, cwd=course, check=True, env={**os.environ, "PATH": path}, **quiet)


def marks_of(course: Path) -> Marks:
    """(student, exercise) -> share of the points."""
    query = """
        select a.student_id, b.name, g.auto_score / c.max_score
        from grade g join base_cell b on b.id = g.cell_id join grade_cells c on c.id = b.id
        join submitted_notebook n on n.id = g.notebook_id join submitted_assignment a on a.id = n.assignment_id"""
    connection = sqlite3.connect(course / "gradebook.db")
    try:
        return {(student, cell): share for student, cell, share in connection.execute(query)}
    finally:
        connection.close()


def report(seconds: dict[str, float], theirs: Marks, mine: Marks) -> None:
    for name, each in seconds.items():
        print(f"{name:28} {1000 * each:7.0f} ms a submission   ratio {seconds[PLAIN_NAME] / each:5.1f}")
    mine_alone = seconds[OURS_NAME] - seconds[FLOOR_NAME]
    print(f"our steps take {1000 * mine_alone:.0f} ms more than nbgrader when it executes nothing")
    full = [place for place, share in theirs.items() if share == 1]
    none = [place for place, share in theirs.items() if share == 0]
    equal = sum(mine[place] == 1 for place in full), sum(mine[place] < 1 for place in none)
    print(f"{len(theirs)} marks: {equal[0]} of {len(full)} full marks are full here too; of {len(none)} zeros "
          f"{equal[1]} are not full here, {sum(0 < mine[place] < 1 for place in none)} of them in part")  # fmt: skip


if __name__ == "__main__":
    main()
