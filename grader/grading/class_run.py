"""A run over a class: who is in it, what it rests on, what became of each submission."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict

from grader.course.course import Course, unknown
from grader.course.selection import Selection, all_exercises
from grader.gradebook.book import Gradebook
from grader.gradebook.staleness import RunFacts, class_digest, conditions
from grader.grading.options import EVERYTHING, Options
from grader.grading.task import Graded
from grader.intake.handed_in import HandedIn
from grader.keymaking.source_digest import versions
from grader.model.errors import UsageError
from grader.model.exercise_id import topic_of
from grader.model.keys.key import AnswerKey
from grader.sandbox.device import Placement


def still_there(gradebook: Gradebook, handed_in: Iterable[HandedIn]) -> list[HandedIn]:
    """Without those whose work has vanished: a roster that still names them takes no marks away."""
    return [each for each in handed_in if each.parts or each.notes or not gradebook.known(each.student).graded]


def exercises_to_regrade(names: Iterable[str], exercises: Sequence[str]) -> set[str]:
    """The exercises that are named, one by one, by topic, or all at once."""
    found: set[str] = set()
    for name in names:
        meant = {id for id in exercises if name in (EVERYTHING, id, topic_of(id))}
        if not meant:
            raise UsageError(f"--regrade: {unknown('exercise', name, exercises)}")
        found |= meant
    return found


def left_out(course: Course, selection: Selection) -> list[str]:
    """The exercises of the topics that are not asked."""
    return [id for id in all_exercises(course) if topic_of(id) in selection.topics and id not in selection.exercises]


def facts_of(key: AnswerKey, place: Placement, options: Options, exercises: Collection[str]) -> RunFacts:
    """What is true of a run over these exercises of the key, there, with these options."""
    limits = asdict(options.limits.but(key.limits))
    found = versions()
    # Which walls hold the sandbox changes no mark; that there are none might.
    known = conditions(key, limits=limits, versions=found, trusted=options.trust)
    graded_by = {id: digest for id, digest in known.items() if id in exercises}
    digest = class_digest(graded_by)
    return RunFacts(key.course, key.title, digest, place.name, options.dtype, place.layers, limits, found, graded_by)


def kind_of(graded: Graded) -> str:
    """What a run did with a submission, in one word."""
    if graded.result is None:
        return "unchanged"
    return "regraded" if graded.partial else "graded"
