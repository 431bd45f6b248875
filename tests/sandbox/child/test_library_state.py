"""What student code may have replaced in libraries is put back, and to see that nothing was costs next to nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest
import torch

from grader.sandbox.child import library_state
from grader.sandbox.child.library_state import Originals
from tests.helpers.course import page


@pytest.fixture(params=["by memory", "by value"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Originals]:
    """In the way that is usual, and in that of an interpreter that is not known."""
    if request.param == "by value":
        monkeypatch.setattr(library_state, "_DICT", 0)
    made = Originals()
    yield made
    made.restore()


def test_what_was_replaced_is_put_back(kept: Originals) -> None:
    """In modules and in classes, what was deleted too."""
    exp, sqrt, loads = torch.exp, math.sqrt, json.loads
    torch.exp, torch.Tensor.exp = None, None  # type: ignore[assignment, method-assign]
    math.sqrt = abs  # type: ignore[assignment]
    del json.loads
    kept.restore()
    assert (torch.exp, math.sqrt, json.loads) == (exp, sqrt, loads)
    assert torch.ones(1).exp() == torch.exp(torch.ones(1))


def test_what_is_new_leaves_classes_and_stays_in_modules(kept: Originals) -> None:
    """Modules grow by imports, which are not made again."""
    torch.Tensor.sharpen, math.sharpen = abs, abs  # type: ignore[attr-defined]
    kept.restore()
    assert (hasattr(torch.Tensor, "sharpen"), hasattr(math, "sharpen")) == (False, True)
    del math.sharpen  # type: ignore[attr-defined]


def test_honest_code_leaves_every_table_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is looked at one by one: a child would copy a thousand pages for it."""
    made = Originals()
    page("softmax.softmax").reference(torch.ones(2, 3), dim=1)
    monkeypatch.setattr(library_state, "_restore", lambda owner, names: pytest.fail(f"{owner} was looked through"))
    made.restore()
