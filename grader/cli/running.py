"""What d2l-grade run does: read the class, make the key, grade, write."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from grader.adapt import of_dtype, on_device
from grader.cli.common import plain_output
from grader.cli.device import resolved
from grader.cli.making import made_key
from grader.course import read_course
from grader.errors import UsageError
from grader.grading import Plan, grade
from grader.key import AnswerKey, save_key
from grader.nbgrader.vault import known_seed
from grader.report.feedback import feedback_name, to_feedback_html, to_feedback_text
from grader.report.page import to_html
from grader.report.results import to_json
from grader.report.summary import class_summary
from grader.report.table import to_csv
from grader.sandbox.limits import Limits
from grader.sandbox.session import Sandbox
from grader.submission import Submission, read_class
from grader.verdict import ClassResults, SubmissionResult


@dataclass(frozen=True)
class Options:
    """The command line of a run."""

    out: Path
    topics: tuple[str, ...]
    seed: int
    jobs: int
    device: str
    dtype: str | None
    limits: Limits
    trust: bool

    @staticmethod
    def of(given: Mapping[str, object]) -> Options:
        """From click's parameters."""
        names = ("question_seconds", "submission_seconds", "memory_mb")
        set_limits = {name: given[name] for name in names if given[name] is not None}
        seed = given["seed"] if given["seed"] is not None else secrets.randbits(48)
        return Options(
            out=Path(str(given["out"])),
            topics=tuple(name.strip() for name in str(given["topics"] or "").split(",") if name.strip()),
            seed=int(str(seed)),
            jobs=int(str(given["jobs"])),
            device=str(given["device"]),
            dtype=str(given["dtype"]) if given["dtype"] else None,
            limits=Limits(**set_limits),  # type: ignore[arg-type]
            trust=bool(given["trust_submissions"]),
        )


class Rate(ProgressColumn):
    """Submissions per second, or per minute where that reads better."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{60 * speed:.0f}/min", style="dim")


def class_folder(folder: Path) -> Path:
    """The folder that holds a folder per student: of a course of nbgrader's, what it has collected."""
    collected = folder / "submitted"
    is_course = any((folder / f"nbgrader_config.{ending}").is_file() for ending in ("py", "json"))
    return collected if is_course and collected.is_dir() else folder


def kept_seed(folder: Path) -> int | None:
    """The seed that a course of nbgrader's keeps, so that a regrade asks the same questions."""
    return next((seed for each in (folder, folder.parent) if (seed := known_seed(each)) is not None), None)


def grade_folder(folder: Path, course_folder: Path, options: Options) -> None:
    """Grades the class in a folder and writes everything that people read."""
    course = read_course(course_folder)
    topics = options.topics or tuple(topic.name for topic in course.topics)
    submissions = read_class(folder, tuple(course.topic(name).name for name in topics))
    _writable(options.out)
    started = time.monotonic()
    key = made_key(course, topics, options.seed, options.jobs)
    key = of_dtype(key, options.dtype) if options.dtype else key
    device, layers, results = _graded(key, submissions, options)
    from grader.cli.grade import versions

    graded = ClassResults(
        key.course, key.title, options.seed, device, layers, versions(), results, time.monotonic() - started
    )
    Console(highlight=False).print(
        class_summary(graded, files=write_reports(graded, options.out), ascii=plain_output())
    )


def _writable(out: Path) -> None:
    try:
        (out / "feedback").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}. Choose another folder with -o.") from None


def _graded(
    key: AnswerKey, submissions: Sequence[Submission], options: Options
) -> tuple[str, tuple[str, ...], tuple[SubmissionResult, ...]]:
    with TemporaryDirectory() as scratch:
        path = Path(scratch, "class.key")
        plan = Plan(path, options.limits, options.trust, options.jobs)
        with Sandbox.start(options.limits, trust=options.trust) as sandbox:
            device, layers = resolved(options.device, sandbox), sandbox.layers
        save_key(on_device(key, device), path)
        done: dict[int, SubmissionResult] = {}
        columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("grading", total=len(submissions))
            for place, result in grade(plan, submissions):
                done[place] = result
                bar.advance(task)
    return device, layers, tuple(done[place] for place in range(len(submissions)))


def write_reports(results: ClassResults, out: Path) -> dict[str, str]:
    """Writes everything that people read; what each file is called and where it lies."""
    (out / "results.json").write_text(to_json(results), encoding="utf-8")
    (out / "grades.csv").write_text(to_csv(results), encoding="utf-8", newline="")
    (out / "report.html").write_text(to_html(results), encoding="utf-8")
    for submission in results.submissions:
        stem = out / "feedback" / feedback_name(submission.student)
        _append(stem, ".html").write_text(to_feedback_html(submission, results.title), encoding="utf-8")
        _append(stem, ".md").write_text(to_feedback_text(submission, results.title), encoding="utf-8")
    names = {"Report": "report.html", "Marks": "grades.csv", "Results": "results.json", "Feedback": "feedback"}
    return {title: str(out / name) for title, name in names.items()}


def _append(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)  # a student's name may hold a dot: with_suffix would cut it
