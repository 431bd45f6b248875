"""What d2l-grade export does: marks, from the gradebook, as learning systems and other programs read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from grader.course.course import read_course
from grader.gradebook.book import Gradebook
from grader.gradebook.reading import read_gradebook
from grader.gradebook.term_logs import logs_of_others
from grader.grading.place import Place
from grader.intake.roster import Roster, read_roster
from grader.model.errors import UsageError
from grader.model.result import ClassResults
from grader.model.student import Student
from grader.report.exports.canvas import canvas_lines
from grader.report.exports.checks import check_lines
from grader.report.exports.everyone import everyone
from grader.report.exports.gradescope import to_gradescope
from grader.report.exports.junit import junit_parts
from grader.report.exports.moodle import moodle_lines
from grader.report.file_names import feedback_name
from grader.report.files import write
from grader.report.wording import plural

BY_NAME = {
    "canvas": "Canvas will look for them by login, then by name.",
    "moodle": "Moodle cannot find them. Give a --roster with its numbers (id: 123 of Participant 123).",
}


@dataclass(frozen=True)
class Export:
    """What is exported: the class, who is who, and how the instructor wants it."""

    results: ClassResults
    who: Mapping[str, Student]
    titles: Mapping[str, str]
    column: str
    hidden: str


def export(
    where: Place, formats: Sequence[str], roster: Path | None, course: Path | None, column: str | None, hidden: str,
    dry_run: bool = False,
) -> None:  # fmt: skip
    """Writes the files of each format into OUT/exports and says where they lie."""
    if dry_run:
        for name in formats or WRITERS:
            click.echo(f"would write {where.out / 'exports'}, as {name}")
        return
    given = read_roster(roster) if roster else None
    for note in given.notes if given else ():
        click.echo(note)
    titles = {topic.name: topic.title for topic in read_course(course).topics} if course else {}
    place = where.out / "exports"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        repair = f"Write elsewhere: d2l-grade export FOLDER --gradebook {where.template}"
        raise UsageError(f"{place} cannot be written: {error.strerror}. {repair}") from None
    with read_gradebook(where.database) as book, logs_of_others(where.template, book.policy) as others:
        kept = Roster(book.roster())
        who = people(book, [each for each in (kept, given) if each])
        only_there = only_on_the_roster(given or kept, who)
        results = everyone(book.results(others.values()), only_there, doubles(who, book.without_work()))
        who |= {each.student: each for each in only_there}
        chosen = Export(results, who, titles, column or results.title, hidden)
        table = Table.grid(padding=(0, 2))
        for name in formats or WRITERS:
            table.add_row(name, str(WRITERS[name](chosen, place)))
        Console(highlight=False).print(table)
        for line in _lacking(chosen, formats or tuple(WRITERS)):
            click.echo(line)
        if only_there:
            click.echo(f"{plural(len(only_there), 'student')} only on the roster: listed, without a mark.")


def people(book: Gradebook, rosters: Sequence[Roster]) -> dict[str, Student]:
    """Who the gradebook's names belong to: what the run knew, and what each roster adds; the last one has the word."""
    kept = book.students()
    known = (kept.get(name, Student(name)) for name in book.names())
    return {each.student: reduce(lambda one, roster: roster.find(one) or one, rosters, each) for each in known}


def doubles(who: Mapping[str, Student], without_work: AbstractSet[str]) -> set[str]:
    """Names under which nothing is there, of students who are there under another: a run without the roster, after one
    with it, calls them as the download does."""
    taken = Counter(who[name].student for name in who if name not in without_work)
    double = set()
    for name in sorted(without_work & who.keys()):
        student = who[name].student
        if taken[student]:
            double.add(name)
        taken[student] += 1
    return double


def only_on_the_roster(roster: Roster, who: Mapping[str, Student]) -> list[Student]:
    """The students of a roster of whom the gradebook has no result, under whatever name."""
    there = {*who, *(each.student for each in who.values())}
    return [each for each in roster.students if each.student not in there]


def _canvas(chosen: Export, place: Path) -> Path:
    return write(place / "canvas.csv", canvas_lines(chosen.results, chosen.who.__getitem__, chosen.column))


def _moodle(chosen: Export, place: Path) -> Path:
    return write(place / "moodle.csv", moodle_lines(chosen.results, chosen.who.__getitem__, chosen.titles))


def _checks(chosen: Export, place: Path) -> Path:
    return write(place / "checks.csv", check_lines(chosen.results))


def _junit(chosen: Export, place: Path) -> Path:
    return write(place / "junit.xml", junit_parts(chosen.results))


def _gradescope(chosen: Export, place: Path) -> Path:
    """A file for each student who was graded."""
    folder = place / "gradescope"
    folder.mkdir(exist_ok=True)
    for submission in chosen.results.submissions:
        if submission.status == "graded":
            name = f"{feedback_name(submission.student)}.json"
            write(folder / name, [to_gradescope(submission, chosen.titles, chosen.hidden)])
    return folder


WRITERS = {"canvas": _canvas, "moodle": _moodle, "gradescope": _gradescope, "checks": _checks, "junit": _junit}


def _lacking(chosen: Export, formats: Sequence[str]) -> Iterator[str]:
    """Lists what the learning system will not accept."""
    systems = [name for name in formats if name in BY_NAME]
    if not systems:
        return
    found = {each.student: each for each in chosen.who.values()}.values()
    without = sum(not (student.id or student.sis_id) for student in found)
    for name in systems:
        missing = sum(not student.id for student in found) if name == "moodle" else without
        if missing:
            yield f"{name}: {missing:,} of {len(found):,} students have no id. {BY_NAME[name]}"
