"""d2l.toml: what an instructor would say with every command, said once.

    course = "."
    roster = "roster.csv"
    layout = "canvas"
    out = "grades"
    jobs = 4

The nearest one counts, in the current folder or above it. Paths in it begin at its own folder. What the command line
says wins.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.intake.layout import LAYOUTS
from grader.model.errors import UsageError, name_repair

NAME = "d2l.toml"


@dataclass(frozen=True)
class Setting:
    """kind: what it is, in words. holds: whether a value is one. commands: those that it is a default of."""

    kind: str
    holds: Callable[[Any], bool]
    commands: tuple[str, ...]
    is_path: bool = False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


ABOUT_MARKS = ("adjust", "comment", "excuse", "extend", "undo", "log", "show", "marks", "report", "remove")
SETTINGS: Mapping[str, Setting] = {
    "course": Setting("a folder", _is_text, ("run", "export", "package", "doctor", "nbgrader init"), is_path=True),
    "roster": Setting("a CSV file", _is_text, ("run", "export"), is_path=True),
    "layout": Setting(f"one of {', '.join(LAYOUTS)}", lambda value: value in LAYOUTS, ("run", "export")),
    "out": Setting("a folder", _is_text, ("run", "export", *ABOUT_MARKS), is_path=True),
    "jobs": Setting("a whole number above 0", _is_count, ("run", "package", "doctor", "nbgrader init")),
}


def settings_file() -> Path | None:
    """The nearest d2l.toml, in the current folder or above it."""
    here = Path.cwd()
    return next((each / NAME for each in (here, *here.parents) if (each / NAME).is_file()), None)


def defaults() -> dict[str, Any]:
    """Command -> option -> default, as click takes it. Raises `UsageError` on a file that cannot be meant."""
    file = settings_file()
    found: dict[str, Any] = {}
    for name, value in (_read(file) if file else {}).items():
        setting = SETTINGS[name]
        given = str(file.parent / value) if file and setting.is_path else value
        for command in setting.commands:
            group, _, last = command.rpartition(" ")
            of_group = found.setdefault(group, {}) if group else found
            of_group.setdefault(last, {})[name] = given
    return found


def _read(file: Path) -> Mapping[str, Any]:
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}. Correct it.") from None
    for name, value in given.items():
        if name not in SETTINGS:
            raise UsageError(f"{file}: there is no setting {name!r}. {name_repair(name, tuple(SETTINGS))}")
        if not SETTINGS[name].holds(value):
            raise UsageError(f"{file}: {name} is {SETTINGS[name].kind}, not {value!r}.")
    return given
