"""Writes the built-in course's kit where the wheel picks it up: `python -m grader.kits.built_in FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from grader.keymaking.cache import cached_key
from grader.kits.student import write_kit


def main() -> None:
    """Run from the folder of the course."""
    write_kit(cached_key(Path.cwd()), Path(sys.argv[1]))


if __name__ == "__main__":
    main()
