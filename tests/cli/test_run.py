"""`d2l-grade run` again and again: only what is new or changed is graded, and the marks are those of a fresh run."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from grader.gradebook.opening import open_gradebook
from grader.gradebook.staleness import conditions
from grader.intake.layout import intake
from grader.intake.read import read_handed_in
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, Check, ExerciseKey
from tests.helpers.tiny_class import BROKEN, HALF_DONE, RIGHT, SQUARED, Marks, graded_in, hand_in, marks, rows, run

PAGE = "solutions/doubling/double.py"
EVE = '=cmd(), "eve"'
ONE = ("--jobs", "1")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def students(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    for name, source in {"ada": RIGHT, "bob": SQUARED, EVE: HALF_DONE, "zoe": BROKEN}.items():
        hand_in(folder, name, source)
    (folder / "nobody").mkdir()
    return folder


def of_a_fresh_run(students: Path, out: Path, course: Path) -> Marks:
    """The marks where nothing is known but the seed."""
    seed = rows(out, "SELECT value FROM secrets WHERE name = 'seed'")[0][0]
    other = out.with_name("fresh")
    run(students, other, course, "--seed", seed, *ONE)
    return marks(other)


def test_a_term_with_a_gradebook(students: Path, out: Path, course: Path, tmp_path: Path) -> None:
    """A first run; one with students who are gone, new, changed; one after a page was corrected; one regrade.

    Each asks what it must and nothing else, says so, and ends with the marks of a run that starts from nothing.
    """
    assert "unchanged" not in run(students, out, course, *ONE)
    assert {name: mark[:3] for name, mark in marks(out).items()} == {
        "ada": ("graded", None, 4.0), "bob": ("graded", None, 3.0), EVE: ("graded", None, 3.0),
        "zoe": ("graded", None, 0.0), "nobody": ("absent", "nothing was handed in", 0.0),
    }  # fmt: skip

    shutil.rmtree(students / "ada")
    hand_in(students, "bob", HALF_DONE)
    hand_in(students, "nobody", RIGHT)
    hand_in(students, "new", RIGHT)
    assert "2 unchanged, 3 graded" in run(students, out, course, *ONE)
    assert {student for (student, _), number in graded_in(out).items() if number == 2} == {"new", "bob", "nobody"}
    assert marks(out)["ada"] == ("absent", "withdrawn: what was handed in is gone", 0)
    assert rows(out, "SELECT points, withdrawn FROM submissions WHERE student = 'ada'") == [(4.0, 1)]
    assert not (out / "regrade.csv").exists()

    corrected, graded = shutil.copytree(course, tmp_path / "course"), graded_in(out)
    page = corrected / PAGE
    page.write_text(page.read_text().replace("Exercise(points=1)", "Exercise(points=3)"))
    hand_in(students, "ada", RIGHT)
    said = run(students, out, corrected, *ONE)
    assert "6 regraded" in said
    assert "Marks of 5 students have changed: 5 up" in said
    assert graded_in(out) == {key: graded[key] if key[1] == "doubling.halve" else 3 for key in graded}
    assert marks(out) == of_a_fresh_run(students, out, corrected)
    assert changes(out)[0] == ("'" + EVE, "doubling.double", "1", "3", "3", "5", "6")
    assert [row[0] for row in changes(out)] == ["'" + EVE, "ada", "bob", "new", "nobody"]

    right, graded = marks(out), graded_in(out)
    spoil(out, "doubling.halve", "ada")
    said = " ".join(run(students, out, corrected, *ONE, "--regrade", "doubling.halve").split())
    assert "Marks of 1 student have changed: 1 up" in said
    assert "ada doubling.halve 0.25 1" in said
    assert changes(out) == [("ada", "doubling.halve", "0.25", "1", "5.25", "6", "6")]
    assert marks(out) == right
    assert graded_in(out) == {key: 4 if key[1] == "doubling.halve" else graded[key] for key in graded}
    left = [str(path.relative_to(out)) for path in (*out.glob(".*"), *out.glob(".*/*"))]
    names = sorted(name.partition("-")[0] for name in left)
    assert names == [".keys", ".keys/.class", ".keys/doubling"], "a part of a file was left behind"


def changes(out: Path) -> list[tuple[str, ...]]:
    """regrade.csv without its head."""
    with (out / "regrade.csv").open(newline="", encoding="utf-8") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def spoil(out: Path, exercise: str, student: str) -> None:
    """Gives a quarter of a point, as a page with a mistake in it might have."""
    connection = sqlite3.connect(out / "gradebook.db")
    with connection:
        [(id, record)] = connection.execute(
            "SELECT s.id, e.result FROM exercises e JOIN submissions s ON s.id = e.submission_id"
            " WHERE student = ? AND exercise = ?", (student, exercise)
        ).fetchall()  # fmt: skip
        spoilt = json.dumps({**json.loads(record), "points": 0.25})
        there = (spoilt, id, exercise)
        connection.execute(
            "UPDATE exercises SET points = 0.25, result = ? WHERE submission_id = ? AND exercise = ?", there
        )
    connection.close()


KEY = AnswerKey(
    "tiny", "A tiny course", 1,
    tuple(
        ExerciseKey(f"doubling.{name}", 1.0, ("x",), (Check("value", "value", 1.0, True),), (), needs=needs)
        for name, needs in {"double": (), "quadruple": ("doubling.double",), "halve": ()}.items()
    ),
)  # fmt: skip


def changed(key: AnswerKey, **others: object) -> set[str]:
    """The exercises that are asked again when the key of the first run becomes this one."""
    before, after = (
        conditions(KEY, limits={"memory_mb": 1024}),
        conditions(key, **{"limits": {"memory_mb": 1024}, **others}),
    )
    return {id for id in after if before[id] != after[id]}


def test_an_exercise_rests_on_its_key_and_on_those_it_needs() -> None:
    """Points, checks and hints of one exercise concern that exercise and who stands on it; limits concern all."""
    first, *others = KEY.exercises
    assert changed(KEY) == set()
    assert changed(replace(KEY, exercises=(replace(first, hints={"a": "b"}), *others))) == {
        first.id,
        "doubling.quadruple",
    }
    assert changed(replace(KEY, exercises=(first, others[0], replace(others[1], points=2.0)))) == {"doubling.halve"}
    assert changed(KEY, limits={"memory_mb": 512}) == {each.id for each in KEY.exercises}
    assert changed(KEY, trusted=True) == {each.id for each in KEY.exercises}


def test_a_digest_is_of_what_was_handed_in(tmp_path: Path) -> None:
    """Another byte, another problem, another topic: another digest. Another name, or a file that nobody reads: not."""

    def digest(student: str) -> str:
        [one] = [each for each in intake(tmp_path).handed_in if each.student == student]
        return read_handed_in(one, {"doubling": (), "halving": ()}).digest

    hand_in(tmp_path, "ada", RIGHT)
    hand_in(tmp_path, "bob", RIGHT)
    (tmp_path / "bob" / "notes.txt").write_text("not read")
    assert digest("ada") == digest("bob")
    seen = {digest("ada")}
    hand_in(tmp_path, "ada", RIGHT + "\n")
    seen.add(digest("ada"))
    hand_in(tmp_path, "ada", RIGHT, "halving")
    seen.add(digest("ada"))
    (tmp_path / "ada" / "doubling.py").write_bytes(bytes(range(256)))
    seen.add(digest("ada"))
    (tmp_path / "ada" / "doubling.py").unlink()
    seen.add(digest("ada"))
    (tmp_path / "ada" / "halving.py").unlink()
    seen.add(digest("ada"))
    assert len(seen) == 6


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--regrade", "doubling.hlave"), "Did you mean doubling.halve?"),
        (("--gradebook", "nosuch://here"), "nosuch"),
    ],
)
def test_a_wrong_word_is_one_line(students: Path, out: Path, course: Path, more: tuple[str, ...], says: str) -> None:
    """Said before a key is made."""
    with pytest.raises(UsageError) as caught:
        run(students, out, course, *more)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_second_grader_is_refused(students: Path, out: Path, course: Path) -> None:
    """While one grader writes, another one says so in a line and changes nothing."""
    out.mkdir()
    with (
        open_gradebook(str(out / "gradebook.db")),
        pytest.raises(UsageError, match="Another d2l-grade is writing into"),
    ):
        run(students, out, course)
    assert not list(out.glob("*.json"))
