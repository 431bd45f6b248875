"""What of a file an exercise is made of: another function may change, and it is the same exercise."""

from __future__ import annotations

import pytest

from grader.workspace.used_source import digest_of

SOURCE = '''
import torch
SHIFT = 1

def helper(x):
    return x + SHIFT

def mine(x):
    """What it does."""
    return helper(x)

def other(x):
    return x

class Unused:
    pass
'''

SAME = {
    "another function": SOURCE.replace("def other(x):\n    return x", "def other(x):\n    return 2 * x"),
    "a comment": SOURCE.replace("return helper(x)", "return helper(x)  # so far"),
    "blank lines": SOURCE.replace("\n\n", "\n\n\n\n"),
    "a class that it does not use": SOURCE.replace("pass", "size = 3"),
    "another function that is new": f"{SOURCE}\ndef newer():\n    return mine\n",
}
OTHER = {
    "its own code": SOURCE.replace("return helper(x)", "return helper(x) + 1"),
    "what it calls": SOURCE.replace("x + SHIFT", "x - SHIFT"),
    "a constant": SOURCE.replace("SHIFT = 1", "SHIFT = 2"),
    "an import": SOURCE.replace("import torch", "import torch\nimport numpy"),
    "a second definition": f"{SOURCE}\ndef mine(x):\n    return x\n",
    "a statement that uses the other one": f"{SOURCE}\nother(3)\n",
    "a syntax error": f"{SOURCE}\ndef (",
    "nothing is left": "",
}


@pytest.mark.parametrize("change", SAME)
def test_it_is_the_same_exercise(change: str) -> None:
    """Whatever changes beside it."""
    assert digest_of(SAME[change], "mine") == digest_of(SOURCE, "mine")


@pytest.mark.parametrize("change", OTHER)
def test_it_is_another_exercise(change: str) -> None:
    """Whatever may change what it does."""
    assert digest_of(OTHER[change], "mine") != digest_of(SOURCE, "mine")


def test_two_texts_that_cannot_be_read_are_two() -> None:
    """Each save of a broken file is another one."""
    assert digest_of("def (", "mine") != digest_of("def ((", "mine")
