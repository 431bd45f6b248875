"""A student's own modules: what the topics' files import of what lies beside them. Nothing is run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path, PurePosixPath

from grader.intake.files import Unreadable, read_source

MOST_MODULES = 50
MOST_CHARACTERS = 1 << 20
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([^#\n]+))", re.MULTILINE)
_IMPORT_CALL = re.compile(r"\b(?:import_module|__import__)\([ \t]*[\"']([\w.]+)[\"']")

Sources = Mapping[str, Callable[[], str]]
"""Dotted name of a module -> what reads its source, which raises `Unreadable`."""
Find = Callable[[str], Sources]
"""The modules whose names begin with this one, without dots."""


def own_modules(sources: Iterable[str], find: Find) -> dict[str, str]:
    """The modules that these sources import, and those that they import in turn: name -> source.

    What cannot be read, or is too much, is left out: whoever imports it is told that it is not there.
    """
    modules: dict[str, str] = {}
    waiting, known, room = list(sources), set[str](), MOST_CHARACTERS
    while waiting:
        for name in sorted(imported(waiting.pop()) - known):
            known.add(name)
            for module, read in find(name).items():
                source = _read(read)
                if source is not None and len(source) <= room and len(modules) < MOST_MODULES:
                    room -= len(source)
                    modules[module] = source
                    waiting.append(source)
    return modules


def imported(source: str) -> set[str]:
    """The first parts of the names that a source imports, wherever it does, by a statement or by a call."""
    names: set[str] = set()
    for of, listed in _IMPORT.findall(source):
        names.update(part.split()[0].partition(".")[0] for part in (of or listed).split(",") if part.split())
    names.update(name.partition(".")[0] for name in _IMPORT_CALL.findall(source))
    return names - {""}


def in_folder(folder: Path) -> Find:
    """What finds modules in a folder on this machine. Links to folders are not followed."""

    def find(name: str) -> Sources:
        # Asked for itself, helpers.py is there on a Mac that has Helpers.py, and is not where it is graded.
        inside_folder = folder.iterdir() if folder.is_dir() else ()
        listed = {path.name: path for path in inside_folder if path.name in (name, f"{name}.py")}
        inside = listed.get(name, folder / name)
        package = sorted(inside.rglob("*.py")) if name in listed and inside.is_dir() and not inside.is_symlink() else []
        alone = [listed[f"{name}.py"]] if f"{name}.py" in listed else []
        files = [path for path in (*alone, *package[:MOST_MODULES]) if path.is_file()]
        return {
            dotted(PurePosixPath(path.relative_to(folder).as_posix())): partial(read_source, path) for path in files
        }

    return find


def file_of(name: str, folder: Path) -> str:
    """The file of a module below a folder, as a path with slashes: a package is in its `__init__.py`."""
    place = name.replace(".", "/")
    return f"{place}/__init__.py" if (folder / place).is_dir() else f"{place}.py"


def not_installed(find: Find) -> Find:
    """Finds the same, but for what is installed in this Python: an own module of that name is never imported."""
    return lambda name: {} if name in sys.stdlib_module_names or _is_installed(name) else find(name)


def _is_installed(name: str) -> bool:
    places = [place for place in sys.path if place.rstrip("/\\").endswith(("site-packages", "dist-packages"))]
    return PathFinder.find_spec(name, places) is not None


def dotted(path: PurePosixPath) -> str:
    """The name by which a module is imported; empty where it cannot be."""
    parts = path.with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts) if path.suffix == ".py" and all(part.isidentifier() for part in parts) else ""


def _read(read: Callable[[], str]) -> str | None:
    try:
        return read()
    except Unreadable:
        return None
