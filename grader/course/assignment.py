"""assignments/<name>.toml: what an assignment counts, until when, and for whom longer.

    timezone = "Europe/Berlin"          due = 2026-03-09T23:59:00           grace = "15 min"
    [exercises]                         softmax = 20    "dropout.dropout" = 5
    [late]                              per = "day"     loss = "10 %"       cap = "50 %"    free_days = 4
    [[extensions]]                      students = ["ada"]                  days = 3

`assignments/term.toml` has what is the same for all of them, and labels: names of groups of students.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from grader.course.course import Course
from grader.course.selection import all_exercises, named
from grader.course.toml_reader import TomlTable, read_toml
from grader.marks.policy import COUNTING, LatePolicy, Policy, WeightedExercise
from grader.model.errors import UsageError, name_repair
from grader.model.vocabulary import one_of

FOLDER, TERM = "assignments", "term"
SHARED = ("timezone", "grace", "attempts", "attempt_limit", "drop_lowest", "late")
OWN = (*SHARED, "title", "release", "due", "exercises", "extra_credit", "extensions")
LATE = ("per", "loss", "cap", "free_days")
EXTENSION = ("students", "labels", "due", "days", "hours", "reason")
UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Extension:
    """These students, and those with these labels, have until then."""

    students: tuple[str, ...]
    labels: tuple[str, ...]
    until: datetime
    reason: str


@dataclass(frozen=True)
class Assignment:
    """An assignment as its file says. shares: exercises -> points that they count together; None: the points of their
    pages. labels: those of the term. zone: the time zone of times that do not say theirs."""

    file: Path
    policy: Policy
    exercises: tuple[str, ...]
    shares: tuple[tuple[tuple[str, ...], Fraction | None], ...]
    extra: frozenset[str]
    extensions: tuple[Extension, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zone: ZoneInfo | None = None

    @property
    def name(self) -> str:
        return self.policy.assignment


def assignment_names(course: Course) -> tuple[str, ...]:
    """The assignments of a course, by the names of their files."""
    return tuple(sorted(path.stem for path in (course.folder / FOLDER).glob("*.toml") if path.stem != TERM))


def read_assignment(course: Course, name: str) -> Assignment:
    """The assignment of that name, or in that file. Raises `UsageError` with file, line and repair."""
    path = Path(name) if name.endswith(".toml") else course.folder / FOLDER / f"{name}.toml"
    if not path.is_file():
        known = assignment_names(course)
        repair = name_repair(name, known) if known else f"Write {path}."
        raise UsageError(f"There is no assignment {name!r}: {path} is missing. {repair}")
    text, values = read_toml(path)
    shared, labels = _term(path.with_name(f"{TERM}.toml"))
    own = TomlTable(path, text, values)
    own.require_known(OWN)
    merged = TomlTable(path, text, {**shared, **values, **_both_late(shared, values)})
    zone = merged.zone("timezone")
    exercises, shares = _shares(course, own)
    policy, due = _policy(path.stem, merged, zone), merged.moment("due", zone)
    extra = frozenset(id for each in own.strings("extra_credit") for id in _meant(course, own, "extra_credit", each))
    if lost := sorted(extra - set(exercises)):
        own.refuse("extra_credit", f"{lost[0]} is no exercise of this assignment. Add it to exercises.")
    extensions = tuple(_extension(each, due, zone) for each in own.tables("extensions"))
    return Assignment(path, policy, exercises, shares, extra, extensions, labels, zone)


def policy_with(assignment: Assignment, points: Mapping[str, float]) -> Policy:
    """The policy with the weights of all exercises. points: those of each exercise's page."""
    weights: dict[str, Fraction] = {}
    for ids, together in assignment.shares:
        of_pages = {id: Fraction(points[id]) for id in ids}
        whole = sum(of_pages.values())
        for id, own in of_pages.items():
            weights[id] = own if together is None else together * own / whole if whole else together / len(ids)
    weighted = tuple(WeightedExercise(id, weights[id], id in assignment.extra) for id in assignment.exercises)
    return replace(assignment.policy, exercises=weighted)


def _term(path: Path) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """What is the same for all assignments, and the labels."""
    if not path.is_file():
        return {}, {}
    text, values = read_toml(path)
    table = TomlTable(path, text, values)
    table.require_known((*SHARED, "labels"))
    labels = table.table("labels")
    if late := table.table("late"):
        late.require_known(LATE)
    named_here = {name: labels.strings(name) for name in labels.values} if labels else {}
    return {name: value for name, value in values.items() if name != "labels"}, named_here


def _both_late(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The table [late] of both files, setting by setting."""
    tables = [each["late"] for each in (shared, own) if isinstance(each.get("late"), dict)]
    return {"late": {name: value for table in tables for name, value in table.items()}} if len(tables) > 1 else {}


def _policy(name: str, table: TomlTable, zone: ZoneInfo | None) -> Policy:
    """The rules without the exercises."""
    release, due = table.moment("release", zone), table.moment("due", zone)
    if release and due and release >= due:
        table.refuse("release", f"it is released after it is due: release = {release}, due = {due}.")
    late = table.table("late")
    if late and due is None:
        table.refuse("late", "[late] needs a deadline: due = 2026-03-09T23:59:00.")
    counting = table.string("attempts", "last")
    if counting not in COUNTING:
        table.refuse("attempts", f'attempts is "last" or "best": which attempt counts; not {counting!r}.')
    costs, grace = _late(late) if late else None, table.duration("grace")
    return Policy(
        name, table.string("title", name), (), _utc(release), _utc(due), grace, costs,
        one_of(COUNTING, counting), table.whole("attempt_limit", 1), table.whole("drop_lowest", 0) or 0,
        _earlier(table.path, due) if costs and costs.free_days and due else (),
    )  # fmt: skip


def _earlier(path: Path, due: datetime) -> tuple[str, ...]:
    """The assignments beside this one that are due before it; of two at one time the first by name."""
    found = []
    for other in sorted(path.parent.glob("*.toml")):
        if other.stem not in (TERM, path.stem):
            text, values = read_toml(other)
            shared, _ = _term(path.with_name(f"{TERM}.toml"))
            table = TomlTable(other, text, {**shared, **values})
            moment = table.moment("due", table.zone("timezone"))
            if moment and (moment.astimezone(UTC), other.stem) < (due.astimezone(UTC), path.stem):
                found.append(other.stem)
    return tuple(found)


def _utc(moment: datetime | None) -> datetime | None:
    """Two times of one zone are subtracted by the clock on the wall; in UTC, nothing is lost where it changes."""
    return moment and moment.astimezone(UTC)


def _late(table: TomlTable) -> LatePolicy:
    table.require_known(LATE)
    per = table.string("per", "day")
    if per not in UNITS:
        table.refuse("per", f'per is "hour" or "day", not {per!r}.')
    loss = table.share("loss", None)
    return LatePolicy(UNITS[per], loss, table.share("cap", Fraction(1)), table.whole("free_days", 0) or 0)


def _shares(
    course: Course, table: TomlTable
) -> tuple[tuple[str, ...], tuple[tuple[tuple[str, ...], Fraction | None], ...]]:
    """The exercises in book order, and what names of them count. What is named itself is no part of its topic's
    share."""
    value = table.values.get("exercises")
    names_in = table
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        wanted: dict[str, Fraction | None] = dict.fromkeys(value)
    elif isinstance(value, dict) and value:
        names_in = TomlTable(table.path, table.text, _flat(value), "[exercises]")
        wanted = {name: _weight(names_in, name) for name in names_in.values}
    else:
        table.refuse("exercises", 'name them: exercises = ["softmax"], or [exercises] and softmax = 20 below it.')
    meant = {name: _meant(course, names_in, "exercises" if names_in is table else name, name) for name in wanted}
    alone = {id for ids in meant.values() if len(ids) == 1 for id in ids}
    shares = []
    taken: set[str] = set()
    for name in sorted(wanted, key=lambda name: len(meant[name]) > 1):
        ids = tuple(id for id in meant[name] if id not in taken and (len(meant[name]) == 1 or id not in alone))
        taken |= set(ids)
        shares.append((ids, wanted[name]))
    return tuple(id for id in all_exercises(course) if id in taken), tuple(shares)


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """`softmax.vjp = 5` without quotation marks is a table in a table."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= {f"{name}.{inner}": each for inner, each in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _weight(table: TomlTable, name: str) -> Fraction | None:
    """The points that a name counts; true stands for those of the pages."""
    value = table.values[name]
    if value is True:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        table.refuse(name, f"{name} = {value!r} is no number of points. Write 5, or true for those of its page.")
    return Fraction(str(value))


def _meant(course: Course, table: TomlTable, key: str, name: str) -> tuple[str, ...]:
    try:
        return named(course, name)
    except UsageError as error:
        table.refuse(key, str(error))


def _extension(table: TomlTable, class_due: datetime | None, zone: ZoneInfo | None) -> Extension:
    """class_due: the deadline of the class, in the zone in which days are counted by the clock on the wall."""
    table.require_known(EXTENSION)
    students, groups = table.strings("students"), table.strings("labels")
    if not students and not groups:
        table.refuse("students", 'an extension is for somebody: students = ["ada"], or labels = ["B"].')
    if class_due is None:
        table.refuse("due", "an extension needs a deadline that it extends: due = 2026-03-09T23:59:00 at the top.")
    until, days, hours = table.moment("due", zone), table.whole("days", 1), table.whole("hours", 1)
    if (until is None) == (days is None and hours is None):
        table.refuse("due", "say how long it is: due = 2026-03-12T23:59:00, or days = 3, or hours = 12.")
    if until is None:
        until = class_due + timedelta(days=days or 0, hours=hours or 0)
    return Extension(students, groups, until.astimezone(UTC), table.string("reason", ""))
