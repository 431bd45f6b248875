"""Making keys from the command line, in parallel."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from grader.course.book import sections_of
from grader.course.course import Course, load_pages, read_course
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.sandbox.processes import end_with_parent

EXERCISES_PER_WORKER = 6


def made_key(course: Course, topics: Sequence[str], seed: int, jobs: int | None = None) -> AnswerKey:
    """The key of these topics (all of them if none is named), made by several processes where that pays."""
    wanted = [(topic.name, name) for topic in map(course.topic, topics or _names(course)) for name in topic.functions]
    size = min(jobs or os.cpu_count() or 1, 1 + len(wanted) // EXERCISES_PER_WORKER)
    with Console(stderr=True).status(f"Making the key of {len(wanted)} exercises…"):
        if size == 1:
            parts = [_exercise_key(course.folder, topic, name, seed) for topic, name in wanted]
        else:
            parts = _in_parallel(course, wanted, seed, size)
    limited = tuple(replace(part, limits=course.limits.exercises.get(part.id, {})) for part in parts)
    return whole_key(course, seed, limited)


def whole_key(course: Course, seed: int, exercises: tuple[ExerciseKey, ...]) -> AnswerKey:
    """The key of a course of which these exercises' keys are made."""
    names = {exercise.topic for exercise in exercises}
    topics = {topic.name: topic for topic in course.topics if topic.name in names}
    return AnswerKey(
        course.name,
        course.title,
        seed,
        exercises,
        course.limits.course,
        course.tf32,
        chapters={topic.name: place for place, topic in enumerate(course.topics) if topic.name in topics},
        stubs={name: topic.path.read_text(encoding="utf-8") for name, topic in topics.items()},
        sections={exercise.id: sections_of(course.books, _labels(exercise)) for exercise in exercises},
    )


def _labels(exercise: ExerciseKey) -> str | tuple[str, ...]:
    """One label for all books, or one for each."""
    return exercise.book[0] if len(exercise.book) == 1 else exercise.book


def _in_parallel(course: Course, wanted: Sequence[tuple[str, str]], seed: int, size: int) -> list[ExerciseKey]:
    with worker_pool(size) as pool:
        futures = [pool.submit(_exercise_key, course.folder, topic, name, seed) for topic, name in wanted]
        return [future.result() for future in futures]


def _names(course: Course) -> tuple[str, ...]:
    return tuple(topic.name for topic in course.topics)


def _exercise_key(folder: Path, topic: str, name: str, seed: int) -> ExerciseKey:
    import torch

    from grader.keymaking.keymaker import make_exercise_key

    torch.set_num_threads(1)  # the arrays are small, and several processes share the cores
    (page,) = load_pages(read_course(folder), [topic], [name])
    return make_exercise_key(page, seed)


@contextmanager
def worker_pool(size: int) -> Iterator[ProcessPoolExecutor]:
    """Workers that end with this process. An error, or Ctrl-C, ends them at once: nobody waits for the others."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(size, mp_context=context, initializer=end_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            for worker in multiprocessing.active_children():
                worker.kill()
            pool.shutdown(cancel_futures=True)
            raise
