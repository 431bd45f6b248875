"""A class with hostile submissions in it: for all others it is as if they had not been there."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from grader.course.course import read_course
from grader.grading.pool import GradingPlan, Task, grade
from grader.intake.layout import intake
from grader.keymaking.parallel import made_key
from grader.model.key_file import save_key
from grader.model.result import SubmissionResult

ROOT = Path(__file__).parents[2]
TOPIC = "broadcasting"
ATTACKS = sorted((ROOT / "tests" / "sandbox" / "attacks").glob("*.py"))
HONEST = sorted(path for path in (ROOT / "demo" / "class").glob(f"*/{TOPIC}.py"))
QUICK = ("fork_bomb", "forged_for_the_next", "poisoned_state", "rewrite_the_grader")
PAIRS = "\ndef {}(*args, **kwargs):\n    return double(args[0])\n"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class's key, and what an attack would like to read lies beside it."""
    path = tmp_path_factory.mktemp("class") / "class.key"
    save_key(made_key(read_course(ROOT), (TOPIC,), 7, 1), path)
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


def nobody_else_notices(folder: Path, key: Path) -> None:
    alone = {result.student: entry(result) for result in results(folder, key, hostile=False)}
    together = {result.student: result for result in results(folder, key, hostile=True)}
    assert {name: entry(together[name]) for name in alone} == alone
    assert len({text.partition('"exercises"')[2] for text in alone.values()}) > 3, "a class of one mind shows nothing"
    for name in together.keys() - alone.keys():
        attacker = together[name]
        assert attacker.status == "graded", attacker
        assert attacker.points <= 0.1 * attacker.max_points, attacker


def test_a_small_class(tmp_path: Path, key: Path) -> None:
    """Six of ten are honest, and get the same marks with and without the other four, byte for byte."""
    attacks = [path for path in ATTACKS if path.stem in QUICK]
    assert len(attacks) == len(QUICK)
    hand_in(tmp_path / "class", 6, attacks, random.Random(1))
    nobody_else_notices(tmp_path / "class", key)


@pytest.mark.soak
def test_a_class_of_a_hundred(tmp_path: Path, key: Path) -> None:
    """Seventy of a hundred are honest, and get the same marks with and without the other thirty, byte for byte."""
    rng = random.Random(2)
    hand_in(tmp_path / "class", 70, rng.sample(ATTACKS, 30), rng)
    nobody_else_notices(tmp_path / "class", key)
