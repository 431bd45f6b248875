"""Commands of nbgrader's and ours, each in a process of its own that has them imported when it starts.

Importing nbgrader takes longer than most of what its commands do, and there are dozens of them. So the standard
library's fork server imports them once, and every command is a fork of it: with its own folder, environment, arguments
and streams, it runs what `python -m nbgrader`, `d2l-grade` and `python -c CODE` run.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from pathlib import Path
from tempfile import NamedTemporaryFile

PATIENCE = 1800.0
NBGRADER, D2L_GRADE, PYTHON = "nbgrader", "d2l-grade", "python"


def done(program: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a command, and all that it said."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.helpers.nbgrader_preload"])
    with NamedTemporaryFile() as said:
        process = context.Process(target=_act, args=(program, arguments, folder, environment, said.name))
        process.start()
        process.join(PATIENCE)
        process.kill()
        process.join()
        assert process.exitcode is not None
        return process.exitcode, Path(said.name).read_text(encoding="utf-8", errors="replace")


def end() -> None:
    """Ends the fork server, and waits until it is gone."""
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


def _act(program: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], said: str) -> None:
    """Becomes the command."""
    assert "nbgrader.apps.nbgraderapp" in sys.modules, (
        "the fork server, which says nothing of errors, has imported nothing"
    )
    descriptor = os.open(said, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [program, *arguments]
    sys.path.insert(0, "")
    warnings.simplefilter("ignore")  # as PYTHONWARNINGS says, which is read when an interpreter starts
    try:
        if program == NBGRADER:
            runpy.run_module("nbgrader", run_name="__main__")
        elif program == PYTHON:
            sys.argv = ["-c", *arguments[1:]]
            exec(compile(arguments[0], "<string>", "exec"), {"__name__": "__main__"})
        else:
            from grader.cli.grade import main

            main()
    finally:
        import atexit

        atexit._run_exitfuncs()  # a fork of multiprocessing's would leave them out
