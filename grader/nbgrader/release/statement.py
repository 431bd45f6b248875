"""Docstrings -> Markdown: a topic's introduction, and an exercise as it is stated."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator

SECTIONS = {"Args:": "Arguments", "Returns:": "Returns", "Raises:": "Raises"}
SPECIAL = re.compile(r"([*_<$\\])")


def introduction(title: str, doc: str) -> str:
    """A topic's title and what its module says of it."""
    rest = doc.partition("\n")[2]
    return "\n".join([f"# {escaped(title)}", "", *_prose(rest.strip("\n"))]).rstrip()


def statement(name: str, doc: str, points: float, outline: str | None = None) -> str:
    """An exercise: its heading, the text, formulas and examples as code, arguments as a list."""
    worth = f"{points:g} point{'' if points == 1 else 's'}"
    text, sections = _split(inspect.cleandoc(doc))
    parts = [f"## `{name}` ({worth})", "", *_prose(text.strip("\n"))]
    for title, body in sections:
        parts += [*_section(title, body), ""]
    if outline:
        parts.append(_code(outline, "python"))
    return "\n".join(parts).strip()


def _split(doc: str) -> tuple[str, list[tuple[str, str]]]:
    """The text, and what follows under each heading. Examples are a section of their own."""
    text: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    here = text
    for line in doc.split("\n"):
        if line in SECTIONS:
            sections.append((SECTIONS[line], here := []))
            continue
        if line.startswith(">>>") and not (sections and sections[-1][0] == "Examples"):
            sections.append(("Examples", here := []))
        here.append(line)
    return "\n".join(text), [(title, "\n".join(lines)) for title, lines in sections]


def _section(title: str, body: str) -> Iterator[str]:
    if title == "Examples":
        yield _code(body.strip("\n"), "python")
        return
    yield from (f"**{title}**", "")
    items = _items(textwrap.dedent(body))
    for item in items:
        name, colon, rest = item.partition(": ")
        named = colon and re.fullmatch(r"[\w*, ]+", name) and title != "Returns"
        text = f"`{name}`: {escaped(rest)}" if named else escaped(item)
        yield f"- {text}" if len(items) > 1 else text


def _items(body: str) -> list[str]:
    """Each entry of a section in one line: what is indented belongs to the line above."""
    items: list[str] = []
    for line in body.split("\n"):
        if line.startswith(" ") and items:
            items[-1] += f" {line.strip()}"
        elif line.strip():
            items.append(line.strip())
    return items


def _prose(text: str) -> Iterator[str]:
    """Paragraphs; what is indented is a formula, and stays as it is."""
    for block in re.split(r"\n{2,}", text):
        if block.startswith("    "):
            yield _code(textwrap.dedent(block), "text")
        else:
            yield escaped(block)
        yield ""


def _code(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"


def escaped(text: str) -> str:
    """Text that Markdown shows as it stands; `code` stays code."""
    parts = text.split("`")
    return "`".join(part if place % 2 else SPECIAL.sub(r"\\\1", part) for place, part in enumerate(parts))
