"""docs/curriculum.md: every concept of the notes, and every section of the book, points at something that exists."""

from __future__ import annotations

import ast
import re

import pytest

from tests.helpers.course import ROOT, course, page, page_ids

TEXT = (ROOT / "docs" / "curriculum.md").read_text(encoding="utf-8")
CONCEPTS, SECTIONS, ENDS = re.split(r"^## (?:The book's sections|Exercises at the ends).*$", TEXT, flags=re.MULTILINE)
CONCEPT_COUNT = 128


def rows(part: str) -> list[list[str]]:
    """The cells of every row of the tables in a part of the page."""
    lines = [line for line in part.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if "| where |" not in line]


def ids_in(text: str) -> list[str]:
    return re.findall(r"`(\w+\.\w+)`", text)


def heads() -> dict[str, str]:
    """Topic -> what its stubs' head says, on one line."""
    texts = {topic.name: topic.path.read_text(encoding="utf-8") for topic in course().topics}
    return {name: " ".join((ast.get_docstring(ast.parse(text)) or "").split()) for name, text in texts.items()}


def test_no_concept_is_missing() -> None:
    """The notes have 128."""
    assert len(rows(CONCEPTS)) == CONCEPT_COUNT


@pytest.mark.parametrize(("concept", "where"), rows(CONCEPTS))
def test_a_concept_points_at_something(concept: str, where: str) -> None:
    """At exercises that there are, or at words that stand in the head of a topic."""
    quotes = re.findall(r"`(\w+)`: “(.+?)”", where)
    assert ids_in(where) or quotes, concept
    assert set(ids_in(where)) <= set(page_ids())
    for topic, words in quotes:
        assert words in heads()[topic]


def test_the_sections_are_those_of_the_pages() -> None:
    """2.1 to 5.6 and 12.3 to 12.11: each with exactly the exercises that name it, or a sentence why there is none."""
    found = {cells[0]: cells[1] for cells in rows(SECTIONS) if cells[0] != "section"}
    labels = {section.number: label for label, section in course().books["en"].items()}
    named: dict[str, list[str]] = {}
    for id in page_ids():
        book = page(id).exercise.book
        named.setdefault(book if isinstance(book, str) else book[0], []).append(id)
    for title, exercises in found.items():
        number = title.removeprefix("[").split(" ")[0]
        assert sorted(ids_in(exercises)) == sorted(named.get(labels[number], [])) or exercises.endswith("."), title
        assert named.get(labels[number]) or exercises.endswith("."), title


@pytest.mark.parametrize(
    "cells", [cells for cells in rows(ENDS) if cells[0] != "section"], ids=lambda cells: cells[1][:40]
)
def test_an_exercise_of_the_book_is_answered(cells: list[str]) -> None:
    """By an exercise that there is, or by a sentence."""
    assert set(ids_in(cells[2])) <= set(page_ids())
    assert ids_in(cells[2]) or cells[2].startswith("not here: ")
