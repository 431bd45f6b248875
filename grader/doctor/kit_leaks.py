"""Whether a kit tells what students must not have: references, stand-ins, hidden cases."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.course.course import Topic
from grader.course.page import Page
from grader.course.places import source_of
from grader.doctor.records import Problem
from grader.kits.student import write_kit
from grader.model.keys.key import AnswerKey

SHORTEST = 16


def examine_kit(topics: Sequence[Topic], pages: Sequence[Page], key: AnswerKey) -> tuple[Problem, ...]:
    """Packs the kit and looks into every file of it."""
    with TemporaryDirectory() as scratch:
        write_kit(key, Path(scratch))
        files = {path.name: path.read_bytes().decode("utf-8", "replace") for path in Path(scratch).iterdir()}
    public = public_text(pages) + "".join(topic.path.read_text(encoding="utf-8") for topic in topics)
    return tuple(
        Problem(name, f"holds {secret!r} of {page.id}.", "This is a fault of d2l-grader: do not hand the kit out.")
        for page in pages
        for secret in (*source_lines(page), *_hidden_names(page))
        for name, text in files.items()
        if secret in text and secret not in public
    )


def public_text(pages: Sequence[Page]) -> str:
    """What of the pages students may read: drivers, and hints, whose second step may be a line of code."""
    hints = (text for page in pages for wrong in page.misconceptions for text in (wrong.hint, wrong.line))
    return "\n".join([*(page.driver for page in pages), *hints])


def _hidden_names(page: Page) -> Iterator[str]:
    yield from (case.name for case in page.cases if case.hidden)


def source_lines(page: Page) -> Iterator[str]:
    """The telling lines of a page's right solutions, as they would stand in a text or in JSON."""
    for function in (page.reference, *page.alternatives.values()):
        yield from _telling(source_of(function))
    for source in page.stand_ins.values():
        yield from _telling(source)


def _telling(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.Return, ast.AugAssign)) and node.value is not None:
            line = ast.unparse(node)
            if len(line) >= SHORTEST:
                yield line
