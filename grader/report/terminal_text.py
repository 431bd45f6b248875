"""Lines for a terminal: wrapped under themselves, and spelt in ASCII where nothing else can be shown."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

SPELT = {
    "✓": "ok", "✗": "x", "–": "-", "—": "-", "−": "-", "…": "...", "×": "x", "→": "->", "·": "*",
    "≤": "<=", "≥": ">=", "≠": "!=", "“": '"', "”": '"', "‘": "'", "’": "'", "█": "#", "░": ".",
}  # fmt: skip


def spell(text: Text) -> Text:
    """The same line in ASCII; what has no spelling is shown as its escape."""
    edges = sorted({edge for span in text.spans for edge in (span.start, span.end)})
    spelt = Text(style=text.style, no_wrap=text.no_wrap, overflow=text.overflow)
    for part in text.divide(edges):
        plain = "".join(SPELT.get(letter, letter) for letter in part.plain)
        style = " ".join(str(span.style) for span in part.spans)
        spelt.append(plain.encode("ascii", "backslashreplace").decode(), style=style or None)
    return spelt


def print_lines(console: Console, lines: Iterable[Text], ascii: bool) -> None:
    """Prints lines that are wrapped already; ascii: spelt, where nothing else can be shown."""
    for line in lines:
        console.print(spell(line) if ascii else line, soft_wrap=True)


def wrapped(text: Text, width: int, indent: int) -> list[Text]:
    """The line, continued `indent` columns in; rich alone would go on at the left edge."""
    console = Console(width=width)
    text = text.copy()
    text.expand_tabs(4)
    lines = [text.wrap(console, width)[0]]
    rest = text[len(lines[0].plain) :]
    while rest.plain.strip():
        rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
        line = rest.wrap(console, max(width - indent, 1))[0]
        rest = rest[len(line.plain) :]
        lines.append(Text(" " * indent).append_text(line))
    for line in lines:
        line.no_wrap, line.overflow = True, "ignore"
        line.rstrip()
    return lines
