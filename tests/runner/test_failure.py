"""What is known of an exception that a student's code raised."""

from __future__ import annotations

from typing import Any

import pytest

from grader.runner.failure import failure


def message_of(source: str) -> str:
    namespace: dict[str, Any] = {}
    exec(compile(source, "topic.py", "exec"), namespace)
    with pytest.raises(NameError) as caught:
        namespace["kfold"]()
    return failure(caught.value, "topic.py").message


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("folds = []\n    return fold", ". Did you mean folds?"),  # though kfold, the function, is as near
        ("return kfolds", ". Did you mean kfold?"),
        ("return rang(3)", ". Did you mean range?"),
        ("return math.pi", ". Did you forget to import math?"),
        ("return entirely_different", ""),
    ],
)
def test_the_nearest_name_of_the_nearest_scope_is_meant(body: str, meant: str) -> None:
    """What Python adds to such a message only where it prints it."""
    said = message_of(f"def kfold():\n    {body}\n")
    assert said.partition("is not defined")[2] == meant
