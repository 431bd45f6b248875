"""What the commands about marks do: each reads or writes a gradebook's log, also while somebody is grading."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import click
from rich.console import Console

from grader.cli.common import plain_output
from grader.course.course import read_course
from grader.gradebook.book import Gradebook
from grader.gradebook.class_marks import ClassMarks
from grader.gradebook.log import NewEvent
from grader.gradebook.opening import open_beside, open_gradebook
from grader.gradebook.reading import read_gradebook
from grader.gradebook.term_logs import logs_of_others
from grader.grading.place import Place
from grader.intake.moments import moment
from grader.intake.roster import Roster
from grader.marks.codec import to_record
from grader.marks.events import BY_PEOPLE, Adjusted, Body, Commented, Event, Excused, Extended, Undone
from grader.marks.history import assigned, history
from grader.model.errors import UsageError, name_repair
from grader.model.exercise_id import function_of
from grader.model.mark import Mark
from grader.model.printable import clean, one_line
from grader.model.student import Student
from grader.report.class_terminal import class_summary
from grader.report.event_in_words import event_line
from grader.report.files import make_writable, write_reports
from grader.report.mark_in_words import why_open
from grader.report.mark_table import mark_lines
from grader.report.numbers_in_words import number, when
from grader.report.statistics import figures

POINTS = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?")
TIME_FORM = 'Write it as in "2026-03-12 23:59 Europe/Berlin", or with +01:00 or Z behind it'


def adjust(place: Place, student: str, exercise: str | None, points: str, reason: str, by: str) -> None:
    """Writes points that a person gives into the log, with the mark under them."""
    if not POINTS.fullmatch(points):
        raise UsageError(f"--points {one_line(points)!r} is no number. Say 2.5, or +0.5 or -1 to add it.")
    _require(reason, "--reason")
    with open_beside(place.database) as book:
        name, id = find_student(book, student), find_exercise(book, exercise)
        mark = mark_of_one(book, place, name)
        part = mark.exercise(id) if id else None
        before = part.automatic if part else mark.automatic
        body = Adjusted(id, points.lstrip("+"), points[0] in "+-", None if before is None else str(before))
        entry = _say(book, name, body, reason, by)
        after = mark_of_one(book, place, name)
    _echo_change(name, mark, after, entry)


def comment(place: Place, student: str, exercise: str | None, message: str, by: str) -> None:
    """Writes a comment into the log."""
    _require(message, "--message")
    with open_beside(place.database) as book:
        name = find_student(book, student)
        entry = _say(book, name, Commented(find_exercise(book, exercise), message), "", by)
    click.echo(f"{name}: the comment is entry {entry} of the log.")


def excuse(place: Place, student: str, exercise: str | None, reason: str, by: str) -> None:
    """Writes into the log that something does not count."""
    _require(reason, "--reason")
    with open_beside(place.database) as book:
        name = find_student(book, student)
        mark = mark_of_one(book, place, name)
        entry = _say(book, name, Excused(find_exercise(book, exercise)), reason, by)
        after = mark_of_one(book, place, name)
    _echo_change(name, mark, after, entry)


def extend(
    place: Place, students: Sequence[str], until: str | None, days: int | None, hours: int | None, reason: str, by: str
) -> None:
    """Writes later deadlines into the log; all of them or none."""
    _require(reason, "--reason")
    if (until is None) == (days is None and hours is None):
        raise UsageError("Say how long it is: --until TIME, or --days 3, or --hours 12.")
    with open_beside(place.database) as book:
        policy = book.policy
        if policy is None or policy.due is None:
            raise UsageError("There is no deadline to extend. Grade with --assignment NAME, whose file says due = ….")
        later = policy.due + timedelta(days=days or 0, hours=hours or 0)
        end = _time(until, "--until") if until else later
        if end <= policy.due:
            raise UsageError(f"{when(end)} is no later than the deadline of the class, {when(policy.due)}.")
        names = [find_student(book, student) for student in students]
        before = [mark_of_one(book, place, name) for name in names]
        entries = book.log.append(*(NewEvent(name, Extended(end), reason, by) for name in names))
        after = [mark_of_one(book, place, name) for name in names]
    for name, was, now, entry in zip(names, before, after, entries, strict=True):
        _echo_change(name, was, now, entry)


def undo(place: Place, number_: int, reason: str, by: str) -> None:
    """Writes into the log that an entry of it holds no more."""
    with open_beside(place.database) as book:
        event = book.log.number(number_)
        if event is None or not event.student:
            raise UsageError(f"There is nothing to undo under {number_}. d2l-grade log lists the entries.")
        if not isinstance(event.body, BY_PEOPLE):
            raise UsageError(f"Entry {number_} was written by grading. Only what people say can be undone.")
        in_force = history(book.log.all(event.student)).said
        if number_ not in {each.number for each in in_force}:
            raise UsageError(f"Entry {number_} holds no more: it was undone, or another took its place.")
        mark = mark_of_one(book, place, event.student)
        entry = _say(book, event.student, Undone(number_), reason, by)
        after = mark_of_one(book, place, event.student)
    _echo_change(event.student, mark, after, entry)


def print_log(place: Place, student: str | None, as_json: bool) -> None:
    """Prints the events, oldest first."""
    with read_gradebook(place.database) as book:
        _require_log(book)
        for event in book.log.all(find_student(book, student) if student else None):
            click.echo(json.dumps(_plain(event), ensure_ascii=False) if as_json else clean(event_line(event)))


def print_marks(place: Place, at: str | None) -> None:
    """Prints the marks of a moment as CSV."""
    until = _time(at, "--at") if at else None
    with read_gradebook(place.database) as book:
        _require_log(book)
        with logs_of_others(place.template, assigned(book.log.of_class(until)).policy) as others:
            class_marks = ClassMarks.of(book.log, others.values(), until)
            for line in mark_lines(class_marks.marks, book.log.students(until)):
                click.echo(line, nl=False)


def write_reports_anew(place: Place, course: Path | None) -> None:
    """Writes everything that people read from what the gradebook has."""
    titles = {topic.name: topic.title for topic in read_course(course).topics} if course else {}
    make_writable(place.out)
    with read_gradebook(place.database) as book, logs_of_others(place.template, book.policy) as others:
        results = book.results(others.values())
        counted = figures(results)
        files = write_reports(results, counted, place.out, titles)
    Console(highlight=False).print(class_summary(counted, files=files, ascii=plain_output()))


def remove(place: Place, student: str, reason: str, dry_run: bool) -> None:
    """Deletes a person; nobody may be grading meanwhile, or they would come back."""
    with read_gradebook(place.database) if dry_run else open_gradebook(place.database) as book:
        name = find_student(book, student)
        if name.casefold() in reason.casefold():
            raise UsageError("The reason stays in the log, so it must not name the person. Say it otherwise.")
        if dry_run:
            known = len(book.log.all(name))
            click.echo(
                f"would delete the results and marks of {name}, and of the log {known} entries that are about them"
            )
            return
        book.remove(name, reason)
    click.echo(f"{name} is removed. Delete the feedback and the submissions too, and write the reports anew:")
    click.echo(f"    d2l-grade report -o {place.out}")


@contextmanager
def class_marks_of(book: Gradebook, place: Place) -> Iterator[ClassMarks]:
    """What makes the marks of today."""
    with logs_of_others(place.template, book.policy) as others:
        yield ClassMarks.of(book.log, others.values())


def mark_of_one(book: Gradebook, place: Place, student: str) -> Mark:
    """A student's mark of today."""
    with class_marks_of(book, place) as class_marks:
        return class_marks.marks([student])[student]


def find_student(book: Gradebook, text: str) -> str:
    """The gradebook's name of somebody, by that or by an id, address or name that is theirs alone."""
    about, names = book.students(), book.names()
    if text in names:
        return text
    people = Roster(tuple(about.get(name, Student(name)) for name in names))
    found = people.find(Student(text, text))
    if found is None:
        raise UsageError(f"There is no student {one_line(text)!r} in this gradebook. {name_repair(text, names)}")
    return found.student


def find_exercise(book: Gradebook, text: str | None) -> str | None:
    """The exercise of that name, of the assignment or of the last run."""
    if text is None:
        return None
    known = assigned(book.log.of_class())
    ids = [each.id for each in known.policy.exercises] if known.policy else list(known.exercises)
    found = [id for id in ids if text == id] or [id for id in ids if text == function_of(id)]
    if len(found) != 1:
        several = (
            f"Say {' or '.join(found)}."
            if found
            else name_repair(text, ids if "." in text else [function_of(id) for id in ids])
        )
        raise UsageError(f"There is no single exercise {one_line(text)!r}. {several}")
    return found[0]


def _say(book: Gradebook, student: str, body: Body, reason: str, by: str) -> int:
    [entry] = book.log.append(NewEvent(student, body, reason, by))
    return entry


def _require(text: str, option: str) -> None:
    if not text.strip():
        raise UsageError(f"{option} is empty. Say it in a few words: a mark has to be defended.")


def _require_log(book: Gradebook) -> None:
    if not book.log.exists:
        raise UsageError("This gradebook is of an older version and has no log yet. It gets one by the next run.")


def _time(text: str, option: str) -> datetime:
    told = moment(text)
    if told is None:
        raise UsageError(f"{option} {one_line(text)!r} is no time with its zone. {TIME_FORM}.")
    return told.astimezone(UTC)


def _echo_change(student: str, before: Mark, after: Mark, entry: int) -> None:
    change = f"{_shown(before)} before, {_shown(after)} now" if before.points != after.points else _shown(after)
    click.echo(f"{clean(student)}: {change}. Entry {entry} of the log; d2l-grade undo {entry} takes it back.")
    click.echo("Feedback and tables follow with the next run, or with d2l-grade report.", err=True)


def _shown(mark: Mark) -> str:
    if mark.excused:
        return "excused"
    if mark.points is None:
        return why_open(mark)[0] if why_open(mark) else "no final mark"
    return f"{_digits(mark.points)} of {_digits(mark.most)} points"


def _digits(points: Decimal) -> str:
    return number(float(points), 4)


def _plain(event: Event) -> dict[str, object]:
    kind, body = to_record(event.body)
    facts = {"number": event.number, "time": event.time.isoformat(), "by": event.actor, "student": event.student}
    return {**facts, "kind": kind, "reason": event.reason, **body}
