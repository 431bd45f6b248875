"""Results of `d2l-grade run` into nbgrader's gradebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass, replace
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory

from grader.model.errors import UsageError
from grader.model.mark import ExerciseMark, Mark
from grader.model.printable import one_line
from grader.model.result import ClassResults, ExerciseResult, SubmissionResult
from grader.nbgrader.cell_outcome import Outcome, Outcomes, for_a_human, outcome_of
from grader.nbgrader.gradebook_plan import plan_of
from grader.nbgrader.gradebook_writer import StudentNotebook, write
from grader.nbgrader.planned_cell import NotebookPlan, PlannedCell, is_ours
from grader.report.explanation import explanation, note_of
from grader.report.mark_in_words import exercise_sentences, why_open
from grader.report.marks import DECIMALS, counted

Notebooks = Mapping[tuple[str, str], NotebookPlan]
"""(assignment, notebook) -> its cells."""


@dataclass(frozen=True)
class Pushed:
    """One student's notebook that now has its marks."""

    student: str
    assignment: str
    notebook: str


def push(root: Path, results: ClassResults, assignment: str | None) -> Iterator[Pushed]:
    """Writes every student's marks and comments. Raises `UsageError` where the gradebook has no place for them."""
    directory = _directory(root)
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        notebooks = _notebooks(gradebook, results, assignment)
        for submission in results.submissions:
            for (name, notebook), plan in notebooks.items():
                outcomes = _outcomes(submission, plan)
                if outcomes:
                    place = StudentNotebook(name, notebook, submission.student)
                    _hand_in(gradebook, directory, place)
                    write(gradebook, place, plan, outcomes)
                    yield Pushed(submission.student, name, notebook)


def not_carried(results: ClassResults) -> list[str]:
    """The students with points or an excuse for the assignment as a whole, for which nbgrader has no place."""
    marks = ((each.student, each.mark) for each in results.submissions)
    return [student for student, mark in marks if mark and (mark.adjustments or mark.excused)]


def _directory(root: Path) -> CourseDirectory:
    """The course as nbgrader itself would see it from there, with its configuration."""
    if not root.is_dir():
        raise UsageError(f"There is no folder {root}.")
    with chdir(root):
        app = NbGrader()
        app.initialize([])
        return CourseDirectory(parent=app, root=str(Path.cwd()))


def _notebooks(gradebook: Gradebook, results: ClassResults, assignment: str | None) -> Notebooks:
    """The notebooks that have cells for these exercises, each exercise in one notebook only."""
    wanted = {exercise.id for submission in results.submissions for exercise in submission.exercises}
    names = [(each.name, book.name) for each in gradebook.assignments for book in each.notebooks]
    plans = {name: plan_of(gradebook, name[1], name[0]) for name in names if assignment in (None, name[0])}
    found = {name: plan for name, plan in plans.items() if is_ours(plan) and wanted & set(_exercises(plan))}
    if not found:
        raise UsageError("The gradebook has no cell for these exercises. Run nbgrader generate_assignment first.")
    homes: dict[str, tuple[str, str]] = {}
    for name, plan in found.items():
        for exercise in _exercises(plan):
            if homes.setdefault(exercise, name) != name:
                raise UsageError(f"{exercise} is in {homes[exercise][0]} and in {name[0]}. Say --assignment NAME.")
    return found


def _exercises(plan: NotebookPlan) -> list[str]:
    return [cell.exercise for cell in plan if cell.exercise]


def _outcomes(submission: SubmissionResult, plan: NotebookPlan) -> Outcomes:
    """What is written for a student; nothing where nothing was handed in."""
    if submission.status != "graded":
        absent = submission.status == "absent" or submission.empty
        reason = f"Not graded: {submission.reason}."
        return {} if absent else {cell.id: for_a_human(reason) for cell in plan if cell.exercise}
    results = {result.id: counted(submission, result) for result in submission.exercises}
    here = [results[each] for each in _exercises(plan) if each in results]
    if not _handed_in(here):
        return {}
    marks = {each.id: each for each in submission.mark.exercises} if submission.mark else {}
    return {
        cell.id: _outcome(results[cell.exercise], cell, marks.get(cell.exercise), submission.mark)
        for cell in plan
        if cell.exercise in results
    }


def _outcome(result: ExerciseResult, cell: PlannedCell, counts: ExerciseMark | None, mark: Mark | None) -> Outcome:
    """The points that count, and what people said; what nobody knows waits for a human."""
    said = ". ".join(map(one_line, exercise_sentences(counts))) if counts else ""
    if counts and counts.excused:
        return for_a_human(f"{said}. nbgrader cannot leave it out of the maximum.")
    if counts and counts.points is None and (open_ := why_open(mark)):
        return for_a_human(f"{open_[0]}.")
    outcome = _by_checks(result, cell)
    if counts and counts.adjustments and counts.points is not None:
        most = cell.points or 0.0
        share = float(counts.points / counts.most) if counts.most else 0.0
        outcome = replace(outcome, points=min(max(round(most * share, 6), 0.0), most))
    return replace(outcome, comment=" ".join(filter(None, (said and f"{said}.", outcome.comment))) or None)


def _by_checks(result: ExerciseResult, cell: PlannedCell) -> Outcome:
    """What could not be read waits for a human, as it does when nbgrader grades it."""
    if result.source not in ("read", "absent"):
        said = note_of(result) or next(map(explanation, result.checks), "")
        return for_a_human(f"{said}.")
    share = (cell.points or 0.0) / result.max_points if result.max_points else 0.0
    return replace(outcome_of(result, cell), rounded=10**-DECIMALS * share)


def _handed_in(results: Iterable[ExerciseResult]) -> bool:
    return any(result.source != "absent" for result in results)


def _hand_in(gradebook: Gradebook, directory: CourseDirectory, place: StudentNotebook) -> None:
    """Makes student and submission known to the gradebook, with the time at which it was handed in."""
    gradebook.update_or_create_student(place.student)
    folder = directory.format_path(directory.submitted_directory, place.student, place.assignment)
    timestamp = directory.get_existing_timestamp(folder)
    known = {"timestamp": timestamp} if timestamp else {}
    gradebook.update_or_create_submission(place.assignment, place.student, **known)
