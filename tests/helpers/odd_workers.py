"""Machines that are not as they should be, as a `sitecustomize` that every Python process of theirs runs first."""

from __future__ import annotations

from pathlib import Path

OTHER_VERSION = "import grader.version\ngrader.version.__version__ = '0.0.9'\n"
NO_SANDBOX = """\
import sys
if 'distributed' in ' '.join(sys.orig_argv) or 'spawn' in ' '.join(sys.orig_argv):
    from grader.model.errors import NoIsolationError
    from grader.sandbox.session import Sandbox

    def start(*_, **__):
        raise NoIsolationError('neither namespaces nor Landlock can be had here')

    Sandbox.start = staticmethod(start)
"""
ODD_OBJECTS = """\
import sys
if 'distributed' in ' '.join(sys.orig_argv) or 'spawn' in ' '.join(sys.orig_argv):
    import grader.cluster.task, itertools, os, zlib

    class Nasty:
        def __reduce__(self):
            return (os.mkdir, (@TRAP@,))

    class NastyError(Exception):
        def __reduce__(self):
            return (int, ('not a number',))

    bombs = zlib.compress(bytes(1 << 28))
    kinds = itertools.cycle(['text', b'bytes', bombs, Nasty(), NastyError(), ['list'], None])

    def grade_submission(run, data):
        kind = next(kinds)
        if isinstance(kind, Exception):
            raise kind
        return kind

    grader.cluster.task.grade_submission = grade_submission
"""


def odd_machine(folder: Path, statements: str) -> str:
    """The folder for PYTHONPATH that makes every Python process run these statements first."""
    folder.mkdir(parents=True)
    (folder / "sitecustomize.py").write_text(statements)
    return str(folder)
