"""What d2l-grade package does: a kit for students, or an autograder for Gradescope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from grader.course.assignment import assignment_names, policy_with, read_assignment
from grader.course.course import Course, read_course, unknown
from grader.course.selection import Selection, select, split_names
from grader.keymaking.parallel import made_key
from grader.kits.gradescope import AutograderSettings, pack_autograder
from grader.kits.part import part_of_key
from grader.kits.student import built_in, key_files, load_keys, pack_kit
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey
from grader.model.keys.seeds import PUBLIC_SEED, secret_seed
from grader.report.policy_in_words import policy_sentences

HAND_OUT = "Hand it to your students."
NO_COURSE = "There is no course here,"
SECRET = "It holds the hidden cases: upload it to Gradescope, and give it to nobody else."


@dataclass(frozen=True)
class PackedPart:
    """What is packed: exercises of a course, under a title; of an assignment, what holds for it in sentences."""

    course: Course
    selection: Selection
    title: str
    about: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What is inside, as one would name it: topics or, of an assignment, exercises."""
        return self.selection.topics if self.selection.whole else self.selection.exercises

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


def package_kit(
    topics: Sequence[str], out: Path, course_folder: Path | None, jobs: int, wheel: Path | None = None,
    dry_run: bool = False,
) -> None:  # fmt: skip
    """Stubs, a README and the key of the shown cases; and the wheel of this package, if one is named.

    Without a course's folder the kit is that of the course that this package carries.
    """
    if wheel is not None and not (wheel.suffix == ".whl" and wheel.is_file()):
        raise UsageError(f"{wheel} is no wheel. Make one with `make dist`, and name the file in dist/.")
    if course_folder is None:
        _package_built_in(split_names(topics), out, wheel, dry_run)
        return
    part = part_named(read_course(course_folder), topics)
    if _only_said(out, part.names, dry_run):
        return
    key = part.key(PUBLIC_SEED, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_kit(key, out, wheel, part.about)
    _say(out, part.names, HAND_OUT)


def _package_built_in(topics: Sequence[str], out: Path, wheel: Path | None, dry_run: bool) -> None:
    inside = built_in()
    if inside is None:
        raise UsageError(f"{NO_COURSE} and this d2l-grader carries none. Say --course FOLDER.")
    key = load_keys(key_files(inside))
    strange = next((name for name in topics if name not in key.topics), None)
    if strange is not None:
        raise UsageError(unknown("topic", strange, key.topics, f" in the built-in course, {key.title}"))
    if _only_said(out, topics, dry_run):
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_kit(key.of_topics(tuple(topics)), out, wheel)
    _say(out, topics, f"It is of the built-in course, {key.title}. {HAND_OUT}")


def _only_said(out: Path, names: Sequence[str], dry_run: bool) -> bool:
    """Whether it is only to be said what would be written; then it is."""
    if dry_run:
        click.echo(f"would write {out}: {', '.join(names)}")
    return dry_run


def package_autograder(
    topics: Sequence[str],
    out: Path,
    course_folder: Path,
    jobs: int,
    seed: int | None,
    settings: AutograderSettings,
    pip: str,
    dry_run: bool = False,
) -> None:
    """The grader, the whole key with a secret seed, and the two scripts that Gradescope runs."""
    part = part_named(read_course(course_folder), topics)
    if _only_said(out, part.names, dry_run):
        return
    titles = {name: part.course.topic(name).title for name in part.selection.topics}
    key = part.key(secret_seed() if seed is None else seed, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_autograder(key, AutograderSettings(settings.hidden, settings.trust, titles), pip, out)
    _say(out, part.names, SECRET)


def _say(out: Path, names: Sequence[str], what: str) -> None:
    click.echo(f"{out}: {', '.join(names)} ({out.stat().st_size / 1024:.0f} KiB). {what}")
