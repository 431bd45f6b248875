"""What must be the same on every machine, for marks to be those of one machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from grader.keymaking.source_digest import versions

GRADER = Path(__file__).parents[1]
CODE = "code of d2l-grader"
DIGITS = 12


def versions_here() -> dict[str, str]:
    """The versions that results rest on, of what carries them, and a checksum of our own source: two checkouts may
    bear one number."""
    return {**versions(), "distributed": version("distributed"), CODE: _code()}


def differing(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """What differs, with both numbers; "" where nothing does."""
    names = [name for name in here if there.get(name) != here[name]]
    if names != [CODE]:
        names = [name for name in names if name != CODE]  # another version has other code
    return ", ".join(f"{name} {there.get(name, 'none')} there and {here[name]} here" for name in names)


@cache
def _code() -> str:
    found = hashlib.sha256()
    for path in sorted(GRADER.rglob("*.py")):
        content = path.read_bytes()
        found.update(repr((path.relative_to(GRADER).as_posix(), len(content))).encode() + content)
    return found.hexdigest()[:DIGITS]
