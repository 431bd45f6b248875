"""A class of honest and of hostile students, its key, and its results."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from grader.course.course import read_course
from grader.grading.pool import GradingPlan, grade
from grader.grading.task import Task
from grader.intake.layout import intake
from grader.model.keys.key_file import save_key
from grader.model.result import SubmissionResult
from tests.helpers.course import ROOT
from tests.helpers.keys import course_key

TOPIC = "broadcasting"
HONEST = sorted(path for path in (ROOT / "demo" / "class").glob(f"*/{TOPIC}.py"))
PAIRS = "\ndef {}(*args, **kwargs):\n    return double(args[0])\n"


@pytest.fixture(scope="module")
def class_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class's key, and what an attack would like to read lies beside it."""
    path = tmp_path_factory.mktemp("class") / "class.key"
    save_key(course_key().of_topics((TOPIC,)), path)
    return path


def hand_in(folder: Path, honest: int, hostile: list[Path], rng: random.Random) -> None:
    """Makes a folder of so many honest students and of attackers, whose names are spread among theirs."""
    names = [f"student {number:03}" for number in range(honest + len(hostile))]
    attackers = dict(zip(rng.sample(names, len(hostile)), hostile, strict=True))
    functions = read_course(ROOT).topic(TOPIC).functions
    work = iter(range(honest))
    for name in names:
        (folder / name).mkdir(parents=True)
        file = folder / name / f"{TOPIC}.py"
        if name in attackers:
            text = attackers[name].read_text().replace("@SECRET@", str(folder / names[0] / file.name))
            text = text.replace("@SECRETS@", str(folder.parent)).replace("@PORT@", "9").replace("@PID@", "1")
            file.write_text(text + "".join(map(PAIRS.format, functions)))
            (folder / name / "hostile").touch()
        else:
            file.write_bytes(HONEST[next(work) % len(HONEST)].read_bytes())


def results(folder: Path, key: Path, *, hostile: bool) -> Iterator[SubmissionResult]:
    """The class's results; without the attackers, those of the others."""
    there = [each for each in intake(folder).handed_in if hostile or not (folder / each.student / "hostile").exists()]
    for graded in grade(GradingPlan(key, jobs=2), map(Task, there)):
        assert graded.result is not None
        yield graded.result


def entry(result: SubmissionResult) -> str:
    """All that results.json says of a student, but for the time that it took."""
    plain = asdict(replace(result, seconds=0.0))
    for exercise in plain["exercises"]:
        exercise["seconds"] = 0.0
    return json.dumps(plain)
