"""kill -9 at any moment: nothing that was reported is lost, nothing is graded twice, and the marks are the same."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.helpers.tiny_class import (
    ROOT,
    committed,
    generate,
    generate_from_samples,
    graded_in,
    marks,
    rows,
    run,
    started,
)

REPORTS = ("results.json", "grades.csv", "report.html")
ATTEMPTS = "SELECT student, exercise, number, a.points FROM attempts a JOIN submissions s ON s.id = submission_id ORDER BY 1, 2"
STATE = "SELECT student, digest, status, points, run_id FROM submissions"


def kill(students: Path, out: Path, course: Path, moment: int, *more: str) -> None:
    """Kills the grader a blink after so many submissions are in the gradebook; no report is half written."""
    process = started(students, out, course, *more)
    while committed(out) < moment:
        ended = process.poll() is not None  # asked first: what was kept before the end is there after it
        assert not ended or committed(out) >= moment, process.communicate()[0]
        time.sleep(0.005)
    time.sleep(random.Random(moment).random() * 0.1)
    process.kill()
    process.communicate()
    assert process.returncode in (-9, 0)  # it may have been done before the blink was over
    assert not [name for name in REPORTS if (out / name).exists() and not (out / name).stat().st_size]


def kill_and_resume(students: Path, out: Path, course: Path, moments: list[int], *more: str) -> None:
    """Whatever was in the gradebook when the grader died is there at the end, and was graded once."""
    known: set[tuple[object, ...]] = set()
    graded: dict[tuple[str, str], int] = {}
    for moment in moments:
        kill(students, out, course, moment, *more)
        now, here = set(rows(out, STATE)), graded_in(out)
        assert known <= now
        assert graded.items() <= here.items()
        known, graded = now, here
        assert len(known) >= moment
    assert f"{len(known):,} unchanged" in run(students, out, course, *more)
    assert known <= set(rows(out, STATE))
    assert graded.items() <= graded_in(out).items()


@pytest.mark.soak
def test_killed_and_resumed_a_small_class(course: Path, tmp_path: Path) -> None:
    """Right, wrong, broken, hostile: killed twice, once of it at the very end, with the marks of a quiet run."""
    students, size = tmp_path / "class", 10
    generate(students, size, seed=3)
    options = ("--seed", "5", "--question-seconds", "60", "--jobs", "1")
    kill_and_resume(students, tmp_path / "out", course, [4, size], *options)
    run(students, tmp_path / "quiet", course, *options)
    assert marks(tmp_path / "out") == marks(tmp_path / "quiet")
    assert len(marks(tmp_path / "quiet")) == size
    assert rows(tmp_path / "out", ATTEMPTS) == rows(tmp_path / "quiet", ATTEMPTS)


@pytest.mark.soak
def test_killed_three_times_with_a_thousand(tmp_path: Path) -> None:
    """1,000 submissions of the sample class and of attacks, killed at three moments."""
    students, size = tmp_path / "class", 1000
    generate_from_samples(students, size, "broadcasting")
    limits = ("--seed", "5", "--topics", "broadcasting", "--question-seconds", "1", "--submission-seconds", "10")
    moments = sorted(random.Random(1).sample(range(50, size - 50), 3))
    kill_and_resume(students, tmp_path / "out", ROOT, moments, *limits)
    run(students, tmp_path / "quiet", ROOT, *limits)
    assert len(marks(tmp_path / "quiet")) == size
    assert marks(tmp_path / "out") == marks(tmp_path / "quiet")
