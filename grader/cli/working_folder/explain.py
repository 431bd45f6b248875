"""What d2l-check explain does: a known mistake in full, with an example in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.cli.common import plain_output
from grader.cli.working_folder.wanted import key_here
from grader.course.course import unknown
from grader.judging.formatting import call_text, value_text
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, Entry, ExerciseKey
from grader.model.value import Array, leaves
from grader.report.terminal_text import print_lines, wrapped

SAID = 0


def print_explanation(folder: Path, name: str) -> int:
    """Prints what is known of the mistake."""
    exercise, mistake = _found(key_here(folder), name)
    console, ascii = Console(highlight=False), plain_output()
    for text in _lines(exercise, mistake):
        print_lines(console, wrapped(Text(text), console.width, 4), ascii)
    return SAID


def _found(key: AnswerKey, name: str) -> tuple[ExerciseKey, str]:
    """The exercise that knows this mistake: `overflowing`, or `softmax.softmax.overflowing` where several do."""
    known = [(exercise, mistake) for exercise in key.exercises for mistake in exercise.hints]
    found = [each for each in known if name in (each[1], f"{each[0].id}.{each[1]}")]
    if not found and any(name in (exercise.id, exercise.function) for exercise in key.exercises):
        raise UsageError(f"{name} is an exercise. d2l-check hint {name} says what the mistakes in it are called.")
    if not found:
        raise UsageError(unknown("mistake", name, dict.fromkeys(mistake for _, mistake in known)))
    if len(found) > 1:
        whole = ", ".join(f"{exercise.id}.{mistake}" for exercise, mistake in found)
        raise UsageError(f"Several exercises know a mistake {name}. Say which: {whole}.")
    return found[0]


def _lines(exercise: ExerciseKey, mistake: str) -> Iterator[str]:
    yield f"{mistake.replace('_', ' ').capitalize()} ({exercise.id})"
    yield f"  {exercise.hints[mistake]}"
    if line := exercise.lines.get(mistake):
        yield f"  {line}"
    example = _example(exercise, mistake)
    if example:
        entry, path = example
        truth = next(each.truth for each in entry.expected if each.path == path)
        place = path.removeprefix("value")
        yield ""
        yield f"  {call_text(exercise, entry.question)}"
        yield f"  should give{place and f' in answer{place}'}   {value_text(truth)}"
        yield f"  with it{place and f' in answer{place}'}       {value_text(entry.mistakes[mistake].leaves[path])}"


def _example(exercise: ExerciseKey, mistake: str) -> tuple[Entry, str] | None:
    """The smallest shown call in which the mistake gives another number, and where in its answer."""
    places = [
        (entry, path)
        for entry in exercise.entries
        if entry.shown and entry.purpose == "value" and entry.dtype in (None, "float32") and mistake in entry.mistakes
        for path in entry.mistakes[mistake].leaves
        if path.startswith("value") and any(each.path == path and not each.random for each in entry.expected)
    ]
    return min(places, key=lambda place: _size(place[0]), default=None)


def _size(entry: Entry) -> int:
    return sum(len(leaf.data) for _, leaf in leaves(entry.question.named) if isinstance(leaf, Array))
