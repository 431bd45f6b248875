"""What d2l-grade run does: make the key, grade what the gradebook does not know yet, write what people read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from grader.cli.cluster import check_cluster, checked_device, cluster_executor
from grader.cli.common import plain_output
from grader.course.course import read_course
from grader.gradebook.book import Gradebook
from grader.gradebook.opening import earlier_report, open_gradebook
from grader.gradebook.staleness import RunFacts
from grader.grading.class_run import exercises_to_regrade, facts_of, kind_of, still_there
from grader.grading.groups import ClassWork
from grader.grading.options import Options
from grader.grading.pool import GradingPlan, LocalPool
from grader.grading.task import Executor
from grader.intake.file_mapping import file_mapping, with_mappings
from grader.intake.handed_in import HandedIn
from grader.intake.layout import Intake, intake
from grader.intake.roster import Roster, read_roster
from grader.keymaking.cache import Keys, private
from grader.model.keys.key import AnswerKey
from grader.model.keys.key_variants import of_dtype, on_device, within
from grader.model.printable import one_line
from grader.nbgrader.course_secrets import known_seed
from grader.report.changes_terminal import changes_table
from grader.report.class_terminal import class_summary
from grader.report.files import make_writable, write_changes, write_reports
from grader.report.statistics import figures
from grader.report.timings_csv import TIMINGS, Timings
from grader.report.wording import plural
from grader.sandbox.device import Placement, place_for

KEYS = ".keys"


def kept_seed(folder: Path) -> int | None:
    """The seed that a course of nbgrader's keeps, so that a regrade asks the same questions."""
    return next((seed for each in (folder, folder.parent) if (seed := known_seed(each)) is not None), None)


def grade_class(submissions: Path, course_folder: Path, options: Options) -> None:
    """Grades what is new or changed of what was handed in, and writes everything that people read."""
    check_cluster(options)
    course = read_course(course_folder)
    topics = options.topics or tuple(topic.name for topic in course.topics)
    exercises = [f"{topic.name}.{name}" for topic in map(course.topic, topics) for name in topic.functions]
    again = exercises_to_regrade(options.regrade, exercises)
    roster = read_roster(options.roster) if options.roster else None
    there = intake(submissions, options.layout, roster, options.out)
    mappings = [file_mapping(each, there.handed_in, topics) for each in options.mapped]
    make_writable(options.out)
    started = time.monotonic()
    told = earlier_report(options.gradebook, options.out)
    with open_gradebook(options.gradebook, options.seed, options.out) as gradebook:
        if told:
            click.echo(
                f"A new gradebook was made: {told} tells of one that is not there. All is graded anew.", err=True
            )
        gradebook.require(topics)
        keys = Keys(course, gradebook.seed, private(options.out / KEYS))
        key, place = _prepared(keys, topics, options)
        print_intake(there, roster)
        gradebook.remember(there.about)
        if roster:
            gradebook.enrol(roster.students)
        facts = facts_of(key, place, options)
        gradebook.name_files((each.student, each.topic, each.file) for each in mappings)
        handed_in = with_mappings(there.handed_in, gradebook.named_files())
        file, present = keys.for_workers(key, facts.key_digest), still_there(gradebook, handed_in)
        jobs = min(options.workers(len(place.cards)), len(present))
        plan = GradingPlan(file, options.limits, options.trust, jobs, place.cards, key.functions)
        with _executor(plan, place, options, key, submissions) as executor:
            facts = replace(facts, layers=executor.layers)
            run, done = _graded(gradebook, executor, facts, present, again, options.out / TIMINGS)
        gradebook.finish(run, time.monotonic() - started)
        _report(gradebook, done, options, {topic.name: topic.title for topic in course.topics})


def _prepared(keys: Keys, topics: Sequence[str], options: Options) -> tuple[AnswerKey, Placement]:
    """The key as it will be asked, and where."""
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(keys.kept, topics)  # while the sandbox imports torch
        if options.scheduler:
            place = Placement(checked_device(options), options.device, (), ())
        else:
            place = place_for(options.device, options.limits, options.trust)
    if place.note:
        click.echo(place.note, err=True)
    key = within(keys.completed(reading.result(), topics, options.workers()), options.given)
    return on_device(of_dtype(key, options.dtype) if options.dtype else key, place.device), place


@contextmanager
def _executor(
    plan: GradingPlan, place: Placement, options: Options, key: AnswerKey, submissions: Path
) -> Iterator[Executor]:
    """Where the class is graded."""
    if options.scheduler is None:
        yield LocalPool(plan, place.layers)
        return
    with cluster_executor(options, key, plan.key, submissions) as executor:
        yield executor


def _graded(
    gradebook: Gradebook, executor: Executor, facts: RunFacts, there: Sequence[HandedIn], again: set[str], timings: Path
) -> tuple[int, Counter[str]]:
    """Grades what the gradebook does not know; the run's number, and how many submissions were graded and how many
    left alone."""
    run = gradebook.begin(facts, (each.student for each in there))
    gradebook.outdate(again)
    work = ClassWork.of(gradebook, facts.graded_by, there)
    done, times = Counter[str](), Timings(timings, run)
    with grading_bar() as bar:
        progress = bar.add_task("grading", total=len(there), workers=executor.workers)
        for graded in (each for one in executor.submit(work.tasks()) for each in work.shared(one)):
            if graded.result is not None:
                gradebook.keep(run, graded.result, graded.digest, facts.graded_by, graded.partial, graded.tried)
                times.add(graded.student, graded.worker, (*astuple(graded.times), time.time()))
            done[kind_of(graded)] += 1
            bar.update(progress, advance=1, workers=executor.workers)
    return run, done


def _report(gradebook: Gradebook, done: Counter[str], options: Options, titles: Mapping[str, str]) -> None:
    """Writes the reports and says what was done."""
    console, ascii = Console(highlight=False), plain_output()
    results = gradebook.results()
    counted = figures(results)
    files = write_reports(results, counted, options.out, titles)
    if set(done) != {"graded"}:
        console.print(", ".join(f"{count:,} {kind}" for kind, count in sorted(done.items(), reverse=True)))
    console.print(class_summary(counted, files=files, ascii=ascii))
    if options.regrade or any(gradebook.changed()):
        path = write_changes(gradebook.changed(), options.out)
        console.print(changes_table(gradebook.changed(), str(path), ascii=ascii))
    gradebook.settle()


class Rate(ProgressColumn):
    """Submissions per second, or per minute where that reads better."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{60 * speed:.0f}/min", style="dim")


def grading_bar() -> Progress:
    """How many are done, how fast, and how long it still takes; nothing where nobody watches."""
    columns = (
        TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(),
        TextColumn("{task.fields[workers]} at work", style="dim"),
    )  # fmt: skip
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal)


NAMES = 5


def print_intake(class_: Intake, roster: Roster | None = None) -> None:
    for note in roster.notes if roster else ():
        click.echo(note)
    click.echo(f"{plural(len(class_.handed_in), 'student')}, read as {class_.says}.")
    if class_.left_out:
        click.echo(f"Left out, since reports of a class lie there: {_names(class_.left_out)}.")
    if class_.late:
        click.echo(f"{_several(len(class_.late))} late: {_names(class_.late)}.")
    if class_.absent:
        click.echo(f"{_several(len(class_.absent))} absent: {_names(class_.absent)}.")
    if class_.lost_zeros:
        shown = _names(class_.lost_zeros)
        click.echo(f"{_several(len(class_.lost_zeros))} on the roster with other leading zeros: {shown}.")
    if class_.strangers:
        click.echo(
            f"{_several(len(class_.strangers))} not on the roster and graded all the same: {_names(class_.strangers)}."
        )


def _several(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'}"


def _names(students: Sequence[str]) -> str:
    shown = ", ".join(map(one_line, students[:NAMES]))
    return shown if len(students) <= NAMES else f"{shown} and {len(students) - NAMES:,} more"
