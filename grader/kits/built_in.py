"""Writes the built-in course's kit where the wheel picks it up: `python -m grader.kits.built_in FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from grader.course.course import read_course
from grader.keymaking.cache import cached_key
from grader.kits.student import write_kit


def main() -> None:
    """Run from the folder of the course."""
    course = read_course(Path.cwd())
    write_kit(course, course.topics, cached_key(course.folder), Path(sys.argv[1]))


if __name__ == "__main__":
    main()
