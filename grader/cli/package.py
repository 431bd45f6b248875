"""What d2l-grade package does: a kit for students, or an autograder for Gradescope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from grader.course.assignment import assignment_names, policy_with, read_assignment
from grader.course.course import Course, read_course
from grader.course.selection import Selection, select, split_names
from grader.keymaking.parallel import made_key
from grader.kits.gradescope import AutograderSettings, pack_autograder
from grader.kits.part import part_of_key
from grader.kits.student import pack_kit
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey
from grader.model.keys.seeds import PUBLIC_SEED, secret_seed
from grader.report.policy_in_words import policy_sentences

SECRET = "It holds the hidden cases: upload it to Gradescope, and give it to nobody else."


@dataclass(frozen=True)
class PackedPart:
    """What is packed: exercises of a course, under a title; of an assignment, what holds for it in sentences."""

    course: Course
    selection: Selection
    title: str
    about: tuple[str, ...] = ()

    def key(self, seed: int, jobs: int) -> AnswerKey:
        """The key of these exercises."""
        made = made_key(self.course, self.selection.topics, seed, jobs)
        return replace(part_of_key(made, self.selection.exercises), title=self.title)


def part_named(course: Course, names: Sequence[str]) -> PackedPart:
    """Topics and exercises, or one assignment. Where a topic is called so too, it is the topic."""
    words = split_names(names)
    known = set(assignment_names(course)) - {topic.name for topic in course.topics}
    meant = [word for word in words if word in known or word.endswith(".toml")]
    if not meant:
        return PackedPart(course, select(course, words), course.title)
    if len(words) > 1:
        raise UsageError(f"{meant[0]} is an assignment. Pack it by itself.")
    assignment = read_assignment(course, meant[0])
    policy = policy_with(assignment, dict.fromkeys(assignment.exercises, 1.0))  # no sentence tells a weight
    about = tuple(policy_sentences(policy, assignment.zone))
    return PackedPart(course, Selection(assignment.exercises, whole=False), policy.title, about)


def package_kit(topics: Sequence[str], out: Path, course_folder: Path, jobs: int, wheel: Path | None = None) -> None:
    """Stubs, a README and the key of the shown cases; and the wheel of this package, if one is named."""
    if wheel is not None and not (wheel.suffix == ".whl" and wheel.is_file()):
        raise UsageError(f"{wheel} is no wheel. Make one with `make dist`, and name the file in dist/.")
    part = part_named(read_course(course_folder), topics)
    chosen = [part.course.topic(name) for name in part.selection.topics]
    key = part.key(PUBLIC_SEED, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_kit(part.course, chosen, key, out, wheel, part.about)
    _say(out, part, "Hand it to your students.")


def package_autograder(
    topics: Sequence[str],
    out: Path,
    course_folder: Path,
    jobs: int,
    seed: int | None,
    settings: AutograderSettings,
    pip: str,
) -> None:
    """The grader, the whole key with a secret seed, and the two scripts that Gradescope runs."""
    part = part_named(read_course(course_folder), topics)
    titles = {name: part.course.topic(name).title for name in part.selection.topics}
    key = part.key(secret_seed() if seed is None else seed, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_autograder(key, AutograderSettings(settings.hidden, settings.trust, titles), pip, out)
    _say(out, part, SECRET)


def _say(out: Path, part: PackedPart, what: str) -> None:
    inside = part.selection.topics if part.selection.whole else part.selection.exercises
    click.echo(f"{out}: {', '.join(inside)} ({out.stat().st_size / 1024:.0f} KiB). {what}")
