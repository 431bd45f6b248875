"""The course of this repository, its pages, and submissions written from them."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.course.course import Course, load_pages, read_course
from grader.course.page import Page

ROOT = Path(__file__).parents[2]


@cache
def course() -> Course:
    return read_course(ROOT)


@cache
def page(id: str) -> Page:
    topic, name = id.split(".")
    (found,) = load_pages(course(), [topic], [name])
    return found


CORE = ("broadcasting", "norms", "autograd", "sgd", "softmax", "dropout", "backprop")
"""Topics of which every test makes use. The keys of the others are costly, and asked for by the soak only."""


def page_ids() -> list[str]:
    return [f"{topic.name}.{name}" for topic in course().topics for name in topic.functions]


def core_ids() -> list[str]:
    return [id for id in page_ids() if id.partition(".")[0] in CORE]


def keyed_ids() -> list[Any]:
    """All pages, for tests that need their keys: those of other topics are left to the soak."""
    core = set(core_ids())
    return [pytest.param(id, marks=() if id in core else pytest.mark.soak) for id in page_ids()]


def sampled_ids() -> list[Any]:
    """All pages, of which the suite takes the first two of each topic that it has keys of, and the soak the others."""
    first = {f"{topic}.{name}" for topic in CORE for name in course().topic(topic).functions[:2]}
    return [pytest.param(id, marks=() if id in first else pytest.mark.soak) for id in page_ids()]


def source_of(function: Callable[..., Any], name: str) -> str:
    """A function of a page as a student would have written it: without decorators, under the exercise's name."""
    text = textwrap.dedent(inspect.getsource(function))
    start = re.search(r"^(def|class) \w+", text, re.MULTILINE)
    assert start
    return re.sub(r"^(def|class) \w+", rf"\1 {name}", text[start.start() :], count=1)


def solved(topic: str, **replaced: Callable[..., Any]) -> str:
    """A topic's module, solved with the references; `replaced` puts other functions in their place."""
    parts = ["import itertools\nimport math\n\nimport torch\n"]
    for name in course().topic(topic).functions:
        parts.append(source_of(replaced.get(name, page(f"{topic}.{name}").reference), name))
    return "\n\n".join(parts)
