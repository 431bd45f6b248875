"""`d2l-grade sandbox`: which layers this machine has, each tried for real, and what to do about the rest."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from grader.cli import sandbox as sandbox_command_module
from grader.cli.grade import grade, main
from grader.model.errors import SandboxError
from grader.sandbox.probe import probe
from grader.sandbox.processes import BOOT
from grader.sandbox.self_test import trial
from grader.sandbox.session import refuse_elsewhere
from tests.helpers.course import ROOT
from tests.helpers.sandbox_modes import Started
from tests.helpers.sandboxes import one_process

LAYERS = ["namespaces", "read-only root", "landlock", "seccomp", "rlimits", "no privileges", "fair deadlines"]
LIMITS_TRIED = ["process", "time limit", "memory limit", "output limit"]


def sandbox_command(*arguments: str) -> Result:
    return CliRunner().invoke(grade, ["sandbox", *arguments], standalone_mode=False)


def without(monkeypatch: pytest.MonkeyPatch, spoilt: str) -> None:
    """Processes are started with one statement more."""
    monkeypatch.setattr("grader.sandbox.processes.BOOT", BOOT.replace("main()\n", f"{spoilt}\nmain()\n"))


def landlock_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "from grader.sandbox.isolation import landlock; landlock.LANDLOCK_CREATE_RULESET = 9999")


def test_every_layer_is_in_the_table() -> None:
    """A line for each layer and each limit: whether it is in force, what was tried, what was seen."""
    with one_process():
        result = sandbox_command()
    assert result.return_value == 0, result.output
    lines = result.output.splitlines()
    assert [line.split("  ")[0].strip() for line in lines] == [
        "layer",
        *LAYERS,
        *LIMITS_TRIED,
        "Grading is possible: all hold.",
    ]
    assert all(" yes " in line for line in lines[1:-1])
    assert "made a socket and a process" in result.output


def test_into_a_file_it_is_plain_text() -> None:
    """No escape codes and no boxes where nobody looks at a terminal."""
    with one_process():
        text = sandbox_command().output
    assert text.isascii()
    assert "\x1b" not in text


def test_a_program_reads_json() -> None:
    """The same as JSON."""
    with one_process():
        output = sandbox_command("--json").output
    found = json.loads(output)
    assert (found["schema"], found["possible"]) == (1, True)
    assert [layer["name"] for layer in found["layers"]] == [*LAYERS, *LIMITS_TRIED]
    assert all(layer["in_force"] and layer["tried"] and layer["repair"] is None for layer in found["layers"])


def test_a_layer_that_can_be_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another wall stands in for it, grading is possible, and the repair is named all the same."""
    landlock_is_missing(monkeypatch)
    result = sandbox_command()
    assert result.return_value == 0, result.output
    assert "No landlock: [Errno 38] Function not implemented. Repair: Linux 5.13" in result.output
    assert "Grading is possible, without landlock: the others hold." in result.output


def test_a_layer_that_cannot_be_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a filter of system calls nothing untrusted runs: exit code 1, the reason and the way out."""
    without(monkeypatch, "from grader.sandbox.isolation import syscalls; syscalls.MACHINE = 'riscv64'")
    result = sandbox_command()
    assert result.return_value == 1, result.output
    assert (
        "No seccomp: no table of system calls for riscv64. Repair: a kernel with CONFIG_SECCOMP_FILTER" in result.output
    )
    assert "Grading is not possible: untrusted code cannot be locked down here: no seccomp" in result.output
    assert "--trust-submissions" in result.output
    found = json.loads(sandbox_command("--json").output)
    assert not found["possible"]
    assert [layer["name"] for layer in found["layers"] if not layer["in_force"]] == ["seccomp"]


def test_a_wall_that_stands_and_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer is leaned against, not looked at: a filter that lets everything through is found out."""
    without(
        monkeypatch, "from grader.sandbox.isolation import seccomp; seccomp.give = lambda action: (6, 0x7FFF0000, 0, 0)"
    )
    (seccomp,) = [layer for layer in probe() if layer.name == "seccomp"]
    assert (seccomp.available, seccomp.detail) == (False, "it does not hold: sockets")


def test_a_limit_that_does_not_hold(monkeypatch: pytest.MonkeyPatch, started: Started) -> None:
    """A child that gets more than it may have makes grading impossible."""
    sandbox = started("all layers")
    monkeypatch.setattr("grader.sandbox.self_test.SOURCE", "def answer(): return 6\nloop = swell = shout = answer\n")
    assert [layer.available for layer in trial(sandbox)] == [True, False, False, False]
    monkeypatch.setattr(sandbox_command_module, "probe", list)
    with one_process():
        result = sandbox_command()
    assert result.return_value == 1
    assert "Grading is not possible: the time limit does not hold: the child got away with it." in result.output


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_it_names_the_container(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """macOS and Windows have no such layers: one line says so, and what to do."""
    monkeypatch.setattr(sys, "platform", system)
    result = sandbox_command()
    assert result.return_value == 1
    assert len(result.output.splitlines()) == 1
    assert "container" in result.output
    assert "--trust-submissions" in result.output


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_a_class_is_not_graded_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], system: str
) -> None:
    """`d2l-grade run` refuses in one line, before it looks at anything."""
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(sys, "argv", ["d2l-grade", "run", "nowhere/at/all"])
    with pytest.raises(SystemExit) as exit:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert exit.value.code == 3
    assert line.startswith(
        f"d2l-grade: {system} cannot lock untrusted code down: grade in a Linux container (the Dockerfile"
    )
    assert "--trust-submissions" in line


def test_whoever_trusts_every_submission_is_let_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: what it looks for depends on the system and on --trust-submissions."""
    refuse_elsewhere(trust=False)
    monkeypatch.setattr(sys, "platform", "darwin")
    refuse_elsewhere(trust=True)
    with pytest.raises(SandboxError):
        refuse_elsewhere(trust=False)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="its numbers of system calls are those of x86-64")
def test_in_a_container_that_allows_no_namespaces() -> None:
    """Under rules like those that containers come with, Landlock and seccomp hold alone, and the flags are named."""
    code = (
        "import errno; from grader.sandbox.isolation import bpf, syscalls\n"
        "denied = (101, 155, 161, 165, 166, 272, 308, 442)\n"  # ptrace, pivot_root, chroot, mount, umount2, unshare, setns, mount_setattr
        "code = [bpf.load(bpf.NUMBER)]\n"
        "for number in denied: code += bpf.when(number, [bpf.give(bpf.ERROR | errno.EPERM)])\n"
        "code += [bpf.give(bpf.ALLOW)]\n"
        "syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)\n"
        "syscalls.filter_system_calls(bpf.assembled(code))\n"
        "from grader.cli.grade import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "sandbox", "--json"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    missing = {layer["name"]: layer for layer in found["layers"] if not layer["in_force"]}
    assert missing.keys() == {"namespaces", "read-only root"}
    assert "--security-opt seccomp=unconfined" in missing["namespaces"]["repair"]
    assert found["possible"]


def test_a_missing_layer_has_a_repair() -> None:
    """There is no layer without one."""
    assert set(LAYERS) == set(sandbox_command_module.REPAIRS)
