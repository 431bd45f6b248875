"""What d2l-grade nbgrader does: makes a course folder for nbgrader, and carries marks into its gradebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from grader.course.course import Course, read_course
from grader.course.selection import select
from grader.keymaking.parallel import made_key
from grader.model.errors import UsageError
from grader.model.keys.seeds import PUBLIC_SEED
from grader.model.printable import one_line
from grader.nbgrader.course_secrets import seed_of
from grader.nbgrader.push import not_carried, push
from grader.nbgrader.release.course_folder import Written, add_config, add_topics
from grader.report.results_json import from_json
from grader.report.wording import plural

NAMES = 5
NEXT = """\
Next, in {root}:
    nbgrader generate_assignment {assignment}
    nbgrader release_assignment {assignment}"""


def init_course(
    course_folder: Path, root: Path, topics: Sequence[str], assignment: str | None, course_id: str | None, jobs: int,
    dry_run: bool = False,
) -> None:  # fmt: skip
    """Makes notebooks and keys, and says what was written."""
    course = read_course(course_folder)
    selection = select(course, topics)
    if not selection.whole:
        raise UsageError(f"A notebook is of a whole topic. Say --topics {','.join(selection.topics)}.")
    topics, chosen = selection.topics, [course.topic(name) for name in selection.topics]
    if not root.parent.is_dir():
        raise UsageError(f"{root.parent} is no folder. Make it, or name another place.")
    if dry_run:
        for topic in chosen:
            click.echo(f"would write {root / 'source' / (assignment or topic.name) / topic.name}.ipynb and its key")
        return
    root.mkdir(exist_ok=True)
    public = made_key(course, topics, PUBLIC_SEED, jobs)
    secret = made_key(course, topics, seed_of(root), jobs)
    configured = add_config(root, course_id or _course_id(course))
    _print([*configured, *add_topics(course, chosen, root, assignment, public, secret)], root)
    click.echo(NEXT.format(root=root, assignment=assignment or topics[0]))


def _course_id(course: Course) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in course.name)


def _print(written: Sequence[Written], root: Path) -> None:
    table = Table.grid(padding=(0, 2))
    for each in written:
        table.add_row(each.state, str(each.path.relative_to(root)))
    Console(highlight=False).print(table)


def push_results(root: Path, results: Path, assignment: str | None, dry_run: bool = False) -> None:
    """Reads results.json and writes what it says into the gradebook."""
    try:
        text = results.read_text(encoding="utf-8")
    except OSError:
        raise UsageError(f"There is no {results}. Grade first: d2l-grade run {root / 'submitted'}.") from None
    read = from_json(text)
    if dry_run:
        graded = sum(submission.status == "graded" for submission in read.submissions)
        click.echo(f"would write the marks of {plural(graded, 'student')} into the gradebook of {root}")
        return
    pushed = list(push(root, read, assignment))
    students = len({each.student for each in pushed})
    click.echo(f"{len(pushed)} notebooks of {students} students have their marks in the gradebook.")
    if whole := not_carried(read):
        names = ", ".join(map(one_line, whole[:NAMES])) + (", …" if len(whole) > NAMES else "")
        click.echo(f"Not carried, as nbgrader has no place for it: what was given for the whole to {names}.")
