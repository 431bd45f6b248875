"""Making a key: what is refused, what a key holds, and what it does not."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from grader.doctor.kit_leaks import public_text, source_lines
from grader.keymaking.keymaker import make_exercise_key
from grader.kits.student import key_files, key_name, load_keys
from grader.model.errors import KeyFileError, PageError
from grader.model.keys.checksum import UNSEALED, sealed
from grader.model.keys.key import AnswerKey, Check, Entry, ExerciseKey, Expected, for_students
from grader.model.keys.key_file import FORMAT, digest, load_key, save_key
from grader.model.question import Question
from tests.helpers.course import core_ids, page
from tests.helpers.keys import course_key, digests_of_made_keys
from tests.helpers.pages import Write
from tests.helpers.pages import write as write

SEED = 3


REFERENCE = """
    @reference
    def f(x):
        return x * 2
    @case
    def some(draw):
        return draw.normal(3)
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (REFERENCE + "    @misconception('hint')\n    def same(x):\n        return x + x\n", "no case catches"),
        ("@reference\ndef f(x):\n    return (x > 1).long()\n@case\ndef tie(draw):\n    return draw.tensor([1.0, 1.0])", "hangs on the last digit"),
        ("@reference\ndef f(x):\n    return (x - 1e5)\n@case\ndef ill(draw):\n    return draw.normal(3) + 1e5", "cannot tell right from wrong"),
        ("@reference\ndef f(x):\n    return x.float()\n@case\ndef some(draw):\n    return draw.normal(3)", "loses precision"),
        ("@reference\ndef f(x):\n    return x.exp()\n@case\ndef large(draw):\n    return draw.full(2, value=100.0)", "overflows where the truth does not"),
        ("@reference\ndef f(x):\n    return torch.rand_like(x)\n@case\ndef some(draw):\n    return draw.normal(3)", "no law"),
        ("@reference\ndef f(x):\n    raise KeyError('k')\n@case\ndef some(draw):\n    return draw.normal(3)", "the reference failed: KeyError"),
        ("@reference\ndef f(x):\n    return x\n", "at least one @case"),
        ("@case\ndef some(draw):\n    return 1\n", "a page needs a @reference, and this one has none"),
        ("exercise = 3\n" + textwrap.dedent(REFERENCE), "Write exercise = Exercise"),
        ("@reference\ndef f(x):\n    return x\n@case(aspect='speed')\ndef some(draw):\n    return 1\n", "no aspect 'speed'"),
        ("@reference\ndef f(x):\n    return x\n@case(colour=1)\ndef some(draw):\n    return 1\n", "colour"),
        ("@reference\ndef f(x):\n    return x\n@case\ndef some(draw):\n    return draw.nonsense(3)\n", "nonsense"),
        ("1/0", "cannot be loaded: ZeroDivisionError"),
        (REFERENCE + "    @alternative\n    def other(x):\n        return x * 3\n", "alternative other"),
    ],
)  # fmt: skip
def test_a_page_that_could_not_tell_right_from_wrong_is_refused(write: Write, text: str, says: str) -> None:
    """The message names the page and what is wrong with it."""
    with pytest.raises(PageError) as refused:
        make_exercise_key(write(text), SEED)
    assert says in str(refused.value)


def test_the_same_seed_gives_the_same_key(write: Write) -> None:
    """And another seed gives other numbers."""
    page = write(REFERENCE)
    assert make_exercise_key(page, 1) == make_exercise_key(page, 1)
    assert make_exercise_key(page, 1) != make_exercise_key(page, 2)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "course.key"
    save_key(course_key(), path)
    return path


def test_a_key_comes_back_from_its_file(saved: Path) -> None:
    """Every number, budget and strides included: what was made, saved, loaded, saved and loaded is what was made."""
    # Not ==: a cloud may have no mean, and nan is not nan.
    assert {each.id: digest(each) for each in load_key(saved).exercises} == digests_of_made_keys()


def test_a_key_is_small(saved: Path) -> None:
    """A quarter of a megabyte for each exercise would be too much to hand out."""
    assert saved.stat().st_size < 250_000 * len(core_ids())


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that a kit's key says."""
    path = tmp_path_factory.mktemp("kit") / "kit.key"
    save_key(for_students(course_key()), path)
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize("id", core_ids())
def test_a_kit_holds_no_source_but_drivers(id: str, kit: str) -> None:
    """No line of a reference, an alternative or a stand-in, and no name of a hidden case."""
    public = public_text([page(each) for each in core_ids()])
    secret = [line for line in source_lines(page(id)) if line not in public]
    secret += [case.name for case in page(id).cases if case.hidden]
    assert [line for line in secret if line in kit] == []


def test_an_instructors_key_holds_stand_ins(saved: Path) -> None:
    """The test above can fail: the whole key does hold source that a kit must not."""
    text = saved.read_bytes().decode("utf-8", "replace")
    held = [name for id in core_ids() for name in page(id).stand_ins]
    assert held
    assert all(f"def {name}(" in text for name in held)


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff" * 64])
def test_a_file_that_is_no_key_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    """One clear line, whatever the file holds."""
    path = tmp_path / "no.key"
    path.write_bytes(data)
    with pytest.raises(KeyFileError, match=r"no\.key"):
        load_key(path)


@pytest.mark.parametrize(
    ("dtype", "shape", "strides", "constant"),
    [
        ("float32", [3], None, False), ("float32", [0, 2**39, 2**39], None, True), ("float32", [2], [1000], False),
        ("float32", [2**39], None, True), ("int64", [2], None, False), ("float32", [-2], None, False),
        ("float32", [2], ["1"], False), ("float32", "ab", None, True),
    ],
)  # fmt: skip
def test_a_key_whose_arrays_lie_is_damaged(
    tmp_path: Path, dtype: str, shape: object, strides: object, constant: bool
) -> None:
    """A shape or strides that leave the bytes would read whatever lies beside them in memory."""
    path = tmp_path / "lying.key"
    arrays = [[dtype, shape, strides, constant]]
    document = {"sha256": UNSEALED, "format": FORMAT, "key": None, "arrays": arrays, "places": [0]}
    write_sealed(path, {"0": np.zeros(2, "float32")}, document)
    with pytest.raises(KeyFileError, match=r"lying\.key is damaged"):
        load_key(path)


def rewritten(path: Path, **facts: object) -> None:
    """Changes what a key's file says of itself."""
    with safe_open(path, "numpy") as file:
        document = json.loads(file.metadata()["d2l-grader"])
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    write_sealed(path, arrays, {**document, "sha256": UNSEALED, **facts})


def write_sealed(path: Path, arrays: dict[str, np.ndarray], document: dict[str, object]) -> None:
    path.write_bytes(sealed(save(arrays, {"d2l-grader": json.dumps(document, separators=(",", ":"))})))


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"format": 3}, "was made by a newer version of d2l-grader: pip install -U d2l-grader"),
        ({"version": "99.0", "key": {"dict": [["a field to come", 1]]}}, "was made by a newer version"),
        ({"version": "99.0", "key": {"a value to come": 1}}, "was made by a newer version"),
        ({"version": "0.0.9", "key": {"a value to come": 1}}, "is damaged"),
        ({"version": None, "key": {"dict": [["no field", 1]]}}, "is damaged"),
        ({"version": ["9" * 9999], "format": 0}, "was made by a newer version"),
        (
            {"version": "0.0.9", "format": 1},
            "was written by an earlier version of d2l-grader and cannot be read. Make it anew",
        ),
    ],
)
def test_a_key_that_is_not_understood_says_why(tmp_path: Path, facts: dict[str, object], says: str) -> None:
    """A student with an old wheel and a new kit is told to update, and not that the file is broken."""
    path = tmp_path / "a.key"
    save_key(AnswerKey("c", "t", 1, ()), path)
    rewritten(path, **facts)
    with pytest.raises(KeyFileError) as caught:
        load_key(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", ["purpose", "kind", "aspect of a leaf", "aspect of a check"])
def test_a_word_outside_the_vocabulary_is_damage(tmp_path: Path, place: str) -> None:
    """A purpose, a kind or an aspect that no version knows would be a case of nothing in every comparison."""
    wrong: Any = "vlaue"
    leaf = Expected("value", "float", None, (), 1.0, None)
    leaf = replace(leaf, **{"kind": {"kind": wrong}, "aspect of a leaf": {"aspect": wrong}}.get(place, {}))
    entry = Entry("a", "a", True, wrong if place == "purpose" else "value", None, Question("f"), (leaf,))
    check = Check("a", wrong if place == "aspect of a check" else "value", 1.0, True)
    save_key(AnswerKey("c", "t", 1, (ExerciseKey("t.f", 1.0, (), (check,), (entry,)),)), tmp_path / "a.key")
    with pytest.raises(KeyFileError, match=r"a\.key is damaged \('vlaue' is none of "):
        load_key(tmp_path / "a.key")


def test_a_newer_key_that_is_understood_is_read(tmp_path: Path) -> None:
    """A kit of the next version need not be out of reach."""
    path = tmp_path / "a.key"
    save_key(AnswerKey("c", "t", 1, ()), path)
    rewritten(path, version="99.0")
    assert load_key(path) == AnswerKey("c", "t", 1, ())


# Damage.


def places_in(data: bytes) -> list[int]:
    """Bytes of every region: the header's length, names and shapes, the document's fields, its values, padding, arrays."""
    header = 8 + int.from_bytes(data[:8], "little")
    spread = [*range(0, header, max(1, header // 150)), *range(header, len(data), max(1, (len(data) - header) // 150))]
    named = [
        data.index(word) + at
        for word in (b"sha256", b"format", b"version", b"places", b"__metadata__")
        for at in (0, 5)
    ]
    digits = re.search(rb"[0-9a-f]{64}", data)
    assert digits
    return sorted({*range(16), *spread, *named, digits.start(), digits.end() - 1, header - 1, header, len(data) - 1})


def small_key() -> AnswerKey:
    exercise = make_exercise_key(page("broadcasting.outer_sum"), 3)
    return AnswerKey("c", "t", 1, (exercise,), chapters={exercise.topic: 2})


def test_damage_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    """One bit of any region: the answer is one line that says so, with the repair, and never another truth."""
    path = tmp_path / "a.key"
    save_key(small_key(), path)
    data = path.read_bytes()
    for number, place in enumerate(places_in(data)):
        spoilt = bytearray(data)
        spoilt[place] ^= 1 << number % 8
        path.write_bytes(spoilt)
        with pytest.raises(KeyFileError, match=r"a\.key is (damaged|not an answer key, or is damaged).* Do this\.$"):
            load_key(path, "Do this.")
    path.write_bytes(data)
    assert digest(load_key(path).exercises[0]) == digest(small_key().exercises[0])


@pytest.mark.parametrize("change", ["cut", "cut by one", "grown", "zeros", "a hole", "two bytes change places"])
def test_damage_of_other_kinds_is_noticed(tmp_path: Path, change: str) -> None:
    """What disks and downloads do: the end is missing, something follows, a block is empty."""
    path = tmp_path / "a.key"
    save_key(small_key(), path)
    data = path.read_bytes()
    middle, end = len(data) // 2, len(data)
    swapped = next(place for place in range(end - 9, 0, -1) if data[place] != data[place + 1])
    path.write_bytes(
        {
            "cut": data[:middle], "cut by one": data[:-1], "grown": data + b"\0", "zeros": bytes(end),
            "a hole": data[:middle] + bytes(4) + data[middle + 4 :] if any(data[middle : middle + 4]) else data[:-4] + b"hole",
            "two bytes change places": data[:swapped] + data[swapped : swapped + 2][::-1] + data[swapped + 2 :],
        }[change]
    )  # fmt: skip
    with pytest.raises(KeyFileError, match=r"a\.key is (damaged|not an answer key)"):
        load_key(path)


def test_a_key_of_the_first_format_says_that_it_is_old(tmp_path: Path) -> None:
    """It had no checksum: whoever has such a kit is sent for a new one, and not told that it is broken."""
    path = tmp_path / "d2l.key"
    document = {"format": 1, "version": "0.1.0", "key": None, "arrays": [], "places": []}
    path.write_bytes(save({}, {"d2l-grader": json.dumps(document)}))
    with pytest.raises(KeyFileError, match=r"d2l\.key was written by an earlier version .* Unpack your kit again"):
        load_keys([path])


def test_the_same_key_is_the_same_file(tmp_path: Path) -> None:
    """Whoever compares kits, or keeps keys by their bytes, may rely on it."""
    for name in ("a.key", "b.key"):
        save_key(small_key(), tmp_path / name)
    assert (tmp_path / "a.key").read_bytes() == (tmp_path / "b.key").read_bytes()


# Keys of several kits.


def of_topic(topic: str, place: int, seed: int = 1, course: str = "c", **more: object) -> AnswerKey:
    exercise = ExerciseKey(f"{topic}.f", 1.0, (), (), ())
    return replace(AnswerKey(course, course.upper(), seed, (exercise,), chapters={topic: place}), **more)  # type: ignore[arg-type]


def test_keys_of_several_files_are_one_in_book_order(tmp_path: Path) -> None:
    """However their files are called, exercises come as the course has them."""
    for topic, place in (("zebra", 0), ("ant", 2), ("mouse", 1)):
        save_key(of_topic(topic, place), tmp_path / key_name(topic))
    assert load_keys(key_files(tmp_path)).topics == ("zebra", "mouse", "ant")


def test_which_key_counts_where_several_hold_a_topic(tmp_path: Path) -> None:
    """The one that is called after the topic, whatever lies beside it; `d2l.key` for what has none of its own."""
    first, second = of_topic("one", 0), of_topic("two", 1)
    save_key(replace(first, exercises=first.exercises + second.exercises, title="old"), tmp_path / "d2l.key")
    save_key(replace(first, exercises=(replace(*first.exercises, points=7.0),)), tmp_path / "d2l-one.key")
    save_key(replace(first, exercises=(replace(*first.exercises, points=9.0),)), tmp_path / "d2l-one (1).key")
    key = load_keys(key_files(tmp_path))
    assert {exercise.id: exercise.points for exercise in key.exercises} == {"one.f": 7.0, "two.f": 1.0}


def test_keys_of_two_courses_lie_side_by_side(tmp_path: Path) -> None:
    """Both are checked, under the limits of the more generous one: nobody is stopped by a limit of another course."""
    save_key(of_topic("one", 4, limits={"question_seconds": 9.0, "memory_mb": 64}, tf32=True), tmp_path / "d2l-one.key")
    save_key(of_topic("two", 0, course="d", limits={"import_seconds": 20.0}), tmp_path / "d2l-two.key")
    key = load_keys(key_files(tmp_path))
    assert (key.course, key.title, key.topics, key.tf32) == ("c, d", "C, D", ("one", "two"), False)
    assert key.limits == {"question_seconds": 9.0, "memory_mb": 1024, "import_seconds": 20.0}


def test_one_damaged_key_is_not_passed_over(tmp_path: Path) -> None:
    """Who checks less than they believe hands in what is wrong: the file is named, and what to do."""
    save_key(of_topic("one", 0), tmp_path / "d2l-one.key")
    (tmp_path / "d2l-two.key").write_bytes(b"half of it")
    with pytest.raises(KeyFileError, match=r"d2l-two\.key is not an answer key.* Unpack your kit again"):
        load_keys(key_files(tmp_path))
