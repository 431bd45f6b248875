"""Making a key: what is refused, what a key holds, and what it does not."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from grader.doctor.secrets import source_lines
from grader.errors import KeyFileError, PageError
from grader.key import AnswerKey, digest, for_students, load_key, save_key
from grader.keymaker import make_exercise_key
from grader.loading import load_page
from grader.page import Page
from tests.shared import course_key, digests_of_made_keys
from tests.support import page, page_ids

SEED = 3
HEAD = "import torch\nfrom grader import *\n\n"
Write = Callable[[str], Page]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A page from its text."""

    def written(text: str) -> Page:
        path = tmp_path / "f.py"
        path.write_text(HEAD + textwrap.dedent(text))
        return load_page(path, "topic")

    return written


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
        ("@case\ndef some(draw):\n    return 1\n", "exactly one @reference"),
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
    assert saved.stat().st_size < 250_000 * len(page_ids())


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that a kit's key says."""
    path = tmp_path_factory.mktemp("kit") / "kit.key"
    save_key(for_students(course_key()), path)
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize("id", page_ids())
def test_a_kit_holds_no_source_but_drivers(id: str, kit: str) -> None:
    """No line of a reference, an alternative or a stand-in, and no name of a hidden case."""
    public = "".join(exercise.driver for exercise in course_key().exercises)
    secret = [line for line in source_lines(page(id)) if line not in public]
    secret += [case.name for case in page(id).cases if case.hidden]
    assert [line for line in secret if line in kit] == []


def test_an_instructors_key_holds_stand_ins(saved: Path) -> None:
    """The test above can fail: the whole key does hold source that a kit must not."""
    text = saved.read_bytes().decode("utf-8", "replace")
    held = [name for id in page_ids() for name in page(id).stand_ins]
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
    document = {"format": 1, "key": None, "arrays": arrays, "places": [0]}
    save_file({"0": np.zeros(2, "float32")}, path, {"d2l-grader": json.dumps(document)})
    with pytest.raises(KeyFileError, match=r"lying\.key is damaged"):
        load_key(path)


def rewritten(path: Path, **facts: object) -> None:
    """Changes what a key's file says of itself."""
    with safe_open(path, "numpy") as file:
        document = json.loads(file.metadata()["d2l-grader"])
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    save_file(arrays, path, {"d2l-grader": json.dumps({**document, **facts})})


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"format": 2}, "was made by a newer version of d2l-grader: pip install -U d2l-grader"),
        ({"version": "99.0", "key": {"dict": [["a field to come", 1]]}}, "was made by a newer version"),
        ({"version": "99.0", "key": {"a value to come": 1}}, "was made by a newer version"),
        ({"version": "0.0.9", "key": {"a value to come": 1}}, "is damaged"),
        ({"version": None, "key": {"dict": [["no field", 1]]}}, "is damaged"),
        ({"version": ["9" * 9999], "format": 0}, "was made by a newer version"),
        ({"version": "0.0.9", "format": 0}, "was written by another version of d2l-grader. Make it anew"),
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


def test_a_newer_key_that_is_understood_is_read(tmp_path: Path) -> None:
    """A kit of the next version need not be out of reach."""
    path = tmp_path / "a.key"
    save_key(AnswerKey("c", "t", 1, ()), path)
    rewritten(path, version="99.0")
    assert load_key(path) == AnswerKey("c", "t", 1, ())
