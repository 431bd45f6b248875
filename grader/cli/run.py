"""What d2l-grade run does: make the key, grade what the gradebook does not know yet, write what people read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from grader.cli.cluster import check_cluster, checked_device, cluster_executor
from grader.cli.common import plain_output
from grader.course.assignment import Assignment
from grader.course.course import Course, read_course
from grader.course.selection import Selection
from grader.gradebook.book import Gradebook
from grader.gradebook.opening import earlier_report, open_gradebook
from grader.gradebook.staleness import RunFacts
from grader.gradebook.term_logs import logs_of_others, place_of
from grader.grading.assignment_run import announce, require_assignment, timed, what_is_graded
from grader.grading.class_run import exercises_to_regrade, facts_of, kind_of, left_out, still_there
from grader.grading.groups import ClassWork
from grader.grading.options import Options
from grader.grading.pool import GradingPlan, LocalPool
from grader.grading.task import Executor
from grader.intake.file_mapping import FileMapping, file_mapping, with_mappings
from grader.intake.handed_in import HandedIn
from grader.intake.layout import Intake, intake
from grader.intake.roster import Roster, read_roster
from grader.keymaking.cache import Keys, private
from grader.model.keys.key import AnswerKey
from grader.model.keys.key_variants import of_dtype, on_device, within
from grader.model.printable import one_line
from grader.model.student import Student
from grader.nbgrader.course_secrets import known_seed
from grader.report.changes_terminal import changes_table
from grader.report.class_table import Roll
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
    asked = _asked_for(submissions, course_folder, options)
    course, selection, assignment = asked.course, asked.selection, asked.assignment
    topics, exercises, there, roster = selection.topics, selection.exercises, asked.intake, asked.roster
    make_writable(options.out)
    started = time.monotonic()
    database = place_of(options.gradebook, assignment.name if assignment else None)
    told = earlier_report(database, options.out)
    with open_gradebook(database, options.seed, options.out) as gradebook:
        if told:
            click.echo(
                f"A new gradebook was made: {told} tells of one that is not there. All is graded anew.", err=True
            )
        require_assignment(gradebook, assignment)
        gradebook.require(topics, () if assignment else left_out(course, selection))
        keys = Keys(course, gradebook.seed, private(options.out / KEYS))
        key, place = _prepared(keys, topics, options)
        print_intake(there, roster)
        gradebook.remember(there.about)
        if roster:
            gradebook.enrol(roster.students)
        facts = facts_of(key, place, options, exercises)
        key = replace(key, exercises=tuple(each for each in key.exercises if each.id in facts.graded_by))
        if assignment:
            _announce(gradebook, assignment, key, asked.class_)
        gradebook.name_files((each.student, each.topic, each.file) for each in asked.mappings)
        handed_in = with_mappings(asked.class_, gradebook.named_files())
        file, present = keys.for_workers(key, facts.key_digest), still_there(gradebook, handed_in)
        jobs = min(options.workers(len(place.cards)), len(present))
        plan = GradingPlan(file, options.limits, options.trust, jobs, place.cards, key.functions)
        with _executor(plan, place, options, key, submissions) as executor:
            facts = replace(facts, layers=executor.layers)
            work = RunWork(present, asked.again, submissions, options.out / TIMINGS)
            run, done = _graded(gradebook, executor, facts, work)
        gradebook.finish(run, time.monotonic() - started)
        roll = Roll(gradebook.students() | {each.student: each for each in gradebook.roster()}, frozenset(there.late))
        _report(gradebook, done, options, {topic.name: topic.title for topic in course.topics}, roll)


def say_what_would_be_graded(submissions: Path, course_folder: Path, options: Options) -> None:
    """Reads the class and checks the options as a run does; writes nothing, and runs nothing of it."""
    asked = _asked_for(submissions, course_folder, options)
    print_intake(asked.intake, asked.roster)
    exercises = plural(len(asked.selection.exercises), "exercise")
    click.echo(f"would grade {exercises} of {', '.join(asked.selection.topics)}, and write into {options.out}")


@dataclass(frozen=True)
class _RunRequest:
    """What a command line asks for. again: exercises to regrade; class_: what was handed in, with its times."""

    course: Course
    selection: Selection
    assignment: Assignment | None
    again: set[str]
    roster: Roster | None
    intake: Intake
    class_: list[HandedIn]
    mappings: list[FileMapping]


def _asked_for(submissions: Path, course_folder: Path, options: Options) -> _RunRequest:
    """Reads it, before anything is written. Raises `UsageError` where any of it cannot be meant."""
    check_cluster(options)
    course = read_course(course_folder)
    selection, assignment = what_is_graded(course, options.topics, options.assignment)
    again = exercises_to_regrade(options.regrade, selection.exercises)
    roster = read_roster(options.roster) if options.roster else None
    there = intake(submissions, options.layout, roster, options.out, assignment.name if assignment else None)
    class_ = timed(there.handed_in, options.times, assignment)
    mappings = [file_mapping(each, there.handed_in, selection.topics) for each in options.mapped]
    return _RunRequest(course, selection, assignment, again, roster, there, class_, mappings)


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


def _announce(gradebook: Gradebook, assignment: Assignment, key: AnswerKey, class_: Sequence[HandedIn]) -> None:
    """Tells the log what the assignment's file says, and the user what it says of nobody."""
    people = Roster(tuple(each.about or Student(each.student) for each in class_))
    points = {exercise.id: exercise.points for exercise in key.exercises}
    if strangers := announce(gradebook, assignment, points, people):
        names = _names(strangers)
        click.echo(f"{assignment.file.name} extends the deadline of {names}, who is not in the class by that name.")


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


@dataclass(frozen=True)
class RunWork:
    """What a run is to do: the class, what is graded again, where it lies, and where the times of each go."""

    class_: Sequence[HandedIn]
    again: set[str]
    submissions: Path
    timings: Path


def _graded(gradebook: Gradebook, executor: Executor, facts: RunFacts, wanted: RunWork) -> tuple[int, Counter[str]]:
    """Grades what the gradebook does not know; the run's number, and how many submissions were graded and how many
    left alone."""
    there = wanted.class_
    run = gradebook.begin(facts, (each.student for each in there), str(wanted.submissions.absolute()))
    gradebook.outdate(wanted.again)
    work = ClassWork.of(gradebook, facts.graded_by, there)
    done, timings = Counter[str](), Timings(wanted.timings, run)
    handed_in, received = {each.student: each.time for each in there}, gradebook.log.received()
    with grading_bar() as bar:
        progress = bar.add_task("grading", total=len(there), workers=executor.workers)
        for graded in (each for one in executor.submit(work.tasks()) for each in work.shared(one)):
            known, at = received.get(graded.student), handed_in[graded.student]
            if graded.result is not None:
                tried = graded.tried
                gradebook.keep(run, graded.result, graded.digest, facts.graded_by, graded.partial, tried, at)
                timings.add(graded.student, graded.worker, (*astuple(graded.times), time.time()))
            elif graded.digest and known and known.time != at:
                gradebook.learn(graded.student, replace(known, time=at))
            done[kind_of(graded)] += 1
            bar.update(progress, advance=1, workers=executor.workers)
    return run, done


def _report(gradebook: Gradebook, done: Counter[str], options: Options, titles: Mapping[str, str], roll: Roll) -> None:
    """Writes the reports and says what was done."""
    console, ascii = Console(highlight=False), plain_output()
    with logs_of_others(options.gradebook, gradebook.policy) as others:
        results = gradebook.results(others.values())
        counted = figures(results)
        files = write_reports(results, counted, options.out, titles, roll)
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
