"""The contents of the book that a course goes with, in one language or several: `exercises/book/<language>.tsv`.

The first row is the book's address and its title; each other row is a section: number, file, title, label, with tabs
between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.model.book_section import BookSection
from grader.model.errors import UsageError

Books = Mapping[str, Mapping[str, BookSection]]
"""Language -> label -> section, in the order of the book."""


def read_books(folder: Path) -> Books:
    """The books of a course; none where there is no folder. Raises `UsageError` on a row that is none."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.tsv"))}


def _read(path: Path) -> Mapping[str, BookSection]:
    try:
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        address, _ = head.split("\t")
        cells = [row.split("\t") for row in rows]
        return {label: BookSection(number, title, f"{address}/{file}.html") for number, file, title, label in cells}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no table of a book's contents: {error}.") from None


def sections_of(books: Books, label: str | tuple[str, ...]) -> Mapping[str, BookSection]:
    """The sections that a page names, by language: by one label for all books, or by one for each of them."""
    labels = dict.fromkeys(books, label) if isinstance(label, str) else dict(zip(books, label, strict=False))
    return {language: books[language][name] for language, name in labels.items() if name in books[language]}
