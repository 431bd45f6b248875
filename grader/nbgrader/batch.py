"""The notebooks that a run of `nbgrader autograde` has still to come to, read beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import dropwhile
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from traitlets.log import get_logger

from grader.intake.files import MAX_NOTEBOOK_BYTES, regular_bytes
from grader.nbgrader.cell import Plan, is_ours
from grader.nbgrader.form import well_formed
from grader.nbgrader.mend import code_of, mended
from grader.nbgrader.work import Work

NAMES = ("assignment", "student", "notebook")
Facts = dict[str, Any]
Place = tuple[Path, Facts]


def to_come(converter: Autograde, after: Facts) -> list[Place]:
    """What seems to be graded after this notebook, in nbgrader's order."""
    places = dropwhile(lambda place: any(place[1][each] != after[each] for each in NAMES), _places(converter))
    return [place for place in list(places)[1:] if not _done_already(converter, place[1])]


def works(places: Iterable[Place], plan_for: Callable[[Any], Plan]) -> Iterator[Work]:
    """What is to be done for them, without those that cannot be read: their turn comes, and they say why."""
    for path, facts in places:
        try:
            plan = plan_for({"nbgrader": facts})
            if is_ours(plan):
                yield work_in(path, facts["student"], plan)
        except Exception as error:
            get_logger().debug("%s is not graded ahead: %s", path, error)


def work_in(path: Path, student: str, plan: Plan) -> Work:
    """What a notebook comes to that nbgrader has not touched yet."""
    notebook = mended(well_formed(regular_bytes(path, MAX_NOTEBOOK_BYTES)), plan)
    return Work(student, code_of(notebook, plan), plan)


def _places(converter: Autograde) -> Iterator[Place]:
    """The run's notebooks, and what nbgrader will say of them in the resources of each."""
    course = converter.coursedir
    student, assignment = "(?P<student>.*)", "(?P<assignment>.*)"
    form = re.compile(course.format_path(course.submitted_directory, student, assignment, escape=True))
    for folder, notebooks in sorted(converter.assignments.items()):
        found = form.match(folder)
        if not found:
            continue  # nbgrader will say so
        for path in map(Path, sorted(notebooks)):
            yield path, {**found.groupdict(), "notebook": path.stem, "db_url": course.db_url}


def _done_already(converter: Autograde, facts: Facts) -> bool:
    course = converter.coursedir
    done = Path(course.format_path(course.autograded_directory, facts["student"], facts["assignment"]))
    return facts["student"] in course.student_id_exclude.split(",") or (done.exists() and not converter.force)
