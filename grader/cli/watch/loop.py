"""Waits for a save or a key, does what it asks for, and draws the screen."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from grader.cli.watch.desk import Desk, code_of
from grader.cli.watch.keyboard import Keyboard
from grader.cli.watch.saves import Saves
from grader.cli.watch.screen import file_of, line_of, list_lines, screen
from grader.intake.submission import Submission
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.result import ExerciseResult, Verdict
from grader.report.hints import BEGIN, hint_steps
from grader.report.terminal_text import print_lines
from grader.workspace.progress import read_progress

TICK_SECONDS = 0.02
LOOK_SECONDS = 1.0
"""How often the files are looked at where no event arrives."""


@dataclass(frozen=True)
class Workshop:
    """What the loop works with: where the files are, how to read and ask them, how to put a stub back.

    ask: checks one exercise and remembers the result. plain: nothing moves on the screen, and no sign says it alone.
    """

    folder: Path
    key: AnswerKey
    read: Callable[[], Submission]
    ask: Callable[[ExerciseKey, Submission], ExerciseResult]
    reset: Callable[[ExerciseKey], str]
    console: Console
    ascii: bool = False
    plain: bool = False


@dataclass(frozen=True)
class WatchState:
    """The desk, how many steps of hints were asked for, an answer to the last key, and whose reset waits for a yes."""

    desk: Desk
    hints: int = 0
    said: str = ""
    unsure: str = ""


def watch(shop: Workshop, names: Sequence[str]) -> int:
    """Goes on until q, or Ctrl-C. Gives 0 where every exercise that was checked passes."""
    here = shop.read()
    state = WatchState(_at_the_first_open(shop, here).with_result(here, shop.ask))
    with Keyboard() as keyboard, Saves(shop.folder, names) as saves:
        _draw(shop, keyboard, state)
        looked = time.monotonic()
        while True:
            key = keyboard.pressed(TICK_SECONDS) if keyboard.is_there else _pause()
            if key == "q":
                return 0 if all(result.passed for result in state.desk.checked.values()) else 1
            if key:
                state = _after_a_key(shop, keyboard, state, key)
                _draw(shop, keyboard, state)
            if saves.happened.is_set() or time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                if saves.changed():
                    state = _after_a_save(shop, state)
                    _draw(shop, keyboard, state)


def _pause() -> str:
    time.sleep(TICK_SECONDS)
    return ""


def _at_the_first_open(shop: Workshop, here: Submission) -> Desk:
    known = read_progress(shop.folder)
    exercises = shop.key.exercises
    code = code_of(exercises, here)
    passed = {each.id: known.of(each.id).digest for each in exercises if known.of(each.id).passed}
    remembered = frozenset(id for id, digest in passed.items() if digest == code[id])
    focus = next((place for place, each in enumerate(exercises) if each.id not in passed), 0)
    return Desk(exercises, code, focus, remembered=remembered)


def _after_a_save(shop: Workshop, state: WatchState) -> WatchState:
    """What was said last stays where no code has changed: a reset saves the file, too."""
    here = shop.read()
    desk = state.desk.after_a_save(here, shop.ask).with_result(here, shop.ask)
    return replace(state, desk=desk) if desk.code == state.desk.code else WatchState(desk)


def _after_a_key(shop: Workshop, keyboard: Keyboard, state: WatchState, key: str) -> WatchState:
    desk, here = state.desk, shop.read()
    match key:
        case "n" | "p":
            return WatchState(desk.seeing(here).at(desk.focus + (1 if key == "n" else -1)).with_result(here, shop.ask))
        case "a":
            checked = desk.seeing(here).with_all(here, shop.ask)
            return WatchState(checked, said="\n".join(list_lines(checked)))
        case "l":
            return replace(state, said="\n".join(list_lines(desk)), unsure="")
        case "h":
            return _with_hint(shop, state)
        case "e":
            return replace(state, said=_edit(shop, keyboard, desk.exercise, here), unsure="")
        case "r":
            return _reset(shop, state)
    return replace(state, said=f"{key!r} is no key here." if key.isprintable() else "", unsure="")


def _steps(shop: Workshop, desk: Desk) -> tuple[str, ...]:
    """All that there is to ask for beyond what stands on the screen."""
    return hint_steps(desk.result, shop.key.sections.get(desk.exercise.id, {})) if desk.result else ()


def _with_hint(shop: Workshop, state: WatchState) -> WatchState:
    steps, result = _steps(shop, state.desk), state.desk.result
    if result is not None and result.passed:
        return replace(state, said="It passes: there is nothing to hint at.", unsure="")
    more = state.hints + 1 < len(steps)
    said = "" if more else BEGIN if result and result.verdict is Verdict.MISSING else "That is all that is known here."
    return replace(state, hints=min(state.hints + 1, len(steps)), said=said, unsure="")


def _reset(shop: Workshop, state: WatchState) -> WatchState:
    exercise = state.desk.exercise
    if state.unsure != exercise.id:
        return replace(state, said=f"Press r again to put the stub of {exercise.id} back.", unsure=exercise.id)
    try:
        said = shop.reset(exercise)
    except UsageError as error:
        said = str(error)
    here = shop.read()
    return WatchState(state.desk.seeing(here).with_result(here, shop.ask), said=said)


def _edit(shop: Workshop, keyboard: Keyboard, exercise: ExerciseKey, here: Submission) -> str:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        return "Set the variable EDITOR to your editor's command, for instance EDITOR=vim."
    line = line_of(here.sources.get(exercise.topic, ""), exercise.function)
    try:
        with keyboard.lent():
            subprocess.run([*shlex.split(editor), f"+{line}", str(file_of(shop.folder, exercise))], check=False)
    except OSError as error:
        return f"{editor} does not start: {error.strerror}."
    return ""


def _draw(shop: Workshop, keyboard: Keyboard, state: WatchState) -> None:
    console, exercise = shop.console, state.desk.exercise
    if not shop.plain:
        console.clear()
    steps = _steps(shop, state.desk)[: state.hints]
    stubs = shop.key.stubs.get(exercise.topic, "")
    lines = screen(state.desk, stubs, steps, console.width, keyboard.is_there, state.said)
    print_lines(console, lines, shop.ascii)
