"""A run of an assignment: what it grades, what its file says to the log, and when everyone handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from grader.course.assignment import Assignment, policy_with, read_assignment
from grader.course.course import Course
from grader.course.selection import Selection, all_exercises, select
from grader.gradebook.book import Gradebook
from grader.gradebook.log import NewEvent
from grader.intake.handed_in import HandedIn
from grader.intake.roster import Roster
from grader.intake.times import read_times, with_times
from grader.marks.events import Body, Event, Extended, PolicySet
from grader.model.errors import UsageError, name_repair
from grader.model.exercise_id import topic_of
from grader.model.printable import one_line
from grader.model.student import Student


def what_is_graded(course: Course, names: Sequence[str], assignment: str | None) -> tuple[Selection, Assignment | None]:
    """The exercises of a run: those of the assignment, or those that are named."""
    if assignment is None:
        return select(course, names), None
    if names:
        raise UsageError("--assignment says what is graded, and so does --topics. Leave one of them out.")
    read = read_assignment(course, assignment)
    topics = set(map(topic_of, read.exercises))
    every = [id for id in all_exercises(course) if topic_of(id) in topics]
    return Selection(read.exercises, len(every) == len(read.exercises)), read


def require_assignment(gradebook: Gradebook, assignment: Assignment | None) -> None:
    """Refuses a run that would mix two assignments, or forget the one that the gradebook is of."""
    known = gradebook.policy
    if known is None or (assignment and assignment.name == known.assignment):
        return
    if assignment is None:
        raise UsageError(f"This gradebook is of {known.assignment}. Say --assignment {known.assignment}.")
    raise UsageError(
        f"This gradebook is of {known.assignment}, not of {assignment.name}. Choose another folder with -o."
    )


def announce(gradebook: Gradebook, assignment: Assignment, points: Mapping[str, float], class_: Roster) -> list[str]:
    """Writes into the log what the assignment's file says and the log does not know yet: the policy, and extensions.

    points: of each exercise's page. Returns the names of an extension that nobody in the class has.
    """
    log, policy = gradebook.log, policy_with(assignment, points)
    entries: list[tuple[str | None, Body, str]] = []
    if gradebook.policy != policy:
        entries.append((None, PolicySet(policy), ""))
    granted, strangers = _granted(assignment, class_)
    origin = assignment.file.name
    known = _known_extensions(log.all_of(Extended), origin)
    for student in sorted(granted.keys() | known.keys()):
        until, reason = granted.get(student, (None, f"no longer in {origin}"))
        if known.get(student) != until:
            entries.append((student, Extended(until, origin), reason))
    log.append(*(NewEvent(student, body, reason) for student, body, reason in entries))
    return strangers


def _known_extensions(events: Iterable[Event], origin: str) -> dict[str, datetime]:
    """Student -> until when, of the extensions that the file has granted; nobody undoes those but the file."""
    known: dict[str, datetime] = {}
    for event in events:
        body = event.body
        if isinstance(body, Extended) and body.origin == origin and event.student:
            known.pop(event.student, None)
            if body.until:
                known[event.student] = body.until
    return known


def _granted(assignment: Assignment, class_: Roster) -> tuple[dict[str, tuple[datetime, str]], list[str]]:
    """Student -> until when and why, the longest where there are several; and names that nobody in the class has."""
    granted: dict[str, tuple[datetime, str]] = {}
    strangers: list[str] = []
    for extension in assignment.extensions:
        for name in (*extension.students, *_labelled(assignment, extension.labels, class_)):
            found = class_.find(Student(name))
            if found is None:
                strangers.append(name)
            student = found.student if found else name
            if student not in granted or granted[student][0] < extension.until:
                granted[student] = (extension.until, extension.reason or "an extension of the assignment's file")
    return granted, strangers


def _labelled(assignment: Assignment, labels: Iterable[str], class_: Roster) -> list[str]:
    """The students with one of these labels: of the term's file, or the section of the roster."""
    sections: dict[str, list[str]] = {}
    for student in class_.students:
        if student.section:
            sections.setdefault(student.section, []).append(student.student)
    names = []
    for label in labels:
        if label not in assignment.labels and label not in sections:
            known = [*assignment.labels, *sections]
            repair = name_repair(label, known) if known else "Add it to [labels] in assignments/term.toml."
            raise UsageError(f"{assignment.file}: there is no label and no section {label!r}. {repair}")
        names += [*assignment.labels.get(label, ()), *sections.get(label, ())]
    return names


def timed(class_: Sequence[HandedIn], times: Path | None, assignment: Assignment | None) -> list[HandedIn]:
    """The class with the times of a file, if there is one. Raises `UsageError` where it names somebody unknown."""
    if times is None:
        return list(class_)
    told = read_times(times, class_, assignment.zone if assignment else None)
    if told.strangers:
        names = ", ".join(map(one_line, told.strangers[:5]))
        raise UsageError(f"{times} names {names}, who is not in the class. Correct the name, or delete the row.")
    return with_times(class_, told)
