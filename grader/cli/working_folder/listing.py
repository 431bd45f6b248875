"""What d2l-check list does: every exercise, how far one is, and what comes next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from grader.cli.checker import read_workspace
from grader.cli.common import plain_output
from grader.cli.working_folder.wanted import key_here
from grader.intake.submission import Submission
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.report.terminal_text import print_lines
from grader.report.wording import number
from grader.workspace.progress import FolderProgress, Tried, read_progress
from grader.workspace.used_source import digest_of

LISTED = 0
SIGNS = {"done": "✓", "changed": "~", "begun": "✗", "open": "–"}
WORDS = {"done": "done", "changed": "changed since it was checked", "begun": "begun", "open": "not written yet"}
STYLES = {"done": "green", "changed": "yellow", "begun": "red", "open": "dim"}


def print_list(folder: Path, words: Sequence[str], as_json: bool) -> int:
    """Prints the exercises in whose ids one of the words stands."""
    key, progress = key_here(folder), read_progress(folder)
    here = read_workspace(folder, key.topics)
    chosen = [each for each in key.exercises if not words or any(word in each.id for word in words)]
    states = {each.id: _state(each, progress, here) for each in chosen}
    if as_json:
        click.echo(json.dumps([_plain(each, states[each.id], progress.of(each.id)) for each in chosen], indent=1))
        return LISTED
    print_lines(Console(highlight=False), _lines(chosen, states, progress, key), plain_output())
    return LISTED


def _state(exercise: ExerciseKey, progress: FolderProgress, here: Submission) -> str:
    """done, begun, changed (since it was checked), or open."""
    source, known = here.sources.get(exercise.topic), progress.of(exercise.id)
    if source is None or not known.digest:
        return "open"
    if digest_of(source, exercise.function) != known.digest:
        return "changed"
    return "done" if known.passed else "begun"


def _plain(exercise: ExerciseKey, state: str, tried: Tried) -> dict[str, object]:
    about = {"id": exercise.id, "points": exercise.points, "state": state, "needs": list(exercise.needs)}
    known = asdict(tried)
    return about | {name: known[name] for name in ("tries", "solved")}


def _lines(
    chosen: Sequence[ExerciseKey], states: dict[str, str], progress: FolderProgress, key: AnswerKey
) -> Iterator[Text]:
    following = next((each.id for each in chosen if states[each.id] != "done"), "")
    longest = max((len(each.function) for each in chosen), default=0)
    for topic, group in groupby(chosen, key=lambda each: each.topic):
        exercises = list(group)
        done = sum(states[each.id] == "done" for each in exercises)
        yield Text.assemble((topic, "bold"), (f"   {done} of {len(exercises)} done", "dim"))
        for exercise in exercises:
            yield _line(exercise, states[exercise.id], progress.of(exercise.id), longest, exercise.id == following)
    if not chosen:
        yield Text("No exercise has that in its name.")
    elif following:
        yield Text.assemble("Next: ", (f"d2l-check {following}", "bold cyan"))
    else:
        yield Text("All done.", style="green")


def _line(exercise: ExerciseKey, state: str, tried: Tried, longest: int, following: bool) -> Text:
    said = [WORDS[state]]
    if tried.solved and state == "done":
        said = [f"solved {tried.solved[:10]}, at try {tried.tries}"]
    elif tried.tries:
        said.append(f"{tried.tries} {'try' if tried.tries == 1 else 'tries'}")
    if exercise.needs:
        said.append(f"builds on {', '.join(each.removeprefix(f'{exercise.topic}.') for each in exercise.needs)}")
    mark = "→" if following else " "
    points = f"{number(exercise.points):>3}"
    return Text.assemble(
        f" {mark} ",
        (SIGNS[state], STYLES[state]),
        f" {exercise.function.ljust(longest)} {points}  ",
        (", ".join(said), "dim"),
    )
