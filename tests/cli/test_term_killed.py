"""The term once more, with the commands themselves and kill -9 at twenty random moments: marks of the reference."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.grade import grade
from tests.helpers import term
from tests.helpers.commands import GRADE
from tests.helpers.course import ROOT
from tests.helpers.term import ASSIGNMENTS, DUE, EXERCISES, STUDENTS, Row, Sheet, Work, expected
from tests.helpers.tiny_class import hand_in, write_course

SOURCE = (
    ("def double(x):\n    return x + x\n", "def double(x):\n    return x * x * x + 1\n"),
    ("def quadruple(x):\n    return 4 * x\n", "def quadruple(x):\n    return 3 * x + 1\n"),
    ("def halve(x):\n    return x / 2\n", "def halve(x):\n    return x / 3 + 1\n"),
)
WRONG_PAGE, RIGHT_PAGE = "return x / 5", "return x / 2"
KILLS = 20


class PlayedTerm:
    """Course, submissions and grades of a term; the sheets beside them; how often a command was killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.course = folder, write_course(folder / "course")
        (self.course / "assignments").mkdir()
        for name, text in term.FILES.items():
            (self.course / "assignments" / f"{name}.toml").write_text(text)
        self.rng, self.kills = random.Random(7), 0
        self.sheet: Sheet = {name: {} for name in ASSIGNMENTS}
        self.wrong: dict[tuple[str, str, int], bool] = {}

    def page(self, wrong: bool) -> None:
        path = self.course / "solutions" / "doubling" / "halve.py"
        text = path.read_text().replace(WRONG_PAGE, RIGHT_PAGE)
        path.write_text(text.replace(RIGHT_PAGE, WRONG_PAGE) if wrong else text)

    def grade(self, name: str, first: bool, wrong_page: bool, kills: int) -> None:
        """New work comes in, with its times in a file; the class is graded, and the grader killed so often."""
        for student, work in term.handed_in(self.rng, name, first).items():
            row = self.sheet[name].setdefault(student, Row())
            row.attempts.append(work)
            self.wrong[name, student, len(row.attempts) - 1] = wrong_page
            hand_in(self.folder / name, student, f"# {first}\n{source_of(work)}")
        last = {student: row.attempts[-1].time for student, row in self.sheet[name].items() if row.attempts}
        rows = [f"{student},{moment.isoformat()}\n" for student, moment in last.items()]
        (self.folder / f"{name}.csv").write_text("student,time\n" + "".join(rows))
        self._run(name, kills)

    def regrade(self, name: str, kills: int) -> None:
        """A corrected page: everyone's last attempt is asked again."""
        for student, row in self.sheet[name].items():
            if row.attempts:
                self.wrong[name, student, len(row.attempts) - 1] = False
        self._run(name, kills)

    def _run(self, name: str, kills: int) -> None:
        times = self.folder / f"{name}.csv"
        command = ["run", name, "--assignment", name, "--course", "course", "--times", str(times), "--jobs", "2"]
        for number in range(kills):
            self.killed(command, name if number % 2 else "")
        done = self.started(command)
        said = done.communicate(timeout=600)[0]
        assert done.returncode == 0, said

    def started(self, command: Sequence[str]) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen([sys.executable, "-c", GRADE, *command], cwd=self.folder, env=environment, **pipe)  # type: ignore[call-overload, no-any-return]

    def killed(self, command: Sequence[str], running: str = "") -> None:
        """Starts a command and kills it at a random moment; it may have been done by then.

        running: the assignment that it grades: killed when so many more entries are in its log, however fast this
        machine is.
        """
        process, moment = self.started(command), self.written(running) + self.rng.randrange(1, 90)
        if running:
            while process.poll() is None and self.written(running) < moment:
                time.sleep(0.005)
        else:
            time.sleep(self.rng.uniform(0.2, 8.0))
        process.kill()
        process.communicate()
        self.kills += 1

    def written(self, name: str) -> int:
        """How many entries the log of an assignment has by now."""
        try:
            with closing(sqlite3.connect(self.folder / "grades" / name / "gradebook.db", timeout=30)) as connection:
                return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    def say(self, name: str, *command: str, killed: bool = False) -> None:
        """A command about the marks of an assignment; killed, it is said again where the log does not have it."""
        whole = [*command, "-o", str(self.folder / "grades" / name)]
        before = self.events(name)
        if killed:
            self.killed(whole)
        if self.events(name) == before:
            done = CliRunner().invoke(grade, whole, catch_exceptions=False)
            assert done.exit_code == 0, done.output
        assert self.events(name) == before + 1

    def events(self, name: str) -> int:
        done = CliRunner().invoke(grade, ["log", "--json", "-o", str(self.folder / "grades" / name)])
        return len(done.output.splitlines())

    def marks(self, name: str) -> dict[str, Decimal | None]:
        """Student -> mark, as a program reads it."""
        out = self.folder / "grades" / name
        CliRunner().invoke(grade, ["report", "-o", str(out)], catch_exceptions=False)
        found = json.loads((out / "results.json").read_text())["submissions"]
        points = {each["student"]: each["mark"]["points"] for each in found}
        return {student: None if value is None else Decimal(str(value)) for student, value in points.items()}


def source_of(work: Work) -> str:
    return "\n\n".join(
        right if is_right else wrong for is_right, (right, wrong) in zip(work.right, SOURCE, strict=True)
    )


@pytest.mark.soak
def test_a_term_with_kills_is_what_a_spreadsheet_says(tmp_path: Path) -> None:
    """Twenty kills between and in runs, regrades, extensions and adjustments: every mark of every student."""
    played = PlayedTerm(tmp_path)
    for name in ASSIGNMENTS:
        played.page(wrong=name != "hw2")
        for first in (True, False):
            played.grade(name, first, wrong_page=name != "hw2", kills=2)
        if name != "hw2":
            played.page(wrong=False)
            played.regrade(name, kills=2)
    for number in range(10):
        name, student = played.rng.choice(ASSIGNMENTS), played.rng.choice(sorted(played.sheet["hw1"]))
        played.sheet[name].setdefault(student, Row()).until = DUE[name] + timedelta(days=2)
        known = student in played.marks(name)
        if known:
            played.say(name, "extend", student, "--days", "2", "--reason", "ill", killed=number < 2)
        else:
            played.sheet[name][student].until = None
    for number in range(15):
        name = played.rng.choice(ASSIGNMENTS)
        student, id = played.rng.choice(sorted(played.marks(name))), played.rng.choice((*EXERCISES, ""))
        points, row = Decimal(played.rng.randrange(1, 9)) / 4, played.sheet[name].setdefault(student, Row())
        if number % 3:
            row.points[id] = points
            row.added.pop(id, None)
        else:
            row.added[id] = row.added.get(id, Decimal(0)) + points
        said = str(points) if number % 3 else f"+{points}"
        which = [id] if id else []
        played.say(name, "adjust", student, *which, "--points", said, "--reason", "why", killed=number < 2)
    reference = expected(played.sheet, played.wrong)
    for name in ASSIGNMENTS:
        marks = played.marks(name)
        assert len(marks) > 100
        assert marks == {student: reference[name, student] for student in marks}
        assert all(reference[name, student] is None for student in STUDENTS if student not in marks)
    assert played.kills == KILLS
