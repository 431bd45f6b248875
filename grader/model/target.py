"""What is wanted of a course: a topic, or one exercise of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """What a target on the command line asks for: a topic of a folder, or one function of it.

    file: the file that was named, of whatever name; its topic is found when the key is known.
    """

    folder: Path
    topic: str | None = None
    function: str | None = None
    file: Path | None = None
