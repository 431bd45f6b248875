"""A reference that is itself imprecise, or answers in another kind than its stub promises, is found by the doctor."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.course import load_pages, read_course
from grader.doctor.references import examine_references
from tests.helpers.course import course, page, page_ids

STUB = '''"""Lengths

Of vectors.
"""

from torch import Tensor


def length(x: Tensor) -> {returns}:
    """Measure a vector."""
    raise NotImplementedError
'''
PAGE = '''"""Lengths."""

import torch

from grader import Exercise, case, reference

exercise = Exercise(points=1)


@reference
def length(x):
{body}


@case
def some(draw):
    return draw.normal(3)


@case
def nothing(draw):
    return draw.normal(0)
'''


def problems(folder: Path, body: str, returns: str = "Tensor") -> list[str]:
    files = {
        "exercises/course.toml": 'name = "c"\ntitle = "C"\ntopics = ["lengths"]\n',
        "exercises/lengths.py": STUB.format(returns=returns),
        "solutions/lengths/length.py": PAGE.format(body="\n".join(f"    {line}" for line in body.splitlines())),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    made = read_course(folder)
    return [str(problem) for problem in examine_references(made.topic("lengths"), load_pages(made))]


@pytest.mark.parametrize(
    "body",
    [
        "x = x.float()\nreturn (x @ x).sqrt().double()",
        "return x.to(torch.bfloat16).square().sum().sqrt().to(x.dtype)",
        "y = torch.empty(x.shape, dtype=torch.float32)\ny[:] = x\nreturn y.double().norm()",
        "return x.square().sum(dtype=torch.float32).double().sqrt()",
    ],
)
def test_a_cast_below_the_dtype_of_the_question_is_seen(tmp_path: Path, body: str) -> None:
    """Wherever it stands, and whatever the answer is cast to in the end."""
    assert any("casts to" in problem for problem in problems(tmp_path, body))


@pytest.mark.parametrize(
    "body",
    [
        "return x.square().sum().sqrt()",
        "coins = torch.rand(x.shape) > -1\nreturn (x * coins).norm()",
        "return torch.tensor(sum(float(each) ** 2 for each in x) ** 0.5, dtype=x.dtype)",
    ],
)
def test_an_exact_reference_is_sound(tmp_path: Path, body: str) -> None:
    """Random numbers of another dtype, and Python's own, are no casts."""
    assert problems(tmp_path, body) == []


def test_another_kind_than_the_stub_promises_is_seen(tmp_path: Path) -> None:
    """An int is a number, but no float; one branch that returns it is enough."""
    body = "if len(x) == 0:\n    return 0\nreturn float(x.norm())"
    (problem,) = problems(tmp_path, body, "float")
    assert "value is an int where the stub promises a float" in problem


def test_parts_of_an_answer_have_kinds_too(tmp_path: Path) -> None:
    """In a tuple each place has its own."""
    (problem,) = problems(tmp_path, "return x, x.norm()", "tuple[Tensor, float]")
    assert "value[1] is a tensor where the stub promises a float" in problem


@pytest.mark.parametrize("topic", [topic.name for topic in course().topics])
def test_the_references_of_the_course_are_sound(topic: str) -> None:
    """All of them."""
    pages = [page(id) for id in page_ids() if id.startswith(f"{topic}.")]
    assert [str(problem) for problem in examine_references(course().topic(topic), pages)] == []
