"""A term that is played: who hands in what and when, who is given longer or other points; and a reference for its
marks, as an instructor would compute them in a spreadsheet. The reference shares no code with the grader."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

STUDENTS = tuple(f"s{number:03}" for number in range(120))
ASSIGNMENTS = ("hw1", "hw2", "hw3")
EXERCISES = ("doubling.double", "doubling.quadruple", "doubling.halve")
FREE_DAYS = 4
DUE = {name: datetime(2026, 3, 9 + 7 * week, 23, 59, tzinfo=UTC) for week, name in enumerate(ASSIGNMENTS)}
WEIGHTS = {
    "hw1": dict(zip(EXERCISES, map(Decimal, ("2", "3", "5")), strict=True)),
    "hw2": dict(zip(EXERCISES, map(Decimal, ("4", "4", "4")), strict=True)),
    "hw3": dict(zip(EXERCISES, map(Decimal, ("2.5", "2.5", "1")), strict=True)),
}
EXTRA = {"hw3": "doubling.halve"}
BEST = {"hw2"}
LIMIT = {"hw2": 2}
DROPPED = {"hw1": 1}
FILES = {
    name: f'title = "Homework {name[2:]}"\ndue = {DUE[name]:%Y-%m-%dT%H:%M:%SZ}\n'
    + (f'attempts = "best"\nattempt_limit = {LIMIT[name]}\n' if name in BEST else "")
    + (f"drop_lowest = {DROPPED[name]}\n" if name in DROPPED else "")
    + (f'extra_credit = ["{EXTRA[name]}"]\n' if name in EXTRA else "")
    + "[exercises]\n"
    + "".join(f'"{id}" = {weight}\n' for id, weight in WEIGHTS[name].items())
    + f'[late]\nper = "day"\nloss = "10 %"\ncap = "50 %"\nfree_days = {FREE_DAYS}\n'
    for name in ASSIGNMENTS
}


@dataclass(frozen=True)
class Work:
    """What was handed in: when, and which of the exercises are right."""

    time: datetime
    right: tuple[bool, bool, bool]


@dataclass
class Row:
    """A student's row of an assignment's sheet."""

    attempts: list[Work] = field(default_factory=list)
    until: datetime | None = None
    points: dict[str, Decimal] = field(default_factory=dict)
    added: dict[str, Decimal] = field(default_factory=dict)


Sheet = dict[str, dict[str, Row]]
"""Assignment -> student -> row."""


def handed_in(rng: random.Random, name: str, first: bool) -> dict[str, Work]:
    """What each student has in the folder at a run; at the second one few have changed something."""
    found = {}
    for student in STUDENTS:
        if rng.random() < (0.92 if first else 0.25):
            late = rng.choice((-30, -30, -30, 0.01, 5, 30, 60, 100, 200)) if first else rng.choice((-2, 20, 50, 120))
            right = rng.choice(((True, True, True), (True, True, False), (False, True, True), (False, True, False)))
            found[student] = Work(DUE[name] + timedelta(hours=late), right)
    return found


def shares(work: Work, wrong_page: bool) -> tuple[int, int, int]:
    """What the checks give: everything or nothing; a page with a mistake has no right answer to its exercise."""
    double, quadruple, halve = work.right
    return int(double), int(quadruple), int(halve and not wrong_page)


def expected(sheet: Sheet, wrong: Mapping[tuple[str, str, int], bool]) -> dict[tuple[str, str], Decimal | None]:
    """(assignment, student) -> mark, by the rules of the files above.

    wrong: (assignment, student, attempt) -> whether the page was wrong when it was last asked.
    """
    found: dict[tuple[str, str], Decimal | None] = {}
    for student in STUDENTS:
        left = FREE_DAYS
        for name in ASSIGNMENTS:
            row = sheet[name].get(student, Row())
            works = row.attempts[: LIMIT.get(name, 99)]
            deadline = max(DUE[name], row.until or DUE[name])
            taken = 0
            if works:
                taken = min(left, _days(works[-1].time - deadline))
                left -= taken
            found[name, student] = _mark(name, row, works, deadline, taken, student, wrong)
    return found


def _days(late: timedelta) -> int:
    """The days that have begun."""
    if late <= timedelta(0):
        return 0
    whole = late.days
    return whole + (1 if late > timedelta(days=whole) else 0)


def _mark(
    name: str, row: Row, works: Sequence[Work], deadline: datetime, taken: int, student: str,
    wrong: Mapping[tuple[str, str, int], bool],
) -> Decimal | None:  # fmt: skip
    cells: list[tuple[str, Decimal, Decimal]] = []
    for place, id in enumerate(EXERCISES):
        weight, best = WEIGHTS[name][id], None
        for number, work in enumerate(works):
            tenths = min(5, max(0, _days(work.time - deadline) - taken))
            raw = weight * shares(work, wrong.get((name, student, number), False))[place]
            kept = raw * (10 - tenths)
            if best is None or name not in BEST or kept > best[0]:
                best = (kept, raw, tenths)
        _, raw, tenths = best or (None, None, 0)
        given = row.points.get(id, raw)
        if given is None:
            return row.points.get("")
        cells.append((id, weight, (given + row.added.get(id, Decimal(0))) * (10 - tenths) / 10))
    if name in DROPPED:
        cells.remove(min(cells, key=lambda cell: cell[2] / cell[1]))
    total = sum((cell[2].quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for cell in cells), Decimal(0))
    return row.points.get("", total + row.added.get("", Decimal(0)))
