"""d2l-check: a student checks their own work, and begins, lists, resets, asks for hints.

The child that imports torch is started before anything else is read, so that a cold check costs little more
than `import torch`. Nothing on this side imports it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.common import run, workspace_of
from grader.cli.device import device_options
from grader.cli.working_folder.commands import explain, hint, init, list_exercises, plot, receipt, reset
from grader.model.errors import UsageError
from grader.model.limits import Limits
from grader.model.target import Target
from grader.sandbox.session import Sandbox
from grader.version import __version__

PRINTED = 1_000


class Commands(click.Group):
    """The commands. What begins with none of their names is checked: `d2l-check softmax`, `d2l-check --watch`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help", "--version")):
            args = ["check", *args]
        return super().parse_args(ctx, args)


@click.group("d2l-check", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="d2l-grader")
def check() -> None:
    """Check the exercises in this folder, and more: d2l-check COMMAND --help says what a command does.

    Without a command, `d2l-check [TARGET]...` checks: a topic (softmax), an exercise (softmax.cross_entropy), a file
    (softmax.py, softmax.ipynb) or a folder; without a target, every topic in this folder. --watch checks again whenever
    a file is saved.
    """


check.add_command(init)
check.add_command(list_exercises)
check.add_command(reset)
check.add_command(hint)
check.add_command(explain)
check.add_command(plot)
check.add_command(receipt)


@check.command("check", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--watch", is_flag=True, help="Check again whenever a file is saved.")
@click.option("--plain", is_flag=True, help="Nothing moves and no sign says anything alone, for screen readers.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="An answer key other than the folder's own.")
@click.option("--show-output", is_flag=True, help="Show what your code prints in the call that is shown.")
@device_options
def check_targets(
    targets: Sequence[str],
    as_json: bool,
    watch: bool,
    plain: bool,
    key_file: Path | None,
    show_output: bool,
    device: str,
    dtype: str | None,
) -> int:
    """Check the exercises in this folder; d2l-check alone does the same.

    TARGET is a topic (softmax), an exercise (softmax.cross_entropy), a file (homework/softmax.py, softmax.ipynb) or a
    folder; without one, every topic in this folder is checked.

    Exit code: 0 everything passed, 1 something failed, 2 usage, 3 our fault, 130 Ctrl-C.
    """
    if watch and as_json:
        raise UsageError("--watch is for people and --json for programs. Choose one of them.")
    if watch and sys.stderr.isatty():
        click.echo("Starting torch, which takes a few seconds…", err=True)
    with Sandbox.start(Limits(printed_chars=PRINTED if show_output else 0), trust=True, preload=watch) as sandbox:
        wishes = [_wish(target) for target in _split(targets)] or [Target(_workspace())]
        from grader.cli.checker import Checker

        checker = Checker(sandbox, wishes, key_file, device, dtype, plain)
        if watch:
            return checker.watch()
        return checker.print_json() if as_json else checker.print_report()


def _split(targets: Sequence[str]) -> list[str]:
    """The targets, also where commas stand between them; a file may have one in its name."""
    split = ([target] if Path(target).exists() else target.split(",") for target in targets)
    return [name for names in split for name in names if name]


def _wish(target: str) -> Target:
    path = Path(target)
    if path.is_dir() and not (_workspace() / f"{target}.py").exists():
        return Target(path.resolve())
    if path.suffix in (".py", ".ipynb") or path.is_file():
        if not path.exists():
            raise UsageError(f"There is no file {target}.")
        return Target(path.resolve().parent, file=path.absolute())
    topic, _, function = target.partition(".")
    return Target(_workspace(), topic, function or None)


def _workspace() -> Path:
    return workspace_of(Path.cwd())


def main() -> None:
    """The console script."""
    run(check)
