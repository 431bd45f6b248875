"""Pages that a test writes: from their text, with the imports that every page has."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.course.page import Page
from grader.course.page_loader import load_page

Write = Callable[[str], Page]


def page_of(folder: Path, text: str) -> Page:
    """The page topic.f that a text makes."""
    path = folder / "f.py"
    path.write_text("import torch\nfrom grader import *\n\n" + textwrap.dedent(text))
    return load_page(path, "topic")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A page from its text."""
    return lambda text: page_of(tmp_path, text)
