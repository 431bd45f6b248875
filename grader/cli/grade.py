"""d2l-grade: an instructor grades a class, hands out kits and proves a course sound."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

import grader
from grader.cli.common import find_course, needs_extra, run
from grader.cli.device import device_options
from grader.sandbox.session import refuse_elsewhere

SOUND, UNSOUND = 0, 1
POSSIBLE, IMPOSSIBLE = 0, 1
COURSE = click.option(
    "--course", type=click.Path(path_type=Path), help="The course folder; by default the one around this folder."
)
JOBS = click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes; all cores by default."
)


class RunByDefault(click.Group):
    """`d2l-grade FOLDER` is short for `d2l-grade run FOLDER`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            if not Path(args[0]).exists() and not any(mark in args[0] for mark in "/.\\"):
                raise click.UsageError(f"There is no command and no folder {args[0]!r}.")
            args = ["run", *args]
        return super().resolve_command(ctx, args)


@click.group("d2l-grade", cls=RunByDefault, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(grader.__version__, package_name="d2l-grader")
def grade() -> None:
    """Grade a class, hand out kits, prove a course sound."""


@grade.command("run")
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("grades"), show_default=True)
@COURSE
@click.option("--topics", help="Topics to grade, separated by commas; all of them by default.")
@click.option("--gradebook", help="SQLite file or SQLAlchemy URL that keeps all results; OUT/gradebook.db by default.")
@click.option(
    "--regrade",
    multiple=True,
    is_flag=False,
    flag_value="all",
    metavar="[EXERCISE]",
    help="Grade one exercise anew for everyone (several times for several); without a name, all of them.",
)
@click.option("--seed", type=int, help="The secret seed of a new gradebook; a fresh one by default, kept there.")
@JOBS
@device_options
@click.option("--question-seconds", type=click.FloatRange(min=0.1), help="Wall time of one question.")
@click.option("--exercise-seconds", type=click.FloatRange(min=0.1), help="Wall time of one exercise.")
@click.option("--submission-seconds", type=click.FloatRange(min=1), help="Wall time of one submission.")
@click.option("--memory-mb", type=click.IntRange(min=64), help="What a submission may allocate beyond torch.")
@click.option("--answer-mb", type=click.IntRange(min=1), help="Bytes of all answers of one exercise.")
@click.option("--trust-submissions", is_flag=True, help="Run submissions without a sandbox: they may do all you may.")
def run_class(submissions: Path, course: Path | None, **options: object) -> int:
    """Grade a folder that holds one folder per student, with modules or notebooks; or a course folder of nbgrader's.

    Writes OUT/results.json, OUT/grades.csv, OUT/report.html and OUT/feedback/. Every result is kept in a gradebook:
    running again, after more was handed in or after a crash, grades only what is new or changed.

    Exit code: 0 the class was gone through, whatever the marks; 2 usage, or nothing to grade; 3 our fault.
    """
    refuse_elsewhere(bool(options["trust_submissions"]))  # at once, not when the key is made
    running = needs_extra("grade", lambda: __import__("grader.cli.running", fromlist=["grade_folder"]))
    if options["seed"] is None:
        options["seed"] = running.kept_seed(submissions)
    running.grade_folder(running.class_folder(submissions), find_course(course), running.Options.of(options))
    return 0


@grade.command("package")
@click.argument("topics", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("kit.zip"), show_default=True)
@COURSE
@JOBS
def package(topics: Sequence[str], out: Path, course: Path | None, jobs: int) -> None:
    """Pack the student's kit of some topics: stubs, a README and the key of the shown cases."""
    from grader.cli.making import made_key
    from grader.course import read_course
    from grader.kit import PUBLIC_SEED, pack_kit

    read = read_course(find_course(course))
    chosen = [read.topic(name) for name in topics]
    key = made_key(read, topics, PUBLIC_SEED, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_kit(read, chosen, key, out)
    click.echo(f"{out}: {', '.join(topics)} ({out.stat().st_size / 1024:.0f} KiB). Hand it to your students.")


@grade.command("doctor")
@click.argument("topics", nargs=-1)
@COURSE
@JOBS
@click.option("--seeds", type=click.IntRange(1), default=20, show_default=True, help="Seeds to try.")
@click.option("--matrix", is_flag=True, help="Print which check catches which misconception on how many seeds.")
@click.option("--mutants", is_flag=True, help="Change each reference a little, and list what nothing notices.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(
    topics: Sequence[str], course: Path | None, jobs: int, seeds: int, matrix: bool, mutants: bool, as_json: bool
) -> int:
    """Prove a course sound: stubs fail, references pass, mistakes are caught and named.

    Exit code: 0 sound, 1 something is wrong (with its repair), 2 usage.
    """
    from grader.cli.examining import print_findings, print_mutants

    if mutants:
        needs_extra("dev", lambda: __import__("cosmic_ray"))
        return SOUND if print_mutants(find_course(course), topics, jobs) else UNSOUND
    style = "json" if as_json else "matrix" if matrix else "lines"
    return SOUND if print_findings(find_course(course), topics, seeds, jobs, style) else UNSOUND


@grade.command("sandbox")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def sandbox(as_json: bool) -> int:
    """Try every layer of the sandbox: what this machine can hold, and how to get what is missing.

    Exit code: 0 untrusted submissions can be graded here, 1 they cannot.
    """
    from grader.cli.sandboxing import report

    return POSSIBLE if report(as_json) else IMPOSSIBLE


@grade.group("nbgrader")
def with_nbgrader() -> None:
    """Make notebooks for nbgrader, carry marks into its gradebook."""


@with_nbgrader.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="COURSE_DIR")
@click.option("--topics", required=True, help="Topics to add, separated by commas.")
@click.option("--assignment", help="One assignment for all of them; by default each topic is an assignment.")
@click.option("--course-id", help="nbgrader's name of the course, where the folder has no configuration yet.")
@COURSE
@JOBS
def init(
    folder: Path, topics: str, assignment: str | None, course_id: str | None, course: Path | None, jobs: int
) -> None:
    """Make COURSE_DIR a course of nbgrader's, or add topics to the course that it is. Nothing in it is replaced."""
    classroom = needs_extra("classroom", lambda: __import__("grader.cli.classroom", fromlist=["init_course"]))
    names = [name.strip() for name in topics.split(",") if name.strip()]
    classroom.init_course(find_course(course), folder, names, assignment, course_id, jobs)


@with_nbgrader.command("push")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="COURSE_DIR")
@click.option("--results", type=click.Path(path_type=Path), default=Path("grades/results.json"), show_default=True)
@click.option("--assignment", help="The assignment whose marks these are, where several have the same exercises.")
def push(folder: Path, results: Path, assignment: str | None) -> None:
    """Write the marks of `d2l-grade run` into the gradebook of COURSE_DIR; what a human gave stays."""
    classroom = needs_extra("classroom", lambda: __import__("grader.cli.classroom", fromlist=["push_results"]))
    classroom.push_results(folder, results, assignment)


def versions() -> dict[str, str]:
    """What a report names, so that marks can be repeated."""
    found = {"python": platform.python_version(), "d2l-grader": grader.__version__}
    for name in ("torch", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """The console script."""
    run(grade)
