"""A small class: a course folder of nbgrader's, notebooks that students hand in, and what the gradebook says of them."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.course import ROOT
from tests.helpers.nbgrader_commands import D2L_GRADE, NBGRADER, PATIENCE, PYTHON, done

HERE = ROOT / "tests" / "nbgrader"
WITHOUT = HERE / "without"
SMALL = HERE / "course"
TOPIC = "vectors"
RIGHT = {
    "scale": "def scale(X, factor):\n    return X * factor",
    "shares": "def shares(X, dim):\n    return X / X.sum(dim, keepdim=True)",
    "log_sum": "def log_sum(x):\n    top = x.max()\n    return (x - top).exp().sum().log() + top",
}
POINTS = {"scale": 1.0, "shares": 2.0, "log_sum": 2.0}
Notebook = dict[str, Any]


@dataclass(frozen=True)
class Classroom:
    """A course folder and the home of whoever works in it."""

    root: Path
    home: Path

    def environment(self) -> dict[str, str]:
        """One in which no configuration but the course's is found, no exchange but ours, and nothing is slow for nothing."""
        settings = self.home / "settings"
        settings.mkdir(parents=True, exist_ok=True)
        lines = ["c = get_config()", f"c.Exchange.root = {str(self.home / 'exchange')!r}"]
        lines += ["c.Judge.workers = 0"]  # each would import torch for a class of two; a course may say otherwise
        (settings / "nbgrader_config.py").write_text("\n".join([*lines, "c.CourseDirectory.course_id = 'small'"]))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))}
        own = {"HOME": str(self.home), "JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_DATA_DIR": str(self.home / "data")}
        own |= {"JUPYTER_PLATFORM_DIRS": "0", "PYTHONWARNINGS": "ignore", "IPYTHONDIR": str(self.home / "ipython")}
        own["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        own["PYTHONPATH"] = os.pathsep.join(filter(None, [str(WITHOUT), os.environ.get("PYTHONPATH")]))
        return {**kept, **own}

    def run(self, *command: str, cwd: Path | None = None, ok: bool = True) -> str:
        """Runs a program, and returns all that it said."""
        done = subprocess.run(
            command, cwd=cwd or self.root, env=self.environment(), text=True, check=False, timeout=PATIENCE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return _said(command, done.returncode, done.stdout, ok)

    def python(self, code: str, *arguments: str) -> str:
        """A program of somebody who has nbgrader imported."""
        return _said([code], *done(PYTHON, [code, *arguments], self.root, self.environment()), True)

    def nbgrader(self, *arguments: str, cwd: Path | None = None, ok: bool = True) -> str:
        """A command of nbgrader's own."""
        return _said(arguments, *done(NBGRADER, arguments, cwd or self.root, self.environment()), ok)

    def d2l_grade(self, *arguments: str, ok: bool = True) -> str:
        """A command of ours, as its console script runs it."""
        return _said(arguments, *done(D2L_GRADE, arguments, self.home, self.environment()), ok)

    def init(self, *more: str) -> str:
        """Makes the small course, or adds to it."""
        return self.d2l_grade("nbgrader", "init", str(self.root), "--topics", TOPIC, "--course", str(SMALL), *more)

    def configure(self, line: str) -> None:
        """Adds a line to the course's configuration."""
        config = self.root / "nbgrader_config.py"
        config.write_text(f"{config.read_text()}{line}\n")

    def released(self) -> Notebook:
        """The notebook that students get."""
        found: Notebook = json.loads((self.root / "release" / TOPIC / f"{TOPIC}.ipynb").read_text(encoding="utf-8"))
        return found

    def hand_in(self, student: str, notebook: Notebook | bytes, name: str = f"{TOPIC}.ipynb") -> Path:
        """Puts a notebook where `nbgrader collect` would."""
        data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        path = self.root / "submitted" / student / TOPIC / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def grades(self) -> dict[str, dict[str, Grade]]:
        """What the gradebook says: student -> exercise -> grade."""
        query = """
            select s.id, b.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
            from grade g join base_cell b on b.id = g.cell_id
            join submitted_notebook n on n.id = g.notebook_id
            join submitted_assignment a on a.id = n.assignment_id join student s on s.id = a.student_id"""
        found: dict[str, dict[str, Grade]] = {}
        for student, cell, *rest in self.ask(query):
            found.setdefault(student, {})[cell.removeprefix(f"check-{TOPIC}-")] = Grade(*rest[:3], bool(rest[3]))
        return found

    def comments(self, student: str) -> dict[str, str | None]:
        """The automatic comments on a student's answers."""
        query = """
            select b.name, c.auto_comment from comment c join base_cell b on b.id = c.cell_id
            join submitted_notebook n on n.id = c.notebook_id
            join submitted_assignment a on a.id = n.assignment_id where a.student_id = ?"""
        return {name.removeprefix(f"answer-{TOPIC}-"): text for name, text in self.ask(query, student)}

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.root / "gradebook.db")
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


def _said(command: Sequence[str], code: int, text: str, ok: bool) -> str:
    assert (code == 0) is ok, f"{command}: {code}\n{text[-6000:]}"
    return text


@dataclass(frozen=True)
class Grade:
    auto: float | None
    manual: float | None = None
    extra: float | None = None
    needs_manual: bool = False


def points(grades: dict[str, Grade]) -> dict[str, float | None]:
    return {name: grade.auto for name, grade in grades.items()}


def cell(notebook: Notebook, id: str) -> Notebook:
    """A cell by the name that nbgrader knows it under."""
    cells: list[Notebook] = notebook["cells"]
    return next(each for each in cells if each["metadata"].get("nbgrader", {}).get("grade_id") == id)


def code(source: str, **metadata: Any) -> Notebook:
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": source}


def answered(notebook: Notebook, answers: dict[str, str]) -> Notebook:
    """A copy of the notebook in which these functions are written."""
    copy: Notebook = json.loads(json.dumps(notebook))
    for name, source in answers.items():
        cell(copy, f"answer-{TOPIC}-{name}")["source"] = source
    return copy
