"""The process that unpickles what workers send can do no harm to the files of whoever keeps the marks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.cluster.confinement import confine
from tests.helpers.clusters import environment
from tests.helpers.course import ROOT
from tests.helpers.processes import linux

pytestmark = linux
TRIES = """\
import os, socket, sys, threading
from pathlib import Path
from grader.cluster.confinement import confine
submissions, gradebook, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if not confine([str(submissions)]):
    sys.exit(77)

def tried(name, act):
    try:
        print(name, act())
    except OSError as error:
        print(name, type(error).__name__)

def in_a_thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(os.access(gradebook, os.R_OK) and tried("thread", gradebook.read_text)))
    thread.start(); thread.join()
    return "done"

tried("submission", (submissions / "a.py").read_text)
tried("gradebook", gradebook.read_text)
in_a_thread()
tried("write", lambda: (submissions / "new.py").write_text("x"))
tried("overwrite", lambda: gradebook.write_text("x"))
tried("remove", gradebook.unlink)
tried("memory", lambda: open(f"/proc/{os.getppid()}/mem", "rb").read(1))
tried("network", lambda: socket.create_connection(("127.0.0.1", port), 5).close())
import wsgiref.simple_server
print("import", wsgiref.simple_server.__name__)
"""


def test_what_it_may_and_what_it_may_not(tmp_path: Path) -> None:
    """It reads the submissions, speaks with the network and imports; it reads and writes nothing else, and looks into
    no other process."""
    import socket

    submissions, gradebook = tmp_path / "submissions", tmp_path / "gradebook.db"
    submissions.mkdir()
    (submissions / "a.py").write_text("work")
    gradebook.write_text("marks")
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", TRIES, submissions, gradebook, str(server.getsockname()[1])]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, cwd="/")
    if done.returncode == 77:
        pytest.skip("there is no Landlock here")
    assert done.stdout.splitlines() == [
        "submission work", "gradebook PermissionError", "thread PermissionError", "write PermissionError",
        "overwrite PermissionError", "remove PermissionError", "memory PermissionError", "network None",
        "import wsgiref.simple_server",
    ], done.stderr  # fmt: skip
    assert gradebook.read_text() == "marks"


def test_where_there_is_no_landlock_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is different."""
    monkeypatch.setattr("grader.sandbox.isolation.landlock.version", lambda: 0)
    assert confine([str(ROOT)]) is False
    assert (ROOT / "pyproject.toml").read_text()
