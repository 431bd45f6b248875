"""A Jupyter notebook -> the Python in it: its code cells in order. Nothing is run, and nothing of Jupyter is needed.

A notebook becomes a module in which every cell is run for itself, so that one that fails does not take the others with
it. What such a cell should have defined raises its error when it is called. Lines are counted within their cell, as in
a notebook.
"""

from __future__ import annotations

import ast
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from grader.intake.files import source_text
from grader.intake.finding.definitions import DEFINED_IN_TEXT
from grader.model.statements import DEFINITIONS

MAX_CODE = 1 << 20
ROUNDS, SMALL_CELL = 20, 20_000
PYTHON_MAGICS = frozenset(("time", "capture", "prun"))
ESCAPE = re.compile(r"\s*(?:[%!?]|[\w\s,]+=\s*[%!])|.*\?\s*$")
_FOR_IPYTHON = re.compile(r"^[ \t]*(?:[%!?]|\w+[ \t]*=[ \t]*[%!])|\?[ \t]*$", re.MULTILINE)
HALF = re.compile("[\ud800-\udfff]")

# Run in the child. `check` and `display` do nothing there: whoever calls them in the cell of an answer loses nothing.
_MODULE = """\
def _run(cells):
    import sys, types
    from grader.runner.module import run_cell
    here = globals()
    here["check"] = here["display"] = nothing = lambda *args, **kwargs: None
    vars(sys.modules.setdefault("grader", types.ModuleType("grader")))["check"] = nothing
    for cell in cells:
        run_cell(cell, here)
_run({cells!r})
del _run
"""


class NotANotebook(Exception):
    """Why a file cannot be read as a notebook, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """The code cells of a notebook, without magics."""

    cells: tuple[str, ...]

    @property
    def text(self) -> str:
        """All cells below each other, for whoever reads them; those that are no Python are left blank."""
        return "\n".join(cell if _broken_line(cell) is None else "\n" * cell.count("\n") for cell in self.cells)

    @property
    def module(self) -> str:
        """The source of a module in which each cell is run for itself."""
        program = _MODULE.format(cells=list(self.cells))
        return (
            f"exec(compile({program!r}, 'notebook', 'exec'))\n"  # another file's name: its lines are not the student's
        )

    @property
    def definitions(self) -> Notebook:
        """The same notebook with functions, classes, imports and assignments only: nothing in it goes on for ever."""
        return Notebook(tuple(_definitions(cell) for cell in self.cells))

    def cell_of(self, function: str) -> str:
        """The last cell that seems to define a function, whether or not it is Python; empty where there is none."""
        return next((cell for cell in reversed(self.cells) if function in DEFINED_IN_TEXT.findall(cell)), "")

    def line_in_cell(self, line: int) -> int:
        """Where a line of `text` stands in its cell, from 1."""
        starts = [0, *accumulate(1 + cell.count("\n") for cell in self.cells)]
        return line - starts[bisect_right(starts, line - 1) - 1]


def read_notebook(data: bytes) -> Notebook:
    """The notebook in a file, of any format since IPython's own. Raises `NotANotebook`."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise NotANotebook("is not a notebook: it cannot be read as JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("cells", document.get("worksheets")), list):
        raise NotANotebook("is not a notebook: it has no cells")
    language = _language(document)
    if language not in ("", "python", "ipython"):
        raise NotANotebook(f"is a notebook for {language[:40]}, not for Python")
    sources = list(_code_cells(document))
    if sum(map(len, sources)) > MAX_CODE:
        raise NotANotebook("holds too much code")
    return notebook_of(sources)


def is_notebook(data: bytes) -> bool:
    """Whether a file looks like a notebook, whatever it is called."""
    return data.lstrip()[:1] == b"{" and b'"cells"' in data


def read_code(data: bytes, named_notebook: bool) -> tuple[str, Notebook | None]:
    """The Python of a file: a module's, or a notebook's with the notebook. Raises `Unreadable`, `NotANotebook`.

    named_notebook: whether its name says that it is one; otherwise its content does.
    """
    if named_notebook or is_notebook(data):
        notebook = read_notebook(data)
        return notebook.text, notebook
    return module_python(source_text(data)), None


def notebook_of(sources: Iterable[str]) -> Notebook:
    """The notebook with these code cells."""
    return Notebook(tuple(plain_python(source) for source in sources))


def plain_python(cell: str) -> str:
    """The cell without magics, shell lines and questions; as many lines as before."""
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if lines[first].split()[0].removeprefix("%%") not in PYTHON_MAGICS:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    for _ in range(ROUNDS if len(cell) < SMALL_CELL else 1):
        broken = _broken_line("\n".join(lines))
        if broken is None or not (0 < broken <= len(lines) and ESCAPE.match(lines[broken - 1])):
            break
        _drop(lines, broken - 1)
    return "\n".join(lines)


def module_python(source: str) -> str:
    """The source of a module without what only IPython understands; as many lines as before.

    Such lines come from cells that were pasted or saved as they stood: `%matplotlib inline`, `!pip install`.
    """
    if not _FOR_IPYTHON.search(source):
        return source
    return plain_python(re.sub(r"^%%.*$", "", source, flags=re.MULTILINE))


def _drop(lines: list[str], place: int) -> None:
    """Puts `pass` in the place of a line and of what a backslash joins to it."""
    goes_on = lines[place].endswith("\\")
    lines[place] = lines[place][: len(lines[place]) - len(lines[place].lstrip())] + "pass"
    while goes_on and place + 1 < len(lines):
        place += 1
        goes_on = lines[place].endswith("\\")
        lines[place] = ""


def _broken_line(text: str) -> int | None:
    """The line of the first syntax error; 0 where that is not known."""
    return _known_broken_line(text) if len(text) < SMALL_CELL else _line_of_error(text)


@lru_cache(256)
def _known_broken_line(text: str) -> int | None:
    return _line_of_error(text)  # each cell is looked at twice, and most of a class's are alike


def _line_of_error(text: str) -> int | None:
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return 0
    return None


def _parsed(cell: str) -> ast.Module | None:
    try:
        return ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _definitions(cell: str) -> str:
    """The lines of a cell that belong to definitions alone; a cell that is no Python stays, and says why."""
    tree = _parsed(cell)
    if tree is None:
        return cell
    kept: set[int] = set()
    dropped: set[int] = set()
    for node in tree.body:
        decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
        lines = range(min([node.lineno, *decorators]), (node.end_lineno or node.lineno) + 1)
        (kept if isinstance(node, DEFINITIONS) else dropped).update(lines)
    kept -= dropped
    return "\n".join(line if place in kept else "" for place, line in enumerate(cell.split("\n"), 1))


def _language(document: dict[str, object]) -> str:
    metadata = document.get("metadata")
    for name, member in (("kernelspec", "language"), ("language_info", "name")):
        facts = metadata.get(name) if isinstance(metadata, dict) else None
        if isinstance(facts, dict) and isinstance(facts.get(member), str):
            return text_of(facts[member]).lower()
    return ""


def _code_cells(document: dict[str, object]) -> Iterator[str]:
    sheets = document.get("worksheets")
    holders = [document] if "cells" in document else sheets if isinstance(sheets, list) else []
    for holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        for cell in cells if isinstance(cells, list) else []:
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                yield text_of(cell.get("source", cell.get("input")))


def text_of(source: object) -> str:
    """A cell's source, which may be stored in lines. Halves of characters, which no file can hold, become U+FFFD."""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source if isinstance(source, str) else ""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if HALF.search(text) else text
