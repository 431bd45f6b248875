"""The key of a working folder, and the exercise or mistake in it that somebody names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.course.course import unknown
from grader.grading.selection import has_topic
from grader.kits.student import find_keys, key_files, key_name, load_keys
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.workspace.progress import FolderProgress


def key_here(folder: Path) -> AnswerKey:
    """The key that counts in a folder: its own, a course's, or the built-in one."""
    if not key_files(folder) and (folder / "course.toml").is_file():
        from grader.keymaking.cache import cached_key

        if (folder.parent / "solutions").is_dir():
            return cached_key(folder.parent)
    files = find_keys(folder)
    if not files:
        name = key_name("TOPIC")
        raise UsageError(f"There is no answer key ({name}) in {folder}. Unpack your kit here, or go to its folder.")
    return load_keys(files)


def exercise_of(key: AnswerKey, name: str) -> ExerciseKey:
    """The exercise of that name: `softmax.logsumexp`, or `logsumexp` where only one is called so."""
    found = [each for each in key.exercises if name in (each.id, each.function)]
    exact = [each for each in found if each.id == name]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        raise UsageError(f"There are several exercises {name}: say {' or '.join(each.id for each in found)}.")
    names = [each.id for each in key.exercises]
    raise UsageError(unknown("exercise", name, [*names, *(each.function for each in key.exercises)]))


def open_here(folder: Path, exercises: Iterable[ExerciseKey], known: FolderProgress) -> list[ExerciseKey]:
    """Those of the files here that are not known to pass."""
    return [each for each in exercises if has_topic(folder, each.topic) and not known.of(each.id).passed]
