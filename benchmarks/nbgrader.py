"""The same class of 20 notebooks, graded by nbgrader itself, by nbgrader with our steps, and by d2l-grade.

`python benchmarks/nbgrader.py`. What counts is the time per further submission, so each is timed with one submission
and with all, in turn, and the ratios of the slopes are printed. Goal: 20, with marks equal where nbgrader's are right.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOPIC = "softmax"
STUDENTS = 20
PLAIN = "c = get_config()\nc.CourseDirectory.course_id = 'd2l'\nc.ExecutePreprocessor.timeout = 120\n"
Marks = dict[tuple[str, str], float]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        course = Path(scratch, "course")
        ours("nbgrader", "init", str(course), "--topics", TOPIC)
        nbgrader(course, "generate_assignment", TOPIC)
        hand_in(course)
        configuration = (course / "nbgrader_config.py").read_text()
        seconds, marks = {}, {}
        for name, config in (("nbgrader", PLAIN), ("nbgrader with our steps", configuration)):
            (course / "nbgrader_config.py").write_text(config)
            seconds[name] = slope(lambda: nbgrader(course, "autograde", TOPIC), course)
            marks[name] = marks_of(course)
        seconds["d2l-grade run, one process"] = slope(lambda: run(course, 1), course)
        seconds["d2l-grade run, all cores"] = slope(lambda: run(course, None), course)
    report(seconds, marks["nbgrader"], marks["nbgrader with our steps"])


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
    from tests.support import course, page, source_of

    for turn in range(STUDENTS):
        for name in course().topic(TOPIC).functions:
            known = page(f"{TOPIC}.{name}").misconceptions
            yield name, source_of(known[turn].function, name) if turn < len(known) else "pass"


def slope(grade: object, course: Path) -> float:
    """Seconds for each further submission."""
    assert callable(grade)
    folder, aside = course / "submitted", course / "aside"
    times = []
    for few in (True, False):
        aside.mkdir()
        for path in sorted(folder.iterdir())[1:] if few else ():
            shutil.move(path, aside)
        for name in ("autograded", "grades"):
            shutil.rmtree(course / name, ignore_errors=True)
        started = time.perf_counter()
        grade()
        times.append(time.perf_counter() - started)
        for path in aside.iterdir():
            shutil.move(path, folder)
        aside.rmdir()
    return (times[1] - times[0]) / (STUDENTS - 1)


def run(course: Path, jobs: int | None) -> None:
    more = ["--jobs", str(jobs)] if jobs else []
    ours("run", str(course), "--topics", TOPIC, "-o", str(course / "grades"), *more)


def ours(*arguments: str) -> None:
    command = [sys.executable, "-c", "from grader.cli.grade import main; main()", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def nbgrader(course: Path, *arguments: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "nbgrader", *arguments]
    subprocess.run(command, cwd=course, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


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
        print(f"{name:28} {1000 * each:7.0f} ms a submission   ratio {seconds['nbgrader'] / each:5.1f}")
    full = [place for place, share in theirs.items() if share == 1]
    none = [place for place, share in theirs.items() if share == 0]
    equal = sum(mine[place] == 1 for place in full), sum(mine[place] < 1 for place in none)
    print(f"{len(theirs)} marks: {equal[0]} of {len(full)} full marks are full here too; of {len(none)} zeros "
          f"{equal[1]} are not full here, {sum(0 < mine[place] < 1 for place in none)} of them in part")  # fmt: skip


if __name__ == "__main__":
    main()
