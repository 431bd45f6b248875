"""The commands of a working folder: d2l-check init, list, reset, hint, explain, plot, receipt.

Everything that takes time to load is loaded by the command that needs it: a check starts as fast as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.common import workspace_of


@click.command("init")
@click.argument("topics", nargs=-1)
@click.option(
    "--kit", type=click.Path(path_type=Path), help="A kit (zip or folder) in the place of the built-in course."
)
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="Where to begin, if not here.")
@click.option("--notebooks", is_flag=True, help="Write notebooks in the place of .py files.")
def init(topics: Sequence[str], kit: Path | None, folder: Path, notebooks: bool) -> int:
    """Begin a working folder: stubs of TOPICS (of all of them if none is named), keys, a README.

    What lies there already is never touched.
    """
    from grader.cli.working_folder.init import begin_here

    return begin_here(folder, topics, kit, notebooks)


@click.command("list")
@click.argument("words", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_exercises(words: Sequence[str], as_json: bool) -> int:
    """List topics and exercises: points, what is done, what comes next, what builds on what.

    WORDS pick those in whose names one of them stands.
    """
    from grader.cli.working_folder.listing import print_list

    return print_list(_here(), words, as_json)


@click.command("reset")
@click.argument("exercise", required=False)
@click.option("--all", "everything", is_flag=True, help="Put every stub of this folder back.")
def reset(exercise: str | None, everything: bool) -> int:
    """Put the stub of EXERCISE back into its file. The old code is kept in the folder `reset`."""
    from grader.cli.working_folder.reset import reset_all, reset_one

    if everything == bool(exercise):
        raise click.UsageError("Name one exercise, as in d2l-check reset softmax.softmax, or say --all.")
    return reset_all(_here()) if exercise is None else reset_one(_here(), exercise)


@click.command("hint")
@click.argument("exercise", required=False)
def hint(exercise: str | None) -> int:
    """Say more about EXERCISE, or about the next one that is not done: one step further each time."""
    from grader.cli.working_folder.hint import print_hint

    return print_hint(_here(), exercise)


@click.command("explain")
@click.argument("mistake", required=False)
def explain(mistake: str | None) -> int:
    """Explain a known MISTAKE with an example in numbers, as in d2l-check explain softmax.softmax.overflowing.

    d2l-check hint says what the mistakes in your answer are called.
    """
    if mistake is None:
        raise click.UsageError("Name a mistake. d2l-check hint says what those in your answer are called.")
    from grader.cli.working_folder.explain import print_explanation

    return print_explanation(_here(), mistake)


@click.command("plot")
@click.argument("exercise", required=False)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The folder to write to, if not plots/.")
@click.option("--open", "open_it", is_flag=True, help="Open the picture with the system's own viewer.")
def plot(exercise: str | None, out: Path | None, open_it: bool) -> int:
    """Draw what your function gives beside what is right; without EXERCISE, list those that have pictures."""
    from grader.cli.working_folder.plot import print_plots

    return print_plots(_here(), exercise, out, open_it)


@click.command("receipt")
@click.argument("page", required=False, type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def receipt(page: Path | None, files: Sequence[Path]) -> int:
    """Say whether your files are those that were graded: PAGE is the feedback that you were given.

    FILES are yours; without them, those in this folder. Without PAGE, or with a file of yours in its place, the digests
    of your files are printed.

    Exit code: 0 they are the same, 1 they are not, 2 usage.
    """
    from grader.cli.working_folder.receipt import print_receipt

    if page is not None and page.suffix in (".py", ".ipynb"):
        return print_receipt(None, (page, *files), _here())
    return print_receipt(page, files, _here())


def _here() -> Path:
    return workspace_of(Path.cwd())
