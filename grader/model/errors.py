"""What can go wrong that is not a student's mistake.

    GraderError             one clear line, with the repair
    ├── UsageError          the user asked for something that is not there     exit code 2
    ├── PageError           a page that could not tell right from wrong        exit code 2
    ├── KeyFileError        an answer key that cannot be read                  exit code 2
    └── SandboxError        student code cannot be run here                    exit code 3
        ├── NoIsolationError    this system cannot hold untrusted code
        └── ShortageError       memory, processes or descriptors are missing: later, or with less at once, it may go

A student's mistake is never an exception: it is a `Verdict`.
"""

import difflib
from collections.abc import Sequence


class GraderError(Exception):
    """One line for a person: what happened, and how to repair it."""


class UsageError(GraderError):
    """The command line or a folder names something that is not there."""


class PageError(GraderError):
    """An exercise's page is unsound; the message names page, case and repair."""


class UnluckyDrawError(PageError):
    """The numbers of a case do not tell right from wrong; with another seed they may."""


class KeyFileError(GraderError):
    """A file that is not an answer key, or one that another version wrote."""


class SandboxError(GraderError):
    """No child process can be started here, or it died before it was asked anything."""


class NoIsolationError(SandboxError):
    """Nothing here holds untrusted code. Only then is running it without walls a question that may come up."""


class ShortageError(SandboxError):
    """What a process needs is missing, or processes are killed; the message has the numbers."""


def name_repair(name: str, known: Sequence[str], listed: Sequence[str] = ()) -> str:
    """The repair of a name that is not there: the nearest that is, or all of them; of many, those in `listed`."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"There is: {', '.join(listed or known)}."
