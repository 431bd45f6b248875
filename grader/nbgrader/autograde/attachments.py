"""Pictures that a text speaks of and that are not there: nbconvert then gives up on all feedback of a student.

JupyterLab leaves pictures behind where a cell is copied. Which of them a text asks for, only the renderer knows, with
its references, escapes and encodings; so it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.notebooknode import NotebookNode

INLINE = re.compile(r"!\[(?P<text>[^\]\n]*)\]\(\s*<?attachment:(?P<name>[^)>\s]*)[^)\n]*\)")
TARGET = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*<?attachment:(?P<name>[^>\s]*).*$", re.MULTILINE)
IMAGE = re.compile(r"!+\[")
NOTHING = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
"""A picture of one transparent dot."""


class _Asked(dict[str, Any]):
    """Attachments that are all there, and note which of them were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return True

    def __missing__(self, name: str) -> dict[str, str]:
        return {"image/png": ""}


@lru_cache(maxsize=256)
def pictures_in(source: str) -> frozenset[str] | None:
    """The names of the attachments that a Markdown text shows; None where it cannot be rendered."""
    renderer, asked = IPythonRenderer(escape=False), _Asked()
    renderer.attachments = asked
    try:
        MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # a parser that meets what nobody has thought of
        return None
    return frozenset(asked.names)


def showable(source: str, attached: Collection[str]) -> str:
    """The text without the pictures that are not attached, so that it can be shown; as it is where it cannot be."""
    if _is_complete(source, attached):
        return source
    named = INLINE.sub(lambda found: found[0] if found["name"] in attached else _said(found["text"]), source)
    named = TARGET.sub(lambda found: found[0] if found["name"] in attached else "", named)
    for text in (named, IMAGE.sub("[", named)):  # where that is not enough, all pictures become links
        if _is_complete(text, attached):
            return text
    return "".join(f"    {line}" for line in source.splitlines(keepends=True))  # as it was typed


def completed(source: str, attached: NotebookNode) -> NotebookNode:
    """The attachments of a cell by all names that its text has for them: `my%20plot.png` is `my plot.png`."""
    others = {name: attached[unquote(name)] for name in pictures_in(source) or () if unquote(name) in attached}
    return NotebookNode({**others, **attached})


def with_stand_ins(source: str, attached: NotebookNode) -> NotebookNode:
    """The attachments of an instructor's cell, whose text must stay, with an empty picture for each that is lost."""
    lost = (pictures_in(source) or frozenset()) - attached.keys()
    return NotebookNode({**attached, **{name: NotebookNode({"image/png": NOTHING}) for name in sorted(lost)}})


def _is_complete(source: str, attached: Collection[str]) -> bool:
    names = pictures_in(source)
    return names is not None and names <= set(attached)


def _said(text: str) -> str:
    return f"(a picture{f', {text},' if text.strip() else ''} that is not in the notebook)"
