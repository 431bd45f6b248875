"""What d2l-grade package does: a kit for students, or an autograder for Gradescope."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from grader.course.course import read_course
from grader.keymaking.parallel import made_key
from grader.kits.gradescope import AutograderSettings, pack_autograder
from grader.kits.student import pack_kit
from grader.model.errors import UsageError
from grader.model.keys.seeds import PUBLIC_SEED, secret_seed

SECRET = "It holds the hidden cases: upload it to Gradescope, and give it to nobody else."


def package_kit(topics: Sequence[str], out: Path, course_folder: Path, jobs: int, wheel: Path | None = None) -> None:
    """Stubs, a README and the key of the shown cases; and the wheel of this package, if one is named."""
    if wheel is not None and not (wheel.suffix == ".whl" and wheel.is_file()):
        raise UsageError(f"{wheel} is no wheel. Make one with `make dist`, and name the file in dist/.")
    course = read_course(course_folder)
    chosen = [course.topic(name) for name in topics]
    key = made_key(course, topics, PUBLIC_SEED, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_kit(course, chosen, key, out, wheel)
    _say(out, topics, "Hand it to your students.")


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
    course = read_course(course_folder)
    titles = {name: course.topic(name).title for name in topics}
    key = made_key(course, topics, secret_seed() if seed is None else seed, jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    pack_autograder(key, AutograderSettings(settings.hidden, settings.trust, titles), pip, out)
    _say(out, topics, SECRET)


def _say(out: Path, topics: Sequence[str], what: str) -> None:
    click.echo(f"{out}: {', '.join(topics)} ({out.stat().st_size / 1024:.0f} KiB). {what}")
