"""What is said of a class before it is graded: what was recognised, who is missing, who is on no roster."""

from __future__ import annotations

from collections.abc import Sequence

import click

from grader.clean import one_line
from grader.intake.layout import Intake
from grader.report.wording import plural

NAMES = 5


def print_intake(class_: Intake) -> None:
    click.echo(f"{plural(len(class_.handed_in), 'student')}, read as {class_.says}.")
    if class_.late:
        click.echo(f"{_several(len(class_.late))} late: {_names(class_.late)}.")
    if class_.absent:
        click.echo(f"{_several(len(class_.absent))} absent: {_names(class_.absent)}.")
    if class_.strangers:
        click.echo(
            f"{_several(len(class_.strangers))} not on the roster and graded all the same: {_names(class_.strangers)}."
        )


def _several(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'}"


def _names(students: Sequence[str]) -> str:
    shown = ", ".join(map(one_line, students[:NAMES]))
    return shown if len(students) <= NAMES else f"{shown} and {len(students) - NAMES:,} more"
