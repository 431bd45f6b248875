"""What d2l-check plot does: draws one's own answers beside the right ones, into files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from grader.cli.checker import read_workspace
from grader.cli.common import needs_extra
from grader.cli.working_folder.wanted import exercise_of, key_here
from grader.grading.pictures import asked_for, nothing, require_pictures
from grader.grading.source_state import is_unwritten
from grader.intake.submission import Submission
from grader.model.keys.key import ExerciseKey
from grader.model.question import Answer, Question
from grader.report.plotting import DrawnSeries, png_of
from grader.sandbox.session import Sandbox

FOLDER = "plots"
DRAWN = 0


def print_plots(folder: Path, name: str | None, out: Path | None, open_it: bool) -> int:
    """Writes a file for each picture of the exercise, and says where; without a name, which exercises have pictures."""
    key = key_here(folder)
    if name is None:
        for exercise in key.exercises:
            for picture in exercise.pictures:
                click.echo(f"{exercise.id:36} {picture.title}")
        return DRAWN
    exercise = exercise_of(key, name)
    pictures = require_pictures(key, exercise)
    needs_extra("plot", lambda: __import__("matplotlib"))
    into = out or folder / FOLDER
    into.mkdir(parents=True, exist_ok=True)
    workspace = read_workspace(folder, [exercise.topic])
    unwritten = is_unwritten(exercise.function, workspace.sources.get(exercise.topic, ""))
    with Sandbox.start(trust=True) as sandbox:
        for picture in pictures:
            ask = nothing if unwritten else partial(_answers, sandbox, workspace, exercise)
            drawn = asked_for(picture, exercise, ask)
            file = into / f"{exercise.id}.{picture.name}.png"
            file.write_bytes(png_of(picture, drawn))
            for line in (*missing(exercise, drawn), f"{picture.title} {file}"):
                click.echo(line)
            if open_it:
                click.launch(str(file))
    return DRAWN


def missing(exercise: ExerciseKey, drawn: Sequence[DrawnSeries]) -> list[str]:
    """A line for each series of which only what is right could be drawn."""
    whys = dict.fromkeys(each.why for each in drawn if each.yours is None)
    return [f"{exercise.function}: {why}; so only what is right is drawn." for why in whys]


def _answers(
    sandbox: Sandbox, workspace: Submission, exercise: ExerciseKey, questions: Sequence[Question]
) -> Sequence[Answer]:
    with sandbox.submission(workspace.modules, modules=workspace.importable) as child:
        return child.ask(exercise.topic, questions, exercise.limits)
