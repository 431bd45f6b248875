"""`python -m grader check …` and `python -m grader grade …`, where the two commands are not on the path."""

import sys
from importlib import import_module
from typing import NoReturn

COMMANDS = ("check", "grade")
USAGE = 2


def main() -> NoReturn:
    """Runs the command that the first argument names."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in COMMANDS:
        print("Say python -m grader check ... (students) or python -m grader grade ... (instructors).", file=sys.stderr)
        sys.exit(USAGE)
    del sys.argv[1]
    import_module(f"grader.cli.{name}").main()
    raise AssertionError("a command ends the process")


if __name__ == "__main__":
    main()
