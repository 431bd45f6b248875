"""What d2l-grade package does: a kit for students, or an autograder for Gradescope."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from grader.course.course import read_course, unknown
from grader.keymaking.parallel import made_key
from grader.kits.gradescope import AutograderSettings, pack_autograder
from grader.kits.student import built_in, key_files, load_keys, pack_kit, pack_kit_of
from grader.model.errors import UsageError
from grader.model.keys.seeds import PUBLIC_SEED, secret_seed

HAND_OUT = "Hand it to your students."
NO_COURSE = "There is no course here,"
SECRET = "It holds the hidden cases: upload it to Gradescope, and give it to nobody else."


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
        _package_built_in(topics, out, wheel, dry_run)
        return
    course = read_course(course_folder)
    chosen = [course.topic(name) for name in topics]
    if _only_said(out, topics, dry_run):
        return
    key = made_key(course, topics, PUBLIC_SEED, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_kit(course, chosen, key, out, wheel)
    _say(out, topics, HAND_OUT)


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
    pack_kit_of(key.of_topics(tuple(topics)), out, wheel)
    _say(out, topics, f"It is of the built-in course, {key.title}. {HAND_OUT}")


def _only_said(out: Path, topics: Sequence[str], dry_run: bool) -> bool:
    """Whether it is only to be said what would be written; then it is."""
    if dry_run:
        click.echo(f"would write {out}: {', '.join(topics)}")
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
    course = read_course(course_folder)
    titles = {name: course.topic(name).title for name in topics}
    if _only_said(out, topics, dry_run):
        return
    key = made_key(course, topics, secret_seed() if seed is None else seed, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_autograder(key, AutograderSettings(settings.hidden, settings.trust, titles), pip, out)
    _say(out, topics, SECRET)


def _say(out: Path, topics: Sequence[str], what: str) -> None:
    click.echo(f"{out}: {', '.join(topics)} ({out.stat().st_size / 1024:.0f} KiB). {what}")
