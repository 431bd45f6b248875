"""What d2l-grade export --format jplag and dolos do: lay out a class's functions as engines of similarity read them.

One folder for each exercise, in it a file for each student with that function alone and what it uses of its file, and
the stub as the code that everybody was given. The engines compare; d2l-grader does not.
"""

from __future__ import annotations

import ast
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from grader.course.course import Course, read_course
from grader.gradebook.reading import read_gradebook
from grader.grading.rerun import where_submissions_lay
from grader.intake.file_mapping import with_mappings
from grader.intake.function_source import function_source
from grader.intake.handed_in import HandedIn
from grader.intake.layout import intake
from grader.intake.read import read_handed_in
from grader.model.errors import UsageError
from grader.report.exports.dolos import dolos_lines
from grader.report.file_names import feedback_name
from grader.report.wording import plural


@dataclass(frozen=True)
class FunctionSource:
    """One student's function, as they wrote it, under a name that every file system takes."""

    student: str
    file_name: str
    source: str


@dataclass(frozen=True)
class ComparedExercise:
    """What is compared: everybody's work on one exercise. stub: what all of them were given."""

    id: str
    function: str
    stub: str
    works: tuple[FunctionSource, ...]


@dataclass(frozen=True)
class HandedInPlace:
    """Where a class's work lies, as `d2l-grade run` was told, and what must not be taken for it.

    submissions: None where the last run has read them.
    """

    submissions: Path | None
    layout: str | None
    out: Path
    gradebook: str


def export_sources(formats: Sequence[str], source: HandedInPlace, course_folder: Path, dry_run: bool = False) -> None:
    """Writes the folders of each engine into OUT/exports, in the place of older ones, and says how to compare them."""
    course = read_course(course_folder)
    handed_in = _handed_in(source)
    places = {name: source.out / "exports" / name for name in formats}
    if dry_run:
        for place in places.values():
            click.echo(f"would write {place}: {plural(len(handed_in), 'student')}")
        return
    exercises = list(_exercises(course, handed_in))
    for name, place in places.items():
        _emptied(place)
        for exercise in exercises:
            WRITERS[name](exercise, place / exercise.id)
        click.echo(f"{place}: {plural(len(exercises), 'exercise')}, {plural(_students(exercises), 'student')}")
        click.echo(f"Compare one: cd {place}/{exercises[0].id} && {COMMANDS[name].format(exercises[0].function)}")


def _handed_in(source: HandedInPlace) -> tuple[HandedIn, ...]:
    if source.submissions and not Path(source.gradebook).is_file() and "://" not in source.gradebook:
        return tuple(intake(source.submissions, source.layout, None, source.out).handed_in)
    with read_gradebook(source.gradebook) as book:
        there = intake(source.submissions or where_submissions_lay(book), source.layout, None, source.out)
        return tuple(with_mappings(there.handed_in, book.named_files()))


def _exercises(course: Course, handed_in: Sequence[HandedIn]) -> Iterator[ComparedExercise]:
    """Every exercise that anybody has written, in book order."""
    functions = {topic.name: topic.functions for topic in course.topics}
    works: dict[str, list[FunctionSource]] = {}
    for one in track(handed_in, "Reading", console=Console(stderr=True), transient=True):
        submission = read_handed_in(one, functions)
        for name, text in submission.sources.items():
            for function in functions.get(name, ()):
                alone = function_source(text, function)
                if alone and not _is_unwritten(alone, function):
                    work = FunctionSource(one.student, feedback_name(one.student), alone)
                    works.setdefault(f"{name}.{function}", []).append(work)
    for topic in course.topics:
        stubs = topic.path.read_text(encoding="utf-8")
        for function in topic.functions:
            if found := works.get(f"{topic.name}.{function}"):
                stub = function_source(stubs, function)
                yield ComparedExercise(f"{topic.name}.{function}", function, stub, tuple(found))
    if not works:
        raise UsageError("Nobody has written any of the exercises: there is nothing to compare.")


def _is_unwritten(text: str, function: str) -> bool:
    """Whether a function is still its stub, or nothing but a docstring."""
    node = next((each for each in ast.parse(text).body if getattr(each, "name", "") == function), None)
    body = getattr(node, "body", [])
    rest = body[1:] if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) else body
    return all(isinstance(each, (ast.Pass, ast.Raise)) for each in rest)


def _students(exercises: Sequence[ComparedExercise]) -> int:
    return len(Counter(work.student for exercise in exercises for work in exercise.works))


def _emptied(place: Path) -> None:
    try:
        if place.exists():
            shutil.rmtree(place)
        place.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror}. Choose another OUT.") from None


def _for_jplag(exercise: ComparedExercise, place: Path) -> None:
    """submissions/STUDENT/FUNCTION.py, and base/FUNCTION.py."""
    for work in exercise.works:
        _write(place / "submissions" / work.file_name / f"{exercise.function}.py", work.source)
    _write(place / "base" / f"{exercise.function}.py", exercise.stub)


def _for_dolos(exercise: ComparedExercise, place: Path) -> None:
    """STUDENT.py, info.csv with their names, and base/FUNCTION.py."""
    for work in exercise.works:
        _write(place / f"{work.file_name}.py", work.source)
    rows = [(f"{work.file_name}.py", work.student) for work in exercise.works]
    _write(place / "info.csv", "".join(dolos_lines(rows)))
    _write(place / "base" / f"{exercise.function}.py", exercise.stub)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


WRITERS: Mapping[str, Callable[[ComparedExercise, Path], None]] = {"jplag": _for_jplag, "dolos": _for_dolos}
COMMANDS = {
    "jplag": "java -jar jplag.jar -l python3 -bc base submissions",
    "dolos": "dolos run -l python -i base/{}.py info.csv",
}
