"""Which exercises the doctor is asked about, and whatever it does with each of them, in several processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.cli.common import stopped_at_once
from grader.course.course import Course, unknown
from grader.keymaking.parallel import worker_pool
from grader.model.errors import UsageError

Examined = TypeVar("Examined")
Examine = Callable[[Path, str, str], Examined]


def topics_and_exercises(course: Course, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names of topics; and of exercises, as `topic.function` or, where it is clear, `function`."""
    every = [f"{topic.name}.{name}" for topic in course.topics for name in topic.functions]
    topics, single = [], []
    for name in names:
        exercises = [each for each in every if name in (each, each.partition(".")[2])]
        if any(topic.name == name for topic in course.topics):  # softmax is a topic, softmax.softmax an exercise
            topics.append(name)
        elif exercises:
            single += exercises
        else:
            raise UsageError(unknown("exercise", name, [*every, *(topic.name for topic in course.topics)]))
    return topics, single


def examined(course: Course, names: Sequence[str], jobs: int, examine: Examine[Examined]) -> Iterator[Examined]:
    """`examine` for these exercises and every one of these topics, or of all, in several processes, in book order.

    Each record comes as soon as those before it are there. What is printed meanwhile stands above the bar.
    """
    topics, single = topics_and_exercises(course, names or [topic.name for topic in course.topics])
    wanted = [(topic, name) for topic in topics for name in course.topic(topic).functions]
    wanted += [(topic, name) for topic, _, name in (each.partition(".") for each in single)]
    columns = (TextColumn("Examining"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    above = sys.stdout.isatty()  # else what is printed goes to a file, and would end up in the terminal instead
    with Progress(*columns, console=console, disable=not console.is_terminal, redirect_stdout=above) as bar:
        task = bar.add_task("examining", total=len(wanted))
        done: dict[int, Examined] = {}
        following = 0
        for place, record in _as_they_come(course.folder, wanted, jobs, examine):
            done[place] = record
            bar.advance(task)
            while following in done:
                yield done.pop(following)
                following += 1


def _as_they_come(
    folder: Path, wanted: Sequence[tuple[str, str]], jobs: int, examine: Examine[Examined]
) -> Iterator[tuple[int, Examined]]:
    """Place and record of each exercise, as they come. One alone needs no process of its own."""
    size = min(jobs, len(wanted))
    if size < 2:
        with stopped_at_once():
            yield from ((place, examine(folder, *exercise)) for place, exercise in enumerate(wanted))
        return
    with worker_pool(size) as pool:
        futures = {pool.submit(examine, folder, *exercise): place for place, exercise in enumerate(wanted)}
        for future in as_completed(futures):
            yield futures[future], future.result()
