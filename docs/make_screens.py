"""Pictures of d2l-check for the documentation: `python -m docs.make_screens` writes docs/watch.svg and docs/list.svg.

A terminal is driven as a person would (tmux is needed), and what stands on the screen is drawn.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from grader.keymaking.cache import cached_key
from grader.kits.student import write_kit
from grader.model.keys.key import for_students
from tests.helpers.terminal import Terminal

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 92, 24
ANSWERS = """

def smooth_labels(y, q, eps, dtype=torch.float32):
    Y = torch.full((len(y), q), eps / (q - 1), dtype=dtype, device=y.device)
    Y[torch.arange(len(y), device=y.device), y] = 1 - eps
    return Y


def softmax(X, dim):
    E = torch.exp(X)
    return E / E.sum(dim, keepdim=True)
"""
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> int:
    key = for_students(cached_key(ROOT, ["softmax"]))
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_kit(key, folder)
        with (folder / "softmax.py").open("a", encoding="utf-8") as file:
            file.write(ANSWERS)
        terminal = Terminal(folder, WIDTH, HEIGHT)
        terminal.type("clear", "Enter")
        terminal.run("--watch")
        terminal.wait_for("q quit")
        terminal.type("n")
        terminal.wait_for("softmax.softmax   2 of", "q quit")
        terminal.type("h")
        terminal.wait_for("Subtract", "q quit")
        _draw(terminal.screen(colours=True), "d2l-check --watch", ROOT / "docs" / "watch.svg")
        terminal.type("q")
        terminal.wait_for("ready$")
        terminal.type("clear", "Enter")
        terminal.run("list")
        terminal.wait_for("Next:")
        screen = terminal.screen(colours=True).split("\n", 1)[1]
        _draw(screen.replace("ready$ ", ""), "d2l-check list", ROOT / "docs" / "list.svg")
        terminal.close()
    return 0


def _draw(screen: str, title: str, file: Path) -> None:
    console = Console(record=True, width=WIDTH, file=sys.stderr, force_terminal=True)
    console.print(Text.from_ansi(screen.rstrip()), soft_wrap=True)
    picture = console.export_svg(title=title, unique_id=file.stem)
    file.write_text(FONTS.sub("", picture), encoding="utf-8")  # the reader's own font, and no address of another site


if __name__ == "__main__":
    sys.exit(main())
