"""What a result rests on, as a digest for each exercise: as long as it is the same, nothing is asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.model.digest import fingerprint
from grader.model.keys.key import AnswerKey
from grader.model.keys.key_file import digest

Conditions = Mapping[str, str]
"""Exercise -> a digest of everything that its result rests on."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is true of a whole run; `graded_by` has the exercises in book order."""

    course: str
    title: str
    key_digest: str
    device: str
    dtype: str | None
    layers: tuple[str, ...]
    limits: Mapping[str, Any]
    versions: Mapping[str, str]
    graded_by: Conditions


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How a run has asked, as it is kept."""

    device: str
    dtype: str | None
    limits: Mapping[str, Any]
    versions: Mapping[str, str]
    exercises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownSubmission:
    """What the gradebook knows of a student: the digest of what was graded, and by what each exercise was."""

    digest: str | None
    graded: bool
    graded_by: Conditions

    def stale(self, wanted: Conditions) -> frozenset[str]:
        """The exercises to be asked again, even though the same was handed in."""
        if not self.graded:
            return frozenset()
        return frozenset(id for id, digest in wanted.items() if self.graded_by.get(id) != digest)


def conditions(key: AnswerKey, **others: object) -> Conditions:
    """Exercise -> digest of its key, of the keys of what it needs, and of the other things named (limits, versions)."""
    own = {each.id: digest(each) for each in key.exercises}
    needs = {each.id: [own.get(name) for name in each.needs] for each in key.exercises}
    return {id: fingerprint([own[id], needs[id], others]) for id in own}


def class_digest(graded_by: Conditions) -> str:
    """One digest of all of them."""
    return fingerprint(graded_by)
