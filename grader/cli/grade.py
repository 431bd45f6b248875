"""d2l-grade: an instructor grades a class, hands out kits and proves a course sound."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from grader.cli.cluster import cluster, scheduler_options, worker
from grader.cli.commands import DRY_RUN, LoudGroup, is_quiet
from grader.cli.common import course_around, course_of_checkout, find_course, needs_extra, run
from grader.cli.course_commands import new, sandbox
from grader.cli.device import device_options
from grader.cli.mark_commands import COMMANDS
from grader.cli.settings import defaults
from grader.course.selection import split_names
from grader.grading.options import Options
from grader.intake.layout import LAYOUTS
from grader.sandbox.session import refuse_elsewhere
from grader.version import __version__

MARKS = ("canvas", "moodle", "gradescope", "checks", "junit")
SIMILARITY = ("jplag", "dolos")
SOUND, UNSOUND = 0, 1
SEEDS, SEEDS_WATCHING = 20, 3
COURSE = click.option(
    "--course", type=click.Path(path_type=Path), help="The course folder; by default the one around this folder."
)
VISIBILITY = {"never": "hidden", "published": "after_published"}
HIDDEN = click.option(
    "--hidden", type=click.Choice(list(VISIBILITY)), default="never", show_default=True,
    help="Gradescope: when students see which hidden cases failed.",
)  # fmt: skip
JOBS = click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes; all cores by default."
)


class RunByDefault(LoudGroup):
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
@click.version_option(__version__, package_name="d2l-grader")
def grade() -> None:
    """Grade a class, hand out kits, prove a course sound."""


@grade.command("run")
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="grades, or grades/ASSIGNMENT, by default.")
@COURSE
@click.option("--topics", multiple=True, help="Topics and exercises to grade, with commas or spaces; all by default.")
@click.option("--assignment", help="What assignments/NAME.toml says: its exercises, weights, deadlines, extensions.")
@click.option("--times", type=click.Path(path_type=Path), help="CSV with student and time, where no download says it.")
@click.option("--roster", type=click.Path(path_type=Path), help="CSV of the class: names the absent, maps ids.")
@click.option("--layout", type=click.Choice(LAYOUTS), help="How the class was downloaded; recognised by default.")
@click.option(
    "--map", "mapped", multiple=True, metavar="STUDENT:FILE=TOPIC",
    help="This file of that student is the topic's (several times for several); kept. Without FILE it is taken back.",
)  # fmt: skip
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
@click.option(
    "--jobs", type=click.IntRange(1), help="Processes; by default as many as there are cores, or four for each GPU."
)
@scheduler_options
@device_options
@click.option("--question-seconds", type=click.FloatRange(min=0.1), help="Seconds of one question.")
@click.option("--exercise-seconds", type=click.FloatRange(min=0.1), help="Seconds of one exercise.")
@click.option("--submission-seconds", type=click.FloatRange(min=1), help="Seconds of one submission.")
@click.option("--memory-mb", type=click.IntRange(min=64), help="What a submission may allocate beyond torch.")
@click.option("--gpu-memory-mb", type=click.IntRange(min=64), help="What it may allocate of a GPU beyond CUDA.")
@click.option("--answer-mb", type=click.IntRange(min=1), help="Bytes of all answers of one exercise.")
@click.option("--trust-submissions", is_flag=True, help="Run submissions without a sandbox: they may do all you may.")
@DRY_RUN
def run_class(submissions: Path, course: Path | None, dry_run: bool, **options: Any) -> int:
    """Grade what a class has handed in: a folder or an archive per student, with modules or notebooks.

    Or a download of Canvas's, Moodle's or Gradescope's, as a folder or as the zip that it came as, or a course folder
    of nbgrader's.

    Writes OUT/results.json, OUT/grades.csv, OUT/report.html and OUT/feedback/. Every result is kept in a gradebook:
    running again, after more was handed in or after a crash, grades only what is new or changed.

    Exit code: 0 the class was gone through, whatever the marks; 2 usage, or nothing to grade; 3 our fault.
    """
    refuse_elsewhere(options["trust_submissions"] or bool(options["scheduler"]))  # at once, not when the key is made
    running = needs_extra("grade", lambda: import_module("grader.cli.run"))
    if options["seed"] is None:
        options["seed"] = running.kept_seed(submissions)
    if dry_run:
        running.say_what_would_be_graded(submissions, find_course(course), Options.of(options))
    else:
        running.grade_class(submissions, find_course(course), Options.of(options))
    return 0


@grade.command("export")
@click.argument("out", type=click.Path(path_type=Path), required=False)
@click.option(
    "--format", "formats", multiple=True, type=click.Choice((*MARKS, *SIMILARITY)),
    help="What to write (several times for several); all that is made of marks by default.",
)  # fmt: skip
@click.option("--roster", type=click.Path(path_type=Path), help="CSV file that has the students' ids and names.")
@click.option("--assignment", help="The assignment; OUT is grades/ASSIGNMENT then.")
@click.option("--column", help="Canvas's column, 'Title (ID)'; by default a new one with the title of the course.")
@HIDDEN
@click.option("--gradebook", help="SQLite file or SQLAlchemy URL; OUT/gradebook.db by default.")
@click.option(
    "--submissions",
    type=click.Path(path_type=Path),
    help="jplag, dolos: what was handed in; what the last run has read, by default.",
)
@click.option("--layout", type=click.Choice(list(LAYOUTS)), help="jplag, dolos: how that was downloaded.")
@COURSE
@DRY_RUN
def export(
    out: Path | None, formats: tuple[str, ...], roster: Path | None, assignment: str | None, column: str | None,
    hidden: str, gradebook: str | None, submissions: Path | None, layout: str | None, course: Path | None,
    dry_run: bool,
) -> None:  # fmt: skip
    """Write the marks of OUT (grades, by default) for learning systems and other programs, into OUT/exports.

    canvas: a gradebook file to import. moodle: an offline grading worksheet. gradescope: a results.json per student.
    checks: a CSV file with a row for each check. junit: JUnit XML. The last two are for instructors only.

    jplag, dolos: everybody's functions, an exercise a folder, for these engines of similarity.
    """
    exporting = needs_extra("grade", lambda: import_module("grader.cli.export"))
    place = exporting.Place.of(out, gradebook, assignment)
    engines = [name for name in formats if name in SIMILARITY]
    if engines:
        similarity = needs_extra("grade", lambda: import_module("grader.cli.similarity"))
        source = similarity.HandedInPlace(submissions, layout, place.out, place.database)
        similarity.export_sources(engines, source, find_course(course), dry_run)
    marks = tuple(name for name in formats if name in MARKS)
    if marks or not engines:
        exporting.export(place, marks, roster, course or course_around(), column, VISIBILITY[hidden], dry_run)


@grade.command("package")
@click.argument("topics", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="kit.zip or autograder.zip by default.")
@COURSE
@JOBS
@click.option("--wheel", type=click.Path(path_type=Path), help="A wheel of d2l-grader to put into the kit (make dist).")
@click.option("--gradescope", is_flag=True, help="Pack an autograder for Gradescope, hidden cases and all.")
@click.option("--seed", type=int, help="Gradescope: the secret seed; a fresh one by default.")
@HIDDEN
@click.option("--pip-options", default="", help="Gradescope: more options for pip, an index of CPU builds, say.")
@click.option("--trust-submissions", is_flag=True, help="Gradescope: run submissions without a sandbox.")
@DRY_RUN
def package(
    topics: Sequence[str], out: Path | None, course: Path | None, jobs: int, wheel: Path | None, gradescope: bool,
    seed: int | None, hidden: str, pip_options: str, trust_submissions: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Pack the student's kit of TOPICS and exercises, or of one assignment: stubs, a README and the key of the shown
    cases. Or, with --gradescope, an autograder.zip to upload there: the grader and the whole key.

    Where there is no course around, it is the kit of the built-in one.
    """
    from grader.cli.package import package_autograder, package_kit
    from grader.kits.gradescope import AutograderSettings

    around = course or course_around() or course_of_checkout()
    if gradescope:
        settings = AutograderSettings(VISIBILITY[hidden], trust_submissions)
        place = out or Path("autograder.zip")
        package_autograder(topics, place, find_course(around), jobs, seed, settings, pip_options, dry_run)
        return
    package_kit(topics, out or Path("kit.zip"), around, jobs, wheel, dry_run)


@grade.command("doctor")
@click.argument("topics", nargs=-1)
@COURSE
@JOBS
@click.option("--seeds", type=click.IntRange(1), help="Seeds to try: 20 by default, 3 with --watch.")
@click.option("--watch", is_flag=True, help="Examine again whatever is saved, until Ctrl-C.")
@click.option("--matrix", is_flag=True, help="Print which check catches which misconception on how many seeds.")
@click.option("--mutants", is_flag=True, help="Change each reference a little, and list what nothing notices.")
@click.option("--coverage", is_flag=True, help="Print what of each stub is asked: of single exercises in full.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(
    topics: Sequence[str],
    course: Path | None,
    jobs: int,
    seeds: int | None,
    watch: bool,
    matrix: bool,
    mutants: bool,
    coverage: bool,
    as_json: bool,
) -> int:
    """Prove a course sound: stubs fail, references pass, mistakes are caught and named.

    Exit code: 0 sound, 1 something is wrong (with its repair), 2 usage.
    """
    from grader.cli.doctor import print_coverage, print_findings, print_mutants
    from grader.cli.doctor_watch import watch_course

    topics = split_names(topics)
    if watch:
        watch_course(find_course(course), topics, seeds or SEEDS_WATCHING, jobs)
        return SOUND
    if coverage:
        return SOUND if print_coverage(find_course(course), topics, jobs) else UNSOUND
    if mutants:
        needs_extra("dev", lambda: import_module("cosmic_ray"))
        return SOUND if print_mutants(find_course(course), topics, jobs) else UNSOUND
    style = "json" if as_json else "matrix" if matrix else "quiet" if is_quiet() else "lines"
    return SOUND if print_findings(find_course(course), topics, seeds or SEEDS, jobs, style) else UNSOUND


for command in (new, sandbox, cluster, worker, *COMMANDS):
    grade.add_command(command)


@grade.group("nbgrader", cls=LoudGroup)
def with_nbgrader() -> None:
    """Make notebooks for nbgrader, carry marks into its gradebook."""


@with_nbgrader.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="COURSE_DIR")
@click.option("--topics", required=True, multiple=True, help="Topics to add, with commas or spaces between them.")
@click.option("--assignment", help="One assignment for all of them; by default each topic is an assignment.")
@click.option("--course-id", help="nbgrader's name of the course, where the folder has no configuration yet.")
@COURSE
@JOBS
@DRY_RUN
def init(
    folder: Path, topics: Sequence[str], assignment: str | None, course_id: str | None, course: Path | None, jobs: int,
    dry_run: bool,
) -> None:  # fmt: skip
    """Make COURSE_DIR a course of nbgrader's, or add topics to the course that it is. Nothing in it is replaced."""
    classroom = needs_extra("classroom", lambda: import_module("grader.cli.nbgrader"))
    classroom.init_course(find_course(course), folder, split_names(topics), assignment, course_id, jobs, dry_run)


@with_nbgrader.command("push")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="COURSE_DIR")
@click.option("--results", type=click.Path(path_type=Path), default=Path("grades/results.json"), show_default=True)
@click.option("--assignment", help="The assignment whose marks these are, where several have the same exercises.")
@DRY_RUN
def push(folder: Path, results: Path, assignment: str | None, dry_run: bool) -> None:
    """Write the marks of `d2l-grade run` into the gradebook of COURSE_DIR; what a human gave stays."""
    classroom = needs_extra("classroom", lambda: import_module("grader.cli.nbgrader"))
    classroom.push_results(folder, results, assignment, dry_run)


def main() -> None:
    """The console script."""
    run(grade, defaults)
