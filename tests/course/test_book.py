"""Where in the book an exercise belongs: labels become numbers, titles and addresses of both books."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.book import read_books, sections_of
from grader.model.book_section import BookSection
from grader.model.errors import UsageError
from tests.helpers.course import course, page, page_ids

LINEAR_ALGEBRA = "sec_linear-algebra"


def test_a_label_names_a_section_of_each_book() -> None:
    """Number, title and address, in English and in Chinese."""
    found = sections_of(course().books, LINEAR_ALGEBRA)
    assert found == {
        "en": BookSection("2.3", "Linear Algebra", "https://d2l.ai/chapter_preliminaries/linear-algebra.html"),
        "zh": BookSection("2.3", "线性代数", "https://zh.d2l.ai/chapter_preliminaries/linear-algebra.html"),
    }


def test_a_pair_names_one_section_of_each() -> None:
    """The first label is that of the first book."""
    found = sections_of(course().books, ("sec_gd", LINEAR_ALGEBRA))
    assert {language: section.title for language, section in found.items()} == {
        "en": "Gradient Descent",
        "zh": "线性代数",
    }


def test_a_label_of_neither_book_names_nothing() -> None:
    """That is what the doctor complains about."""
    assert sections_of(course().books, "sec_nowhere") == {}


@pytest.mark.parametrize("id", page_ids())
def test_every_page_says_where_in_the_book_it_belongs(id: str) -> None:
    """By a label that one of the books has."""
    assert sections_of(course().books, page(id).exercise.book)


def test_a_course_needs_no_book(tmp_path: Path) -> None:
    """And a table that is none is named with what is wrong."""
    assert read_books(tmp_path) == {}
    (tmp_path / "en.tsv").write_text("no address\n2.1\tfile\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"en.tsv is no table of a book's contents"):
        read_books(tmp_path)
