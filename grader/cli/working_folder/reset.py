"""What d2l-check reset does: puts stubs back, and keeps the code that stood there."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.working_folder.wanted import exercise_of, key_here
from grader.intake.files import source_text
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.workspace.progress import read_progress, write_progress
from grader.workspace.stub_source import put_back

KEPT = "reset"
DONE = 0


def reset_one(folder: Path, name: str) -> int:
    """Puts one stub back."""
    key = key_here(folder)
    click.echo(reset_exercise(folder, key, exercise_of(key, name)))
    return DONE


def reset_all(folder: Path) -> int:
    """Puts every stub back, topic by topic, in the files that are there."""
    key = key_here(folder)
    for exercise in key.exercises:
        if (folder / f"{exercise.topic}.py").is_file():
            click.echo(reset_exercise(folder, key, exercise))
    return DONE


def reset_exercise(folder: Path, key: AnswerKey, exercise: ExerciseKey) -> str:
    """Puts one stub back; a sentence that says so, and where the old code is. Raises `UsageError` where it cannot."""
    file = folder / f"{exercise.topic}.py"
    if not file.is_file():
        raise UsageError(f"There is no {file.name} here. Begin it: d2l-check init {exercise.topic}.")
    try:
        back = put_back(_text(file), key.stubs[exercise.topic], exercise.function)
    except SyntaxError as error:
        raise UsageError(
            f"{file.name} cannot be read (line {error.lineno}), so nobody knows where {exercise.function} ends. "
            "Repair that line first, or move the file away and run d2l-check init."
        ) from None
    except KeyError:
        raise UsageError(f"The key holds no stub of {exercise.id}. Take it from your kit.") from None
    kept = _kept(folder, exercise, back.old)
    file.write_text(back.source, encoding="utf-8")
    write_progress(folder, read_progress(folder).without(exercise.id))
    had = f"; what you had is in {kept.relative_to(folder)}" if kept else ""
    return f"{exercise.id} begins again{had}."


def _text(file: Path) -> str:
    return source_text(file.read_bytes())


def _kept(folder: Path, exercise: ExerciseKey, old: str) -> Path | None:
    """Keeps the old code in a file of its own, numbered, so that nothing is ever lost."""
    if not old:
        return None
    (folder / KEPT).mkdir(exist_ok=True)
    number = 1
    while (path := folder / KEPT / f"{exercise.id}.{number}.py").exists():
        number += 1
    path.write_text(old, encoding="utf-8")
    return path
