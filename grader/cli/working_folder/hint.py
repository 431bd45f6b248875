"""What d2l-check hint does: checks one exercise, and says one step more about it each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.cli.checker import read_workspace
from grader.cli.common import plain_output
from grader.cli.working_folder.wanted import exercise_of, key_here, open_here
from grader.grading.examine import examine
from grader.grading.selection import has_topic
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.result import ExerciseResult, Verdict
from grader.report.exercise_terminal import exercise_lines
from grader.report.hints import BEGIN, TRY_SMALL, has_a_sentence_of_its_own, hint_steps
from grader.report.terminal_text import print_lines, wrapped
from grader.sandbox.session import Sandbox
from grader.workspace.progress import FolderProgress, read_progress, write_progress
from grader.workspace.used_source import digest_of

SAID = 0


def print_hint(folder: Path, name: str | None) -> int:
    """Prints the check of the exercise, and as many steps as were asked for so far, and one more."""
    key = key_here(folder)
    progress = read_progress(folder)
    exercise = exercise_of(key, name) if name else _next(folder, key, progress)
    result, digest = _checked(folder, key, exercise)
    console = Console(highlight=False)
    ascii = plain_output()
    print_lines(
        console, exercise_lines(result, width=console.width, ascii=ascii, window=True), ascii=False
    )  # spelt already
    said = _steps_said(result, key, progress, digest)
    for text in _beyond_the_idea(result, key, said):
        print_lines(console, wrapped(Text(f"  {text}", style="cyan"), console.width, 2), ascii)
    if result.verdict is not Verdict.MISSING:  # nothing is begun by asking
        write_progress(folder, progress.with_hints(result.id, said, digest))
    return SAID


def _next(folder: Path, key: AnswerKey, progress: FolderProgress) -> ExerciseKey:
    """The first exercise of the files here that is not done."""
    here = [each for each in key.exercises if has_topic(folder, each.topic)]
    return (open_here(folder, here, progress) or here or list(key.exercises))[0]


def _checked(folder: Path, key: AnswerKey, exercise: ExerciseKey) -> tuple[ExerciseResult, str]:
    only = replace(key, exercises=(exercise,))
    submission = read_workspace(folder, [exercise.topic])
    with Sandbox.start(trust=True) as sandbox:
        (result,) = examine(only, submission, sandbox).exercises
    return result, digest_of(submission.sources.get(exercise.topic, ""), exercise.function)


def _steps_said(result: ExerciseResult, key: AnswerKey, progress: FolderProgress, digest: str) -> int:
    """How many steps are said now: one more than were said of this very code."""
    known = progress.of(result.id)
    steps = len(hint_steps(result, key.sections.get(result.id, {})))
    return min(steps, 1 + (known.hints if known.digest == digest else 0))


def _beyond_the_idea(result: ExerciseResult, key: AnswerKey, said: int) -> list[str]:
    if result.passed:
        return ["It passes: there is nothing to hint at."]
    steps = hint_steps(result, key.sections.get(result.id, {}))
    if result.verdict is Verdict.MISSING:
        return [*steps[-1:], BEGIN]
    shown = list(steps[:said])
    if not result.hints and not has_a_sentence_of_its_own(result):
        shown.insert(0, f"No mistake that is known here fits this answer. {TRY_SMALL}")
    more = len(steps) - said
    return [*shown, "Ask again for the next step." if more else "That is all that is known here."]
