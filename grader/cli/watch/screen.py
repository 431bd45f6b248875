"""What stands on the screen while one works: the exercise in focus, what came of it, and the keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from grader.cli.watch.desk import Desk
from grader.model.keys.key import ExerciseKey
from grader.model.result import Verdict
from grader.report.exercise_terminal import exercise_lines, to_do
from grader.report.terminal_text import wrapped
from grader.workspace.stub_source import task_of

KEYS = "n next  p previous  l list  h hint  e edit  a all  r reset  q quit"
JOYS = ("Well done!", "That is it!", "Solved!", "Right, and in every case!")


def screen(desk: Desk, stubs: str, steps: Sequence[str], width: int, with_keys: bool, said: str = "") -> Iterator[Text]:
    """The lines of the screen. steps: the hints that were asked for. said: an answer to the last key."""
    if desk.solved:
        yield Text(f"✓ {desk.solved} passes. {JOYS[len(desk.solved) % len(JOYS)]}", style="bold green")
        yield Text()
    exercise, result = desk.exercise, desk.result
    yield from _head(desk, stubs, width)
    yield Text()
    if result is not None:
        yield from exercise_lines(result, width=width, window=True)
        if result.verdict is Verdict.MISSING:
            task = to_do(result)
            yield from wrapped(Text(f"  {task[0].upper()}{task[1:]} in {exercise.topic}.py and save."), width, 2)
        for step in steps:
            yield from wrapped(Text(f"  {step}", style="cyan"), width, 2)
    if said:
        yield Text()
        yield from (line for part in said.splitlines() for line in wrapped(Text(part), width, 2))
    yield Text()
    yield from wrapped(Text(KEYS if with_keys else "Save a file to check it again, Ctrl-C to stop.", "dim"), width, 0)


def _head(desk: Desk, stubs: str, width: int) -> Iterator[Text]:
    exercise = desk.exercise
    passed = sum(desk.passes(each.id) for each in desk.exercises)
    place = f"   {desk.focus + 1} of {len(desk.exercises)}, {passed} passed"
    yield from wrapped(Text.assemble((exercise.id, "bold"), (place, "dim")), width, 2)
    if task := task_of(stubs, exercise.function):
        yield from wrapped(Text(task), width, 2)


def list_lines(desk: Desk) -> Iterator[str]:
    """Every exercise with a sign: ✓ passed, ✗ not yet right, – not written or not known."""
    for place, each in enumerate(desk.exercises):
        known = desk.checked.get(each.id)
        sign = "✓" if desk.passes(each.id) else "–" if known is None or known.verdict is Verdict.MISSING else "✗"
        yield f"{'→' if place == desk.focus else ' '} {sign} {each.id}"


def line_of(source: str, function: str) -> int:
    """The line in which a function begins, from 1; 1 where it is not there."""
    lines: Sequence[str] = source.splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith(f"def {function}(")), 1)


def file_of(folder: Path, exercise: ExerciseKey) -> Path:
    """The student's file: the module or, where there is none, the notebook."""
    module = folder / f"{exercise.topic}.py"
    notebook = module.with_suffix(".ipynb")
    return notebook if notebook.exists() and not module.exists() else module
