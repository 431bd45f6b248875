"""The commands of d2l-grade that need no course and no class: one begins a course, one tries this machine."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.commands import DRY_RUN, LoudCommand

POSSIBLE, IMPOSSIBLE = 0, 1


@click.command("new", cls=LoudCommand)
@click.argument("place", type=click.Path(path_type=Path), metavar="COURSE[/TOPIC[/EXERCISE]]")
@click.option("--numpy", "with_numpy", is_flag=True, help="Students write NumPy; otherwise torch.")
@DRY_RUN
def new(place: Path, with_numpy: bool, dry_run: bool) -> None:
    """Begin a course, a topic or an exercise: a stub and a page that are sound and say what to change.

    Nothing is replaced. In a course's folder TOPIC/EXERCISE is enough.
    """
    from grader.cli.new import begin

    begin(place, "numpy" if with_numpy else "torch", dry_run)


@click.command("sandbox", cls=LoudCommand)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def sandbox(as_json: bool) -> int:
    """Try every layer of the sandbox: what this machine can hold, and how to get what is missing.

    Exit code: 0 untrusted submissions can be graded here, 1 they cannot.
    """
    from grader.cli.sandbox import report

    return POSSIBLE if report(as_json) else IMPOSSIBLE
