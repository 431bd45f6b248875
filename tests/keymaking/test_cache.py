"""A key is made once: kept, private, and made anew as soon as anything it came from, or the file itself, is in doubt."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.course.course import read_course
from grader.keymaking import cache
from grader.keymaking.cache import Keys, private
from grader.keymaking.source_digest import versions
from grader.model.keys.key import AnswerKey
from grader.model.keys.key_file import load_key, save_key
from tests.helpers.tiny_class import RIGHT, hand_in, run, write_course

BOTH = ("doubling", "more")
DOUBLE = "solutions/doubling/double.py"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The tiny course with a second topic, of one exercise."""
    folder = write_course(tmp_path / "course")
    toml = folder / "exercises" / "course.toml"
    toml.write_text(toml.read_text().replace('["doubling"]', '["doubling", "more"]'))
    page = folder / "solutions" / "doubling" / "halve.py"
    (folder / "solutions" / "more").mkdir()
    (folder / "solutions" / "more" / "halve.py").write_text(page.read_text())
    stub = '"""More."""\n\n\ndef halve(x):\n    """Halve every entry."""\n    raise NotImplementedError\n'
    (folder / "exercises" / "more.py").write_text(stub)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return private(tmp_path / "keys")


def keys(course: Path, place: Path, seed: int = 5) -> Keys:
    return Keys(read_course(course), seed, place)


def completed(keys: Keys) -> AnswerKey:
    return keys.completed(keys.kept(BOTH), BOTH, 1)


def refuse(*_: object) -> AnswerKey:
    raise AssertionError("a key is made that is there")


def test_a_key_is_made_once(course: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time it is read, and is the same to the last bit."""
    made = completed(keys(course, place))
    assert [each.id for each in made.exercises] == [
        "doubling.double", "doubling.quadruple", "doubling.halve", "more.halve"
    ]  # fmt: skip
    monkeypatch.setattr(cache, "made_key", refuse)
    assert completed(keys(course, place)) == made
    assert [
        each.topic for each in keys(course, place).completed(keys(course, place).kept(["more"]), ["more"]).exercises
    ] == ["more"]


def test_a_class_waits_for_its_key_once(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command again makes no key, whatever it is told to regrade."""
    hand_in(tmp_path / "class", "ada", RIGHT)
    run(tmp_path / "class", tmp_path / "out", course, "--jobs", "1")
    monkeypatch.setattr(cache, "made_key", refuse)
    assert "1 regraded" in run(tmp_path / "class", tmp_path / "out", course, "--jobs", "1", "--regrade", "more")


def edited(name: str, old: str = "", new: str = "# another word\n") -> Callable[[Path], None]:
    def edit(course: Path) -> None:
        path = course / name
        before = path.read_text() if path.exists() else ""
        path.write_text(before.replace(old, new) if old else before + new)

    return edit


@pytest.mark.parametrize(
    ("change", "left"),
    [
        pytest.param(edited(DOUBLE), {"more"}, id="a page"),
        pytest.param(edited("solutions/doubling/_shared.py"), {"more"}, id="what its pages share"),
        pytest.param(edited("solutions/doubling/data/table.csv"), {"more"}, id="data of a page"),
        pytest.param(edited("exercises/more.py"), {"doubling"}, id="a stub"),
        pytest.param(edited("solutions/common.py"), set(), id="a file of no topic"),
        pytest.param(edited("exercises/course.toml", new="[limits]\nquestion_seconds = 3\n"), set(), id="a limit"),
        pytest.param(edited("solutions/doubling/.double.py.swp"), set(BOTH), id="an editor's own file"),
        pytest.param(edited("solutions/doubling/__pycache__/x.pyc"), set(BOTH), id="what Python caches"),
    ],
)
def test_a_change_costs_its_topic(course: Path, place: Path, change: Callable[[Path], None], left: set[str]) -> None:
    """Whatever a key may have been made from; and nothing else."""
    for name in ("data", "__pycache__"):
        (course / "solutions" / "doubling" / name).mkdir()
    completed(keys(course, place))
    change(course)
    assert set(keys(course, place).kept(BOTH)) == left


def test_another_seed_version_or_machine_is_another_key(
    course: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    completed(keys(course, place))
    assert keys(course, place, seed=6).kept(BOTH) == {}
    for what in ({"torch": "99"}, {"python": "4.0"}, {"d2l-grader": "99"}, {"numpy": "99"}):
        with monkeypatch.context() as patch:
            patch.setattr("grader.keymaking.source_digest.versions", lambda what=what: {**versions(), **what})
            assert keys(course, place).kept(BOTH) == {}
    with monkeypatch.context() as patch:
        patch.setattr("platform.machine", lambda: "abacus")
        assert keys(course, place).kept(BOTH) == {}
    assert set(keys(course, place).kept(BOTH)) == set(BOTH)


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # in an array: still a key, with another truth
    path.write_bytes(content)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def of_somebody_else(path: Path) -> None:
    save_key(AnswerKey("c", "t", 1, ()), path)


@pytest.mark.parametrize(
    "damage",
    [
        flipped,
        a_folder,
        of_somebody_else,
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
    ],
)
def test_a_damaged_file_is_made_anew(course: Path, place: Path, damage: Callable[[Path], None]) -> None:
    """Never an error, and never another mark."""
    right = completed(keys(course, place))
    [path] = place.glob("doubling-*.key")
    damage(path)
    assert set(keys(course, place).kept(BOTH)) == {"more"}
    assert completed(keys(course, place)) == right


def test_what_a_killed_run_has_left_is_no_key(course: Path, place: Path) -> None:
    """It is written beside, so half of it is never found; and it is gone when the key is there."""
    (place / "doubling-4242.part").write_bytes(b"half")
    assert keys(course, place).kept(BOTH) == {}
    completed(keys(course, place))
    assert sorted(path.name.partition("-")[0] for path in place.iterdir()) == ["doubling", "more"]
    edited(DOUBLE)(course)
    completed(keys(course, place))
    assert len(list(place.iterdir())) == 2, "the key of the page as it was is kept too"


def test_a_page_saved_while_its_key_is_made(course: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows which of the two the key was made from, so it is not kept."""
    make = cache.made_key

    def made(*given: object) -> AnswerKey:
        key = make(*given)  # type: ignore[arg-type]
        edited(DOUBLE)(course)
        return key

    monkeypatch.setattr(cache, "made_key", made)
    completed(keys(course, place))
    assert set(keys(course, place).kept(BOTH)) == {"more"}
    edited(DOUBLE, "# another word\n", "")(course)
    assert set(keys(course, place).kept(BOTH)) == {"more"}


def test_hidden_answers_are_their_owners_alone(course: Path, tmp_path: Path) -> None:
    """Whatever the umask, and in a folder that was there already."""
    (tmp_path / "keys").mkdir(mode=0o777)
    before = os.umask(0)
    try:
        there = keys(course, private(tmp_path / "keys"))
        there.for_workers(completed(there), "conditions")
    finally:
        os.umask(before)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()] == [0o600] * 3


def test_the_workers_file_is_written_once(course: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there again in the next run, unless the conditions are others, or it is damaged; the last one is kept."""
    there = keys(course, place)
    key = completed(there)
    path = there.for_workers(key, "conditions")
    assert load_key(path) == key
    with monkeypatch.context() as patch:
        patch.setattr(cache, "save_privately", refuse)
        assert there.for_workers(key, "conditions") == path
    flipped(path)
    assert load_key(there.for_workers(key, "conditions")) == key
    other = there.for_workers(replace(key, limits={"memory_mb": 64}), "other conditions")
    assert load_key(other).limits == {"memory_mb": 64}
    assert list(place.glob(".class-*")) == [other]
    edited(DOUBLE)(course)
    assert keys(course, place).for_workers(key, "other conditions") != other
