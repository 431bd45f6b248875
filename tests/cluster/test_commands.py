"""Dask's own commands, with our settings: what they are given, and a worker that is always there again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from grader.cli.grade import grade
from grader.cluster.address import Certificates
from grader.cluster.commands import dask_environment, scheduler_command, worker_command
from grader.cluster.settings import ENCRYPTION, YAML, settings
from grader.model.errors import UsageError
from tests.helpers.course import ROOT
from tests.helpers.processes import eventually, linux

FOLDER = Certificates(Path("/etc/d2l"))
PROBE = """\
import json, sys
import dask.config, distributed
print(json.dumps({name: dask.config.get(name) for name in json.loads(sys.argv[1])}))
"""


KEPT = """\
import sys
from grader.cluster import commands
from grader.cluster.address import Address
commands.PAUSES = (0.1,)
say = lambda text: print(text, flush=True)
commands.keep_running([sys.executable, "-S", *sys.argv[1:]], Address(url="tls://x:1"), say)
"""
PLAYED = """\
import os, sys, time
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()}\\n")
time.sleep(0 if len(open(sys.argv[1]).readlines()) < 3 else 600)
"""


def python(code: str, *arguments: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=dask_environment(True, {**os.environ, **more}), text=True,
        capture_output=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return done.stdout


def test_dask_takes_the_settings_from_the_file() -> None:
    """Each name is one that Dask has, and its commands see our value: a name that Dask does not know would be silent."""
    import json

    ours = settings()
    assert json.loads(python(PROBE, json.dumps(list(ours)))) == ours
    assert ours[ENCRYPTION] is True
    assert settings(encrypted=False)[ENCRYPTION] is False
    defaults = yaml.safe_load((Path(__import__("distributed").__file__).parent / "distributed.yaml").read_text())
    for name in ours:
        node = defaults
        for part in name.split("."):
            assert part in node, name
            node = node[part]


@pytest.mark.parametrize("module", ["dask_worker", "dask_scheduler"])
def test_dask_knows_the_options(module: str) -> None:
    """Every option that we give is one of the command's."""
    command = (
        worker_command("tls://x:1", FOLDER, 2, "lab", Path("/s"))
        if module == "dask_worker"
        else scheduler_command("h", 1, FOLDER)
    )
    assert command[:3] == [sys.executable, "-m", f"distributed.cli.{module}"]
    known = subprocess.run([*command[:3], "--help"], capture_output=True, text=True, check=True).stdout
    for option in (word for word in command[3:] if word.startswith("--")):
        assert re.search(rf"{option}\b", known), option


def test_a_worker_has_one_thread_and_no_limit_of_memory_of_dasks() -> None:
    """What takes memory is the sandbox below it, which Dask does not see."""
    command = worker_command("tls://x:1", None, 3, "lab", Path("/s"))
    pairs = dict(pairwise(command))
    assert (pairs["--nthreads"], pairs["--nworkers"], pairs["--memory-limit"]) == ("1", "3", "0")
    assert "--tls-key" not in command
    assert dask_environment(False, {})["DASK_CONFIG"] == str(YAML)


@linux
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_worker_is_started_again_until_it_is_asked_to_end(tmp_path: Path, how: signal.Signals) -> None:
    """It outlives its scheduler, and leaves nothing behind when it is stopped."""
    log, played = tmp_path / "log", tmp_path / "worker.py"
    played.write_text(PLAYED)
    process = subprocess.Popen([sys.executable, "-c", KEPT, played, log], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert eventually(lambda: log.exists() and len(log.read_text().splitlines()) == 3, 60)
    last = Path("/proc", log.read_text().splitlines()[-1])
    process.send_signal(how)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == (0 if how != signal.SIGKILL else -how)
    assert said.count("The worker has ended (exit code 0)") == 2
    assert eventually(lambda: not last.exists(), 60)


def test_what_the_scheduler_imports_is_small() -> None:
    """It reads our tasks, and needs neither torch nor anything else of ours for it."""
    code = "import sys, grader.cluster.task, grader.cluster.cleanup; print(*(name for name in sys.modules if name.startswith(('grader', 'torch', 'sqlalchemy'))))"
    assert set(python(code).split()) == {
        "grader",
        "grader.cluster",
        "grader.cluster.task",
        "grader.cluster.cleanup",
        "grader.version",
    }


def test_without_the_option_nothing_of_dask_is_imported() -> None:
    """Students and whoever grades on one machine do without the extra."""
    code = "import sys, grader.cli.grade, grader.cli.run; print([name for name in sys.modules if name.startswith(('dask', 'distributed', 'cryptography'))])"
    assert python(code).strip() == "[]"


@pytest.mark.parametrize(
    "arguments", [("worker", "tls://127.0.0.1:1"), ("run", "x", "--scheduler", "local:1"), ("cluster", "scheduler")]
)
def test_a_missing_extra_is_named(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """With the repair, in one line."""
    for name in ("dask", "distributed", "cryptography"):
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('hidden', name={name!r})")
    (tmp_path / "x" / "ada").mkdir(parents=True)
    (tmp_path / "x" / "ada" / "norms.py").write_text("")
    code = "from grader.cli.grade import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, *(("--course", str(ROOT), "--topics", "norms", "-o", "out") if arguments[0] == "run" else ())],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "pip install 'd2l-grader[cluster]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", ".", "--scheduler", "tcp://10.0.0.3:8786"), "in the clear"),
        (("run", ".", "--scheduler", "tls://10.0.0.3:8786"), "Say --certificates FOLDER"),
        (("run", ".", "--scheduler", "somewhere"), "is no scheduler"),
        (("run", ".", "--scheduler", "local:2", "--device", "auto"), "With --scheduler say cpu, sim or cuda"),
        (("run", ".", "--scheduler", "local:2", "--device", "cuda:1"), "means cards of this machine"),
        (("worker", "local:2"), "is not a scheduler that others can speak to"),
        (("worker", "tcp://10.0.0.3:8786"), "in the clear"),
        (("cluster", "scheduler", "--host", "10.0.0.3"), "in the clear"),
    ],
)
def test_a_mistake_is_said_at_once(arguments: tuple[str, ...], says: str) -> None:
    """Before a key is made or anything is started."""
    with pytest.raises(UsageError, match=says):
        grade.main([*arguments, *(("--course", str(ROOT)) if arguments[0] == "run" else ())], standalone_mode=False)


def test_the_settings_for_others_are_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    """As it is, comments and all."""
    grade.main(["cluster", "settings"], standalone_mode=False)
    assert capsys.readouterr().out == YAML.read_text(encoding="utf-8")
