"""The kill matrix: which check catches which misconception, on how many seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.course.page import Page
from grader.doctor.records import PageRecord, Problem
from grader.model.keys.key import ALLOWED, COVERING, DEVICE, MUTATION, STATE, TYPE, VECTORISED

ABOUT_THE_WHOLE = (TYPE, MUTATION, STATE, ALLOWED, VECTORISED)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One check: on how many seeds it catches each misconception, in the order of the page."""

    check: str
    seeds: tuple[int, ...]


def rows(record: PageRecord) -> tuple[MatrixRow, ...]:
    """The matrix of a page, a row for each check."""
    names = [each.name for each in record.misconceptions]
    return tuple(
        MatrixRow(check, tuple(record.caught_by.get(name, {}).get(check, 0) for name in names))
        for check in record.checks
    )


def by_chance(page: Page, record: PageRecord) -> Iterator[Problem]:
    """Pairs that are caught on some seeds only: another student with the same mistake would get other marks.

    A law has a power and not a yes or no; what counts there is that the laws together catch on every seed.
    """
    for row in rows(record):
        if row.check in record.statistical:
            continue
        for each, seeds in zip(record.misconceptions, row.seeds, strict=True):
            if 0 < seeds < record.seeds and not each.chance:
                yield Problem(
                    f"{page.where(row.check)}, misconception {each.name}",
                    f"is caught by {_said(row.check)} on {seeds} of {record.seeds} seeds.",
                    "Draw inputs that always or never catch it, or say why: chance=…",
                )


def _said(check: str) -> str:
    """What a check is: a case of the page by its name, or one that all pages have."""
    about = {DEVICE: " (answers on another device, docs/devices.md)", COVERING: " (inputs that the domain draws)"}
    return f"{check}{about.get(check, '')}"


def superfluous(record: PageRecord) -> tuple[str, ...]:
    """Checks of cases and laws without which every misconception would still be caught."""
    table = [row for row in rows(record) if row.check not in ABOUT_THE_WHOLE]
    return tuple(row.check for row in table if not any(_alone(row, table, place) for place in range(len(row.seeds))))


def _alone(row: MatrixRow, table: Sequence[MatrixRow], place: int) -> bool:
    """Whether this row catches a misconception that no other row catches."""
    return row.seeds[place] > 0 and sum(other.seeds[place] > 0 for other in table) == 1


def lines(record: PageRecord) -> Iterator[str]:
    """The matrix as text: a column for each misconception, a row for each check."""
    yield f"{record.id} on {record.seeds} seeds"
    for number, each in enumerate(record.misconceptions, 1):
        yield f"  {number:>2} {each.name}"
    width = max((len(row.check) for row in rows(record)), default=0)
    yield f"  {'':{width}} " + "".join(f"{number:>4}" for number in range(1, len(record.misconceptions) + 1))
    for row in rows(record):
        power = " (of a law: its power)" if row.check in record.statistical else ""
        yield f"  {row.check:{width}} " + "".join(f"{seeds or '·':>4}" for seeds in row.seeds) + power
    if rest := superfluous(record):
        yield f"  catch nothing that others do not: {', '.join(rest)}"
