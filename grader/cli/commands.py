"""What all commands of d2l-grade have: -q, -v, and a line that says where a setting comes from."""

from __future__ import annotations

import os
import time
import traceback
from contextlib import ExitStack, redirect_stdout
from typing import Any

import click
from click.core import ParameterSource

from grader.cli.settings import settings_file
from grader.grading.options import folder_of
from grader.model.errors import GraderError

LOUDNESS = (
    click.Option(["-q", "--quiet"], is_flag=True, help="Print errors only."),
    click.Option(["-v", "--verbose"], is_flag=True, help="Print settings and seconds, too, and where a fault lies."),
)


DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
QUIET = "grader.cli.quiet"


def is_quiet() -> bool:
    """Whether the command that runs was told -q."""
    return bool(click.get_current_context().meta.get(QUIET))


class LoudCommand(click.Command):
    """A command that can be told to say less, or more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *LOUDNESS]

    def invoke(self, ctx: click.Context) -> Any:
        quiet, verbose = ctx.params.pop("quiet"), ctx.params.pop("verbose")
        if quiet and verbose:
            raise click.UsageError("-q and -v do not go together.", ctx)
        _give_each_assignment_a_folder(ctx)
        started = time.monotonic()
        try:
            with ExitStack() as stack:
                ctx.meta[QUIET] = quiet
                if quiet:
                    stack.enter_context(redirect_stdout(stack.enter_context(open(os.devnull, "w", encoding="utf-8"))))
                if verbose:
                    _say_settings(ctx)
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, GraderError):
            raise
        except Exception:
            if verbose:
                traceback.print_exc()
            raise
        finally:
            if verbose:
                click.echo(f"{ctx.command_path}: {time.monotonic() - started:.1f} s", err=True)


def _give_each_assignment_a_folder(ctx: click.Context) -> None:
    """The OUT of d2l.toml is for all assignments, each of which has a folder in it; that of a command line is meant."""
    out, assignment = ctx.params.get("out"), ctx.params.get("assignment")
    if out and assignment and ctx.get_parameter_source("out") is ParameterSource.DEFAULT_MAP:
        ctx.params["out"] = folder_of(assignment, out)


def _say_settings(ctx: click.Context) -> None:
    """Each option with what it is and where that comes from, on stderr."""
    words = {
        ParameterSource.COMMANDLINE: "said",
        ParameterSource.ENVIRONMENT: "from the environment",
        ParameterSource.DEFAULT_MAP: f"from {settings_file()}",
    }
    for name, value in ctx.params.items():
        source = ctx.get_parameter_source(name)
        if source in words:
            click.echo(f"{name} = {value} ({words[source]})", err=True)


class LoudGroup(click.Group):
    """A group of such commands."""

    command_class = LoudCommand
