"""Reads a page as a browser would: elements, their attributes, their text."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True)
class Element:
    """`text` is what stands between this tag and the next one."""

    tag: str
    attributes: dict[str, str]
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}, ""))

    def handle_data(self, data: str) -> None:
        if self.found:
            last = self.found[-1]
            self.found[-1] = Element(last.tag, last.attributes, last.text + data)


def elements(page: str, tag: str = "") -> list[Element]:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return [element for element in reader.found if not tag or element.tag == tag]


def text(page: str) -> str:
    """All that is read, in one line; style and script are not."""
    shown = [element.text for element in elements(page) if element.tag not in ("style", "script")]
    return " ".join(" ".join(shown).split())
