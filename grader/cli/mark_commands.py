"""The commands about marks: d2l-grade adjust, comment, excuse, extend, undo, log, show, marks, report, remove.

They are declared here and loaded when they are called, as all commands are.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from grader.cli.commands import LoudCommand
from grader.cli.common import course_around, needs_extra

Command = TypeVar("Command", bound=Callable[..., Any])
WHY = click.option("--reason", required=True, help="Why; the student reads it, and it stands in the log.")


def gradebook_options(command: Command) -> Command:
    """Which gradebook is meant."""
    for option in (
        click.option("--gradebook", help="SQLite file or SQLAlchemy URL; OUT/gradebook.db by default."),
        click.option("--assignment", help="The assignment; its folder is grades/ASSIGNMENT."),
        click.option(
            "-o", "--out", type=click.Path(path_type=Path), help="The folder of the reports; grades by default."
        ),
    ):
        command = option(command)
    return command


def writing_options(command: Command) -> Command:
    """Which gradebook is meant, and who writes."""
    return gradebook_options(click.option("--by", default="", help="Who does it; you, by default.")(command))


def _marks(name: str = "marks") -> Any:
    return needs_extra("grade", lambda: import_module(f"grader.cli.{name}"))


@click.command("adjust", cls=LoudCommand)
@click.argument("student")
@click.argument("exercise", required=False)
@click.option("--points", required=True, help="2.5 in place of what the checks give; +0.5 or -1 in addition to it.")
@WHY
@writing_options
def adjust(student: str, exercise: str | None, points: str, reason: str, by: str, **place: Any) -> None:
    """Give STUDENT points for EXERCISE, or for the whole assignment.

    Points for an exercise stand in place of what its checks give, and lateness counts as ever; points for the whole are
    the last word. They survive every regrade, and say when the mark under them has changed. d2l-grade undo takes them
    back.
    """
    _marks().adjust(_marks().Place.of(**place), student, exercise, points, reason, by)


@click.command("comment", cls=LoudCommand)
@click.argument("student")
@click.argument("exercise", required=False)
@click.option("-m", "--message", required=True, help="What the student reads.")
@writing_options
def comment(student: str, exercise: str | None, message: str, by: str, **place: Any) -> None:
    """Say something to STUDENT, of EXERCISE or of the whole assignment; it stands in the feedback."""
    _marks().comment(_marks().Place.of(**place), student, exercise, message, by)


@click.command("excuse", cls=LoudCommand)
@click.argument("student")
@click.argument("exercise", required=False)
@WHY
@writing_options
def excuse(student: str, exercise: str | None, reason: str, by: str, **place: Any) -> None:
    """Let EXERCISE, or the whole assignment, count neither for nor against STUDENT."""
    _marks().excuse(_marks().Place.of(**place), student, exercise, reason, by)


@click.command("extend", cls=LoudCommand)
@click.argument("students", nargs=-1, required=True)
@click.option("--until", help='The new deadline: "2026-03-12 23:59 Europe/Berlin", or with +01:00 or Z.')
@click.option("--days", type=click.IntRange(1), help="Days after the deadline of the class.")
@click.option("--hours", type=click.IntRange(1), help="Hours after it.")
@WHY
@writing_options
def extend(
    students: tuple[str, ...],
    until: str | None,
    days: int | None,
    hours: int | None,
    reason: str,
    by: str,
    **place: Any,
) -> None:
    """Give STUDENTS longer, whenever that is decided: what lateness has cost by then is undone."""
    _marks().extend(_marks().Place.of(**place), students, until, days, hours, reason, by)


@click.command("undo", cls=LoudCommand)
@click.argument("number", type=click.IntRange(1))
@click.option("--reason", default="", help="Why.")
@writing_options
def undo(number: int, reason: str, by: str, **place: Any) -> None:
    """Take back the adjustment, comment, excuse or extension of this NUMBER, which stands in d2l-grade log."""
    _marks().undo(_marks().Place.of(**place), number, reason, by)


@click.command("log", cls=LoudCommand)
@click.argument("student", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON, one a line.")
@gradebook_options
def log(student: str | None, as_json: bool, **place: Any) -> None:
    """Print what has happened, to everyone or to STUDENT: number, time, who, what, why."""
    _marks().print_log(_marks().Place.of(**place), student, as_json)


@click.command("marks", cls=LoudCommand)
@click.option("--at", help='The marks as they were then: "2026-03-12 23:59 Europe/Berlin", or with +01:00 or Z.')
@gradebook_options
def marks(at: str | None, **place: Any) -> None:
    """Print everyone's mark as CSV, made from the log alone: of today, or of any moment."""
    _marks().print_marks(_marks().Place.of(**place), at)


@click.command("report", cls=LoudCommand)
@click.option("--course", type=click.Path(path_type=Path), help="The course folder, for the topics' titles.")
@gradebook_options
def report(course: Path | None, **place: Any) -> None:
    """Write the reports and the feedback anew from the gradebook: after adjustments, excuses, extensions."""
    _marks().write_reports_anew(_marks().Place.of(**place), course or course_around())


@click.command("remove", cls=LoudCommand)
@click.argument("student")
@click.option("--reason", required=True, help="Why; it stays in the log, and must not name them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@gradebook_options
def remove(student: str, reason: str, yes: bool, dry_run: bool, **place: Any) -> None:
    """Delete everything about STUDENT, for good: results, marks, the log's events."""
    if not yes and not dry_run:
        click.confirm(f"Delete all that is known of {student}? It cannot be undone.", abort=True)
    _marks().remove(_marks().Place.of(**place), student, reason, dry_run)


@click.command("show", cls=LoudCommand)
@click.argument("student")
@click.argument("exercise", required=False)
@click.option("--rerun", is_flag=True, help="Ask it once more, with the recorded seed, and say whether it agrees.")
@click.option("--source", is_flag=True, help="Show the lines of the student's code that are in question.")
@click.option(
    "--submissions", type=click.Path(path_type=Path), help="Where they lie now; where the last run read them."
)
@click.option("--course", type=click.Path(path_type=Path), help="The course folder, for --rerun and --source.")
@click.option("--trust-submissions", "trust", is_flag=True, help="--rerun without a sandbox: it may do all you may.")
@gradebook_options
def show(
    student: str, exercise: str | None, rerun: bool, source: bool, submissions: Path | None, course: Path | None,
    trust: bool, **place: Any,
) -> int:  # fmt: skip
    """Show how STUDENT came to a mark: points, lateness, attempts; of EXERCISE every failed check with its call.

    Exit code: 0; with --rerun 1 where it does not agree with what is recorded.
    """
    showing = _marks("show")
    where = showing.Where(course or course_around(), submissions, trust)
    return int(showing.show(_marks().Place.of(**place), student, exercise, where, rerun, source))


COMMANDS = (adjust, comment, excuse, extend, undo, log, show, marks, report, remove)
