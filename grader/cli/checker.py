"""What d2l-check does once its sandbox is on its way: read, ask, judge, print."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from shlex import quote
from types import MappingProxyType
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from grader.cli.common import plain_output, workspace_of
from grader.cli.working_folder.wanted import key_here, open_here
from grader.grading.examine import examine
from grader.grading.repairs import StudentCode, with_repair_first
from grader.grading.selection import files_of, part_of
from grader.intake.files import MAX_BYTES, MAX_NOTEBOOK_BYTES, Unreadable, regular_bytes
from grader.intake.notebook import NotANotebook, Notebook, read_code
from grader.intake.own_modules import file_of, in_folder, not_installed, own_modules
from grader.intake.submission import Submission
from grader.model.errors import UsageError
from grader.model.exercise_id import function_of, topic_of
from grader.model.keys.key import Entry, ExerciseKey
from grader.model.keys.key_file import load_key
from grader.model.keys.key_variants import of_dtype, on_device
from grader.model.result import CheckResult, ClassResults, ExerciseResult, SubmissionResult, Verdict
from grader.report.exercise_terminal import command_of, exercise_lines, next_step, shared_lines, topic_summary
from grader.report.results_json import to_json
from grader.report.student_view import shared_fact
from grader.sandbox.device import resolved
from grader.sandbox.session import Sandbox
from grader.version import __version__
from grader.workspace.progress import read_progress, write_progress
from grader.workspace.used_source import digest_of

if TYPE_CHECKING:
    from grader.model.target import Target

FAILED = 1


class Checker:
    """One invocation: what was asked for, and where answers come from."""

    def __init__(
        self,
        sandbox: Sandbox,
        wishes: Sequence[Target],
        key_file: Path | None,
        device: str,
        dtype: str | None,
        plain: bool = False,
    ):
        self._sandbox = sandbox
        self._folder = wishes[0].folder
        if any(wish.folder != self._folder for wish in wishes):
            raise UsageError("Files of two folders cannot be checked together. Check one folder at a time.")
        whole = load_key(key_file) if key_file else key_here(self._folder)
        wanted = part_of(whole, wishes, self._folder)
        asked = {each.id for each in wanted.exercises}
        self._whole = whole.exercises
        self._others = [each for each in whole.exercises if each.id not in asked]
        self._files = files_of(whole, wishes)
        self._device = resolved(device, sandbox)
        self._key = on_device(of_dtype(wanted, dtype) if dtype else wanted, self._device)
        self._plain, self._ascii = plain, plain or plain_output()
        self._console = Console(highlight=False)

    def print_report(self) -> int:
        """Results for a person, topic by topic."""
        result = self._examined(progress=self._console.is_terminal)
        for line in self._lines(result):
            self._console.print(line, soft_wrap=True)
        return _code(result)

    def print_json(self) -> int:
        """Results for a program: schema 2, with one submission."""
        versions = {"d2l-grader": __version__}
        layers = self._sandbox.layers  # waits for torch, whose start is not the time of an exercise
        started = time.monotonic()
        result, key = self._examined(progress=False), self._key
        seconds = time.monotonic() - started
        results = ClassResults(key.course, key.title, self._device, layers, versions, (result,), seconds)
        click.echo(to_json(results))
        return _code(result)

    def watch(self) -> int:
        """Checks what one works on whenever it is saved, until q or Ctrl-C. The zygote stays warm."""
        from grader.cli.watch.loop import Workshop, watch
        from grader.cli.working_folder.reset import reset_exercise

        names = {f"{topic}{ending}" for topic in self._key.topics for ending in (".py", ".ipynb")}
        names |= {file.name for file in self._files.values()}
        shop = Workshop(
            self._folder,
            self._key,
            read=lambda: read_workspace(self._folder, self._key.topics, self._files),
            ask=self._asked,
            reset=lambda exercise: reset_exercise(self._folder, self._key, exercise),
            console=self._console,
            ascii=self._ascii,
            plain=self._plain,
        )
        return watch(shop, sorted(names))

    def _asked(self, exercise: ExerciseKey, submission: Submission) -> ExerciseResult:
        """One exercise of what was read; it is remembered as after any check."""
        part = replace(self._key, exercises=(exercise,))
        result = self._with_repairs(examine(part, submission, self._sandbox), submission)
        self._remember(result, submission)
        return result.exercises[0]

    def _examined(self, *, progress: bool) -> SubmissionResult:
        submission = read_workspace(self._folder, self._key.topics, self._files)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True, disable=not progress) as bar:
            task = bar.add_task("Checking", total=len(self._key.exercises))
            result = examine(self._key, submission, self._sandbox, lambda _: bar.advance(task))
            result = self._with_repairs(result, submission)
        self._remember(result, submission)
        return result

    def _with_repairs(self, result: SubmissionResult, submission: Submission) -> SubmissionResult:
        """The same result, which also says what to repair first where nobody asked for that: it is tried, not shown."""
        asked = {exercise.id for exercise in result.exercises}
        beside = {each.id: each for each in self._whole if each.id not in asked and each.topic in self._key.topics}
        names = {(topic_of(id), function_of(id)): id for id in (*asked, *beside)}
        code = StudentCode(submission.readable, names, submission.notebooks)
        called = {id for exercise in result.exercises if exercise.is_wrong for id in code.calls(exercise.id)}
        tried = tuple(each for id, each in beside.items() if id in called)
        if not tried:
            return result
        others = examine(replace(self._key, exercises=tried), submission, self._sandbox).exercises
        failed = {exercise.id for exercise in (*result.exercises, *others) if exercise.is_wrong}
        in_order = [each.id for each in self._whole if each.id in failed]
        return replace(result, exercises=tuple(with_repair_first(each, code, in_order) for each in result.exercises))

    def _remember(self, result: SubmissionResult, submission: Submission) -> None:
        """Keeps what was tried and solved; not in a course, whose folder is no student's, and not for other devices."""
        if (self._folder / "course.toml").exists() or self._device != "cpu":
            return
        digests = (digest_of(submission.sources.get(each.topic, ""), each.function) for each in result.exercises)
        known = read_progress(self._folder)
        pairs = zip(result.exercises, digests, strict=True)
        write_progress(self._folder, known.with_results(pairs, datetime.now().astimezone()))

    def _lines(self, result: SubmissionResult) -> Iterator[object]:
        if result.status != "graded":
            yield f"Nothing was checked: {result.reason}."
            return
        width, widest = self._console.width, max(map(len, self._key.topics))
        for topic, group in groupby(result.exercises, key=lambda exercise: exercise.topic):
            exercises = list(group)
            longest = max(len(exercise.function) for exercise in exercises)
            shared = shared_fact(exercises)
            yield from shared_lines(shared, width=width, ascii=self._ascii) if shared else ()
            for exercise in exercises:
                yield from exercise_lines(
                    exercise,
                    width=width,
                    name_width=longest,
                    ascii=self._ascii,
                    brief=shared is not None,
                    window=len(result.exercises) == 1,
                )
                yield from self._printed(exercise)
            yield topic_summary(topic, exercises, name_width=widest, ascii=self._ascii)
            yield ""
        if result.reason:
            yield Text(f"{result.reason}.")
            yield ""
        yield next_step(result.exercises, self._command, following=self._following(), ascii=self._ascii)

    def _following(self) -> str:
        """The first exercise of the files here that was not asked for, and is not known to pass."""
        waiting = open_here(self._folder, self._others, read_progress(self._folder))
        return waiting[0].id if waiting else ""

    def _command(self, result: ExerciseResult) -> str:
        """What checks an exercise from where the user is."""
        if self._folder == workspace_of(Path.cwd()):
            return command_of(result)
        file = self._files.get(result.topic, self._folder / f"{result.topic}.py")
        return f"d2l-check {quote(os.path.relpath(file))}"

    def _printed(self, result: ExerciseResult) -> Iterator[object]:
        """What the exercise prints in the call that is shown, or in its first: asked once more, by itself.

        Never in a hidden one, which a key that is no kit's may hold.
        """
        if not self._sandbox.limits.printed_chars or result.verdict is Verdict.MISSING:
            return
        key = next(each for each in self._key.exercises if each.id == result.id)
        failure = result.first_failure
        places = [place for place, entry in enumerate(key.entries) if entry.shown]
        wanted = [place for place in places if failure and _is_of(failure, key.entries[place])] or places
        if not wanted:
            return
        workspace = read_workspace(self._folder, [key.topic], self._files)
        with self._sandbox.submission(workspace.modules, modules=workspace.importable) as child:
            child.ask(key.topic, [key.questions[wanted[0]]], key.limits)
        for line in child.printed.splitlines():
            yield Text(f"  {'|' if self._ascii else '│'} {line}", style="dim")


def _is_of(check: CheckResult, entry: Entry) -> bool:
    return entry.check == check.name and check.dtype in (entry.dtype, None)


def _code(result: SubmissionResult) -> int:
    return 0 if result.exercises and all(exercise.passed for exercise in result.exercises) else FAILED


def read_workspace(folder: Path, topics: Sequence[str], files: Mapping[str, Path] = MappingProxyType({})) -> Submission:
    """The student's own files in their folder, and what they import of it; files: those that were named, by topic."""
    sources: dict[str, str] = {}
    problems: dict[str, str] = {}
    notebooks: dict[str, Notebook] = {}
    notes = []
    for topic in topics:
        paths = [
            path for path in (folder / f"{topic}.py", folder / f"{topic}.ipynb") if path.exists() or path.is_symlink()
        ]
        if named := files.get(topic):
            paths = [named]
            if named.stem != topic:
                notes.append(f"{named.name} was checked as {topic}: hand it in as {topic}{named.suffix}")
        elif len(paths) == 2:
            notes.append(f"{topic}.py was checked; {topic}.ipynb lies beside it: hand in one of them")
        for path in paths[:1]:
            try:
                named_notebook = path.suffix == ".ipynb"
                data = regular_bytes(path.resolve(), MAX_NOTEBOOK_BYTES if named_notebook else MAX_BYTES)
                sources[topic], notebook = read_code(data, named_notebook)
                if notebook:
                    notebooks[topic] = notebook
            except (Unreadable, NotANotebook) as error:
                problems[topic] = f"{path.name} {error}"
    own = own_modules(sources.values(), not_installed(in_folder(folder)))
    own = {name: source for name, source in own.items() if name not in sources}
    notes += [f"Hand in {file_of(name, folder)} too: your files import it" for name in own]
    return Submission("you", sources, problems, notebooks=notebooks, notes=tuple(notes), own=own)
