"""Reading what was handed in, whatever it is.

nbgrader gives up on a file that it cannot convert: on the whole batch in some cases, on the student in silence in the
others. Here such a file becomes a notebook that says why, with the test cells in it for a human to grade.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from sqlalchemy.exc import SQLAlchemyError
from traitlets import Bool
from traitlets.log import get_logger

from grader.intake.files import MAX_NOTEBOOK_BYTES, Unreadable, regular_bytes
from grader.intake.notebook import NotANotebook
from grader.model.errors import GraderError
from grader.nbgrader.autograde.beside import (
    EMPTY,
    candidates,
    in_a_text,
    is_called_like,
    other_work,
    reason_to_choose,
    reason_to_look,
    reason_to_read,
    rivals,
    untouched,
)
from grader.nbgrader.autograde.grade_notebook import Terms
from grader.nbgrader.autograde.prefetch import Ahead, NotebookFacts, to_come, useful, works
from grader.nbgrader.autograde.sanitize import UNREADABLE, unreadable, well_formed
from grader.nbgrader.gradebook_plan import PLAN, planned
from grader.nbgrader.planned_cell import NotebookPlan, is_ours


class Reader(NotebookExporter):  # type: ignore[misc]  # nbconvert's traits are untyped
    """nbgrader's own exporter, but one student's file is never more than that student's problem."""

    optimistic_validation = Bool(True, help="Validate a notebook after all steps, not after each.").tag(config=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._plans: dict[tuple[str, str], NotebookPlan] = {}
        self._ahead: Ahead | None = None

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        plan = self.plan(resources)
        if not is_ours(plan):
            converted: tuple[Any, Any] = super().from_filename(filename, resources=resources, **kw)
            return converted
        try:
            node = well_formed(regular_bytes(Path(filename), MAX_NOTEBOOK_BYTES))
            if self._is_new(Path(filename), resources) and (reason := _why_a_human(Path(filename), node, plan)):
                return self._replaced(reason, plan, resources)
            converted = self.from_notebook_node(node, resources=resources, **kw)
        except (Unreadable, NotANotebook) as error:
            return self._replaced(f"{Path(filename).name} {error}.", plan, resources)
        except (GraderError, SQLAlchemyError):
            raise  # ours to repair, not the student's
        except Exception as error:
            return self._replaced(f"nbgrader cannot work with this notebook ({type(error).__name__}).", plan, resources)
        return converted

    def plan(self, resources: Any) -> NotebookPlan:
        """The notebook's plan; asked for once, for a batch is about one notebook or a few."""
        facts = resources["nbgrader"]
        name = facts["assignment"], facts["notebook"]
        if name in self._plans:
            resources[PLAN] = self._plans[name]
        self._plans[name] = planned(resources)
        return self._plans[name]

    def submitted(self, facts: NotebookFacts) -> Path | None:
        """The folder in which nbgrader has collected a notebook; None where it grades something else."""
        if not isinstance(self.parent, Autograde):
            return None
        course = self.parent.coursedir
        return Path(course.format_path(course.submitted_directory, facts["student"], facts["assignment"]))

    def ahead(self, facts: NotebookFacts, terms: Terms, workers: int) -> Ahead | None:
        """Workers for this notebook and those after it; none where it is the last, or none are wanted."""
        if self._ahead is None and isinstance(self.parent, Autograde) and sys.platform.startswith("linux"):
            places = to_come(self.parent, facts)
            size = min(workers if workers >= 0 else useful(len(places)), len(places))
            if size:
                self._ahead = Ahead(terms, size, works(places, self.plan))
        return self._ahead

    def _is_new(self, path: Path, resources: Any) -> bool:
        """Whether it is what was handed in, and not what nbgrader's first round has made of it."""
        folder = self.submitted(resources["nbgrader"])
        return folder is None or path.absolute().parent == folder.absolute()

    def _replaced(self, reason: str, plan: NotebookPlan, resources: Any) -> tuple[Any, Any]:
        self.log.warning("%s: %s", resources["nbgrader"]["student"], reason)
        node, facts = unreadable(reason, plan), {**resources, UNREADABLE: reason}
        converted: tuple[Any, Any] = self.from_notebook_node(node, resources=facts)
        return converted


def _why_a_human(path: Path, node: Any, plan: NotebookPlan) -> str:
    """Why a person has to look before a notebook has a mark; "" where none has to."""
    expected = _expected(path.parent)
    if untouched(node, plan):
        if function := in_a_text(node, plan):
            return reason_to_read(path.name, function)
        others = other_work(path, plan, expected)
        return reason_to_look(path.name, others) if others else ""
    others = rivals(path, plan, expected)
    return reason_to_choose(path.name, others) if others else ""


def rename(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's hook before a submission: a renamed notebook gets a copy under the name that is expected."""
    for folder in dict.fromkeys(Path(notebook).parent for notebook in notebooks):
        expected = _expected(folder)
        strays = [path for path in sorted(folder.glob("*.ipynb")) if path.stem not in expected]
        for name in expected:
            wanted = folder / f"{name}.ipynb"
            if wanted.exists() or wanted.is_symlink():
                continue
            if found := _renamed(name, strays, expected):
                get_logger().warning("%s: graded as %s.", found, wanted.name)
                shutil.copyfile(found, wanted, follow_symlinks=False)
            elif any(candidates(folder, expected)):
                # nbgrader gives zero for a missing one, and nobody looks; `Reader` looks at what lies beside this.
                wanted.write_text(EMPTY, encoding="utf-8")
            else:
                continue
            notebooks.append(str(wanted))


def _expected(folder: Path) -> list[str]:
    """The names of an assignment's notebooks, as a student's folder is called after it."""
    return [path.stem for path in Path("source", folder.name).glob("*.ipynb")]


def _renamed(name: str, strays: Iterable[Path], expected: Collection[str]) -> Path | None:
    """The notebook that was called otherwise: by its name, by what it checks, or because there is no other."""
    files = sorted((path for path in strays if path.is_file() and not path.is_symlink()), key=_age)
    checks = re.compile(rf"""check\(\\*["']{re.escape(name)}\.""")
    by_name = [path for path in files if is_called_like(path, name, expected)]
    by_text = [path for path in files if checks.search(path.read_text(encoding="utf-8", errors="replace"))]
    return next(iter([*by_name, *by_text, *(files if len(expected) == 1 else [])]), None)


def _age(path: Path) -> float:
    return -path.stat().st_mtime
