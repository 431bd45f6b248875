"""What d2l-grade new does: writes a course, a topic or an exercise to begin with, and says what comes next."""

from __future__ import annotations

from pathlib import Path

import click

from grader.course.scaffold import new_place_of, scaffold
from grader.model.errors import UsageError
from grader.model.value import Library

MARK = "CHANGE"


def begin(path: Path, library: Library, dry_run: bool) -> None:
    """Writes what is new, unless it is only to be said what that would be."""
    place = new_place_of(path)
    files = scaffold(place, library)
    for file, text in files.items():
        new = not file.exists()
        if not dry_run:
            _write(file, text)
        verb = ("is added to", "writes") if not dry_run else ("would be added to", "would write")
        click.echo(f"{verb[1]} {_shown(file)}" if new else f"{place.topic}.{place.exercise} {verb[0]} {_shown(file)}")
    if not dry_run:
        course = _shown(place.course)
        option = "" if course == "." else f" --course {course}"
        click.echo(f"It is sound as it is: d2l-grade doctor {place.topic}{option}")
        click.echo(f"Each line that says {MARK} is yours: grep -rn {MARK} {course}/exercises {course}/solutions")


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}. Name another folder.") from None


def _shown(path: Path) -> str:
    """A path as it is called from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
