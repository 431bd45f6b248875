"""One stub is put back: in its place, with the code that stood there given back, whatever surrounds it."""

from __future__ import annotations

import pytest

from grader.workspace.stub_source import put_back, stub_of

STUBS = '''"""Two functions."""

from torch import Tensor


def first(x: Tensor) -> Tensor:
    """Do something."""
    raise NotImplementedError


def second(x: Tensor) -> Tensor:
    """Do more."""
    raise NotImplementedError
'''
STUB = '''def second(x: Tensor) -> Tensor:
    """Do more."""
    raise NotImplementedError
'''


def test_a_stub_is_found_by_its_name() -> None:
    """Its own lines and no others; a name that is none is an error."""
    assert stub_of(STUBS, "second") == STUB
    with pytest.raises(KeyError):
        stub_of(STUBS, "third")


@pytest.mark.parametrize(
    "mine",
    [
        "def second(x):\n    return x\n",
        "@cache\n@other(3)\ndef second(x):\n    if x:\n        return (1,\n2)\n    return x\n",
        "class second:\n    def __call__(self, x):\n        return x\n",
        'def second(x): return """\ndef first(): pass\n"""\n',
    ],
)
def test_it_takes_the_place_of_mine(mine: str) -> None:
    """What stands above and below stays to the letter, and the code that was there is given back."""
    above, below = "import torch\n\n# about it\n", "\n\nlast = 1  # stays\n"
    back = put_back(above + mine + below, STUBS, "second")
    assert (back.source, back.old) == (above + STUB + below, mine)


def test_a_second_definition_is_the_one_that_counts() -> None:
    """Python takes the last one of a name."""
    back = put_back("def second(x):\n    return 1\n\n\ndef second(x):\n    return 2\n", STUBS, "second")
    assert back.old == "def second(x):\n    return 2\n"


@pytest.mark.parametrize(("mine", "expected"), [("", STUB), ("x = 1", f"x = 1\n\n\n{STUB}")])
def test_what_is_not_there_is_put_at_the_end(mine: str, expected: str) -> None:
    """A function that was deleted or renamed."""
    back = put_back(mine, STUBS, "second")
    assert (back.source, back.old) == (expected, "")


def test_a_file_that_cannot_be_read_is_not_touched() -> None:
    """Nobody knows where a function ends in it."""
    with pytest.raises(SyntaxError):
        put_back("def second(:", STUBS, "second")
