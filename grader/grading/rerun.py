"""A student's exercises once more: from the same files, with the recorded seed, limits and dtype."""

from __future__ import annotations

import multiprocessing
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.course.course import Course, read_course
from grader.gradebook.book import Gradebook
from grader.grading.pool import GradingPlan, grade
from grader.grading.source_state import function_named
from grader.grading.task import Task
from grader.intake.file_mapping import with_mappings
from grader.intake.finding.choice import Functions
from grader.intake.handed_in import HandedIn
from grader.intake.layout import intake
from grader.intake.read import read_handed_in
from grader.intake.roster import Roster
from grader.keymaking.cache import Keys, private
from grader.keymaking.source_digest import versions
from grader.marks.events import RunBegun, WorkGraded
from grader.model.errors import UsageError
from grader.model.exercise_id import function_of, topic_of
from grader.model.keys.key_file import save_privately
from grader.model.keys.key_variants import of_dtype, on_device, within
from grader.model.limits import Limits
from grader.model.result import ExerciseResult

KEYS = ".keys"


@dataclass(frozen=True)
class Work:
    """A student's work where it lies, the course, and the digest of what was graded."""

    course: Course
    handed_in: HandedIn
    digest: str | None


@dataclass(frozen=True)
class Rerun:
    """What came out: results by their ids, and what there is to know of how they were asked."""

    exercises: Mapping[str, ExerciseResult]
    notes: tuple[str, ...] = ()


def last_run(book: Gradebook, student: str, exercise: str) -> RunBegun | None:
    """The run in which the exercise was last asked of the student; None where the log does not tell."""
    if not book.log.exists:
        return None
    runs = {event.body.run: event.body for event in book.log.of_class() if isinstance(event.body, RunBegun)}
    graded = [event.body for event in book.log.all(student) if isinstance(event.body, WorkGraded)]
    return next((runs.get(body.run) for body in reversed(graded) if exercise in body.exercises), None)


def work_of(book: Gradebook, student: str, course: Path | None, submissions: Path | None) -> Work:
    """Finds what the student has handed in. Raises `UsageError` where course or submissions are not there."""
    if course is None:
        raise UsageError("There is no course here. Go to its folder, or say --course FOLDER.")
    source = submissions or where_submissions_lay(book)
    policy = book.policy
    people = Roster(tuple(book.students().values()))
    there = intake(source, roster=people if people.students else None, assignment=policy.assignment if policy else None)
    found = [each for each in with_mappings(there.handed_in, book.named_files()) if each.student == student]
    if not found or not found[0].parts:
        raise UsageError(f"{source} holds nothing of {student}. Say --submissions FOLDER.")
    return Work(read_course(course), found[0], book.known(student).digest)


def where_submissions_lay(book: Gradebook) -> Path:
    """What the last run has read. Raises `UsageError` where that is not known, or not there any more."""
    runs = [event.body for event in book.log.of_class() if isinstance(event.body, RunBegun)] if book.log.exists else []
    source = next((Path(run.source) for run in reversed(runs) if run.source), None)
    if source is None:
        raise UsageError("The log does not say where the submissions lay. Say --submissions FOLDER.")
    if not source.exists():
        raise UsageError(f"{source} is not there any more. Say --submissions FOLDER.")
    return source


def ask_again(book: Gradebook, work: Work, exercises: Sequence[str], out: Path, trust: bool) -> Rerun:
    """Asks these exercises once more, as the last run asked them. Nothing is written into the gradebook."""
    run = book.last_run()
    topics = list(dict.fromkeys(map(topic_of, exercises)))
    with _folder(out) as folder, TemporaryDirectory() as scratch:
        keys = Keys(work.course, book.seed, folder)
        key = within(keys.completed(keys.kept(topics), topics), {})
        key = on_device(of_dtype(key, run.dtype) if run.dtype else key, "cpu")
        every = replace(key, exercises=tuple(each for each in key.exercises if each.id in run.exercises))
        file = Path(scratch, "class.key")  # not in the run's folder: somebody may be grading with the key there
        save_privately(every, file)
        plan = GradingPlan(file, Limits(**run.limits), trust, functions=every.functions)
        task = Task(work.handed_in, work.digest, frozenset(exercises))
        [graded] = list(grade(plan, [task]))
    notes = []
    if graded.digest != work.digest:
        notes.append("What lies there is not what was graded: its digest is another, so this is of other work.")
    if run.device != "cpu":
        notes.append(f"It was recorded on {run.device}, and is asked on the CPU now.")
    if others := [f"{name} {version}" for name, version in run.versions.items() if versions().get(name) != version]:
        notes.append(f"It was recorded with other versions: {', '.join(others)}.")
    results = graded.result.exercises if graded.result else ()
    return Rerun({each.id: each for each in results}, tuple(notes))


@contextmanager
def _folder(out: Path) -> Iterator[Path]:
    """The keys of the run; a folder of its own where they may not be read."""
    kept = out / KEYS
    if kept.is_dir():
        yield private(kept)
        return
    with TemporaryDirectory() as scratch:
        yield private(Path(scratch))


def lines_of(work: Work, exercise: str, marked: Collection[int]) -> list[str]:
    """The student's function with the numbers of its lines, an arrow at those in question.

    It is read in another process: no file of a student's is opened where the marks are kept.
    """
    topic = topic_of(exercise)
    functions = {topic: work.course.topic(topic).functions}
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_lines, work.handed_in, functions, exercise, frozenset(marked)).result()


def _lines(one: HandedIn, functions: Functions, exercise: str, marked: Collection[int]) -> list[str]:
    submission = read_handed_in(one, functions)
    source = submission.modules.get(topic_of(exercise))
    if source is None:
        return [f"{exercise}: there is no source ({submission.problem or 'its topic was not handed in'})"]
    try:
        node = function_named(source, function_of(exercise))
    except (SyntaxError, ValueError, RecursionError):
        node = None
    lines = source.splitlines()
    first, last = (node.lineno, node.end_lineno or node.lineno) if node else (1, len(lines))
    wanted = [n for n in range(1, len(lines) + 1) if first <= n <= last or n in marked]
    return [f"{exercise}:", *(f"{'→' if n in marked else ' '} {n:>4}  {lines[n - 1]}" for n in wanted)]
