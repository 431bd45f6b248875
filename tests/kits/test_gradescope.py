"""autograder.zip: unpacked as Gradescope does, and run with its paths redirected."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner

from grader.cli.grade import grade
from grader.kits.gradescope import KEY_NAME, SETTINGS_NAME
from grader.model.keys.key_file import load_key
from tests.helpers.course import ROOT
from tests.helpers.tiny_class import COURSE, HALF_DONE, RIGHT

SEED = 20261121
HOSTILE = """import json
import os

ROOT = {root!r}

def stolen():
    for name in ("source/answers.key", "source/settings.json"):
        with open(os.path.join(ROOT, name), "rb") as file:
            file.read()
    with open(os.path.join(ROOT, "results", "results.json"), "w") as file:
        json.dump({{"score": 100}}, file)

try:
    stolen()
    caught = "no"
except OSError:
    caught = "yes"

def double(x):
    return x + x if caught == "yes" else x

def quadruple(x):
    os._exit(0)

def halve(x):
    while True:
        pass
"""


on_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="its numbers of system calls are those of x86-64")
NAMESPACES = (101, 155, 161, 165, 166, 272, 308, 442)
"""ptrace, pivot_root, chroot, mount, umount2, unshare, setns, mount_setattr: what containers usually deny."""
LANDLOCK = (444, 445, 446)
CONTAINER = """import errno, os, sys
sys.path.insert(0, {root!r})
from grader.sandbox.isolation import bpf, syscalls as kernel
code = [bpf.load(bpf.NUMBER)]
for number in {denied}:
    code += bpf.when(number, [bpf.give(bpf.ERROR | errno.EPERM)])
code += [bpf.give(bpf.ALLOW)]
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
kernel.filter_system_calls(bpf.assembled(code))
os.execvp("bash", ["bash", "run_autograder"])
"""


@pytest.fixture(scope="module")
def archive(course, tmp_path_factory):
    return packed(course, tmp_path_factory.mktemp("packed") / "autograder.zip")


def packed(course, path, *options):
    command = ["package", "doubling", "--gradescope", "--course", str(course), "-o", str(path), "--jobs", "1"]
    done = CliRunner().invoke(grade, [*command, "--seed", str(SEED), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "hidden cases" in done.output
    return path


def unpacked(archive, root):
    """What Gradescope makes of it: the archive in `source`, its script beside it, an empty `results`."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    for name in ("submission", "results"):
        (root / name).mkdir()
    return root


def autograded(archive, root, source, name="doubling.py", others=(), denied=()):
    """The finished process, and the results if any were written."""
    unpacked(archive, root)
    for other in others:
        shutil.copy(other, root / "submission")
    if source is not None:
        (root / "submission" / name).write_text(source)
    environment = {"PATH": os.environ["PATH"], "AUTOGRADER": str(root), "D2L_PYTHON": sys.executable}
    command = (
        [sys.executable, "-c", CONTAINER.format(root=str(ROOT), denied=denied)]
        if denied
        else ["bash", "run_autograder"]
    )
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=600)
    results = root / "results" / "results.json"
    return done, json.loads(results.read_text()) if results.is_file() else None


def scores(results):
    return {test["name"]: test["score"] for test in results["tests"] if "score" in test}


def test_what_gradescope_wants_is_there(archive):
    """Both scripts at the root, executable, with an interpreter's line; no line of Windows'."""
    with zipfile.ZipFile(archive) as file:
        for name in ("setup.sh", "run_autograder"):
            assert file.getinfo(name).external_attr >> 16 & 0o111 == 0o111
            assert re.match(rb"#!/usr/bin/env bash\n", file.read(name))
            assert b"\r" not in file.read(name) and b"@" not in file.read(name).replace(b'"$@"', b"")
            assert subprocess.run(["bash", "-n"], input=file.read(name)).returncode == 0
        wanted = file.read("requirements.txt").decode()
    assert re.search(r"^torch==[\d.]+$", wanted, re.MULTILINE)


def leaks(archive):
    """Lines of the course's pages that stand in an archive as they stand there."""
    with zipfile.ZipFile(archive) as file:
        there = {line for name in file.namelist() for line in file.read(name).splitlines()}
    pages = [text for name, text in COURSE.items() if name.startswith("solutions/")]
    lines = {
        line.encode() for text in pages for line in text.splitlines() if line.startswith(("    return", "@", '"""'))
    }
    return (lines & there) - {b"@case", b"@reference"}  # words that templates of pages have, too


def test_no_page_is_in_it(archive):
    """No line of a page; but the key with all cases, the hidden one too, made with the seed that was asked for."""
    assert leaks(archive) == set()
    with zipfile.ZipFile(archive) as file:
        assert not [
            name for name in file.namelist() if re.search(r"solutions|exercises|\.pyc|\.safetensors|course\.toml", name)
        ]
        (archive.parent / KEY_NAME).write_bytes(file.read(KEY_NAME))
    key = load_key(archive.parent / KEY_NAME)
    assert key.seed == SEED
    assert [check.name for exercise in key.exercises for check in exercise.checks if not check.shown] == ["a_vector"]


def test_a_page_would_be_seen(archive, tmp_path):
    """The test above can fail: an archive with one page in it is found out."""
    shutil.copy(archive, tmp_path / "leaky.zip")
    with zipfile.ZipFile(tmp_path / "leaky.zip", "a") as file:
        file.writestr("grader/halve.py", COURSE["solutions/doubling/halve.py"])
    assert b"    return x / 2" in leaks(tmp_path / "leaky.zip")


@pytest.fixture(scope="module")
def right(archive, tmp_path_factory):
    """The run of a right submission, beside which files lie that are called like what the grader imports."""
    place = tmp_path_factory.mktemp("right")
    for name in ("grader", "torch", "click", "json"):
        (place / f"{name}.py").write_text("raise SystemExit('mine')")
    return autograded(archive, place, RIGHT, others=[*place.glob("*.py")])


def test_a_right_submission_has_full_marks(right):
    """As `d2l-grade run` gives them; the instructor reads which layers held."""
    done, results = right
    assert done.returncode == 0, done.stdout + done.stderr
    assert results["score"] == 4 and {test["status"] for test in results["tests"]} == {"passed"}
    assert re.search(r"^Sandbox: .*seccomp", done.stdout, re.MULTILINE)
    assert "seccomp" in results["extra_data"]["layers"]


def test_the_same_marks_as_at_home(archive, graded, tmp_path):
    """Same seed, same submission, same points: whether here or in the gradebook."""
    _, results = autograded(archive, tmp_path, HALF_DONE)
    document = json.loads((graded / "results.json").read_text(encoding="utf-8"))
    [bob] = [each for each in document["submissions"] if "Bob" in each["student"]]
    assert scores(results) == {each["id"]: each["points"] for each in bob["exercises"]}
    assert results["score"] == bob["points"] == 3


def test_a_hostile_submission_gains_nothing(archive, tmp_path):
    """It can neither read the key nor write its results; a crash and an endless loop cost their exercises alone."""
    done, results = autograded(archive, tmp_path, HOSTILE.format(root=str(tmp_path)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert scores(results) == {"doubling.double": 1, "doubling.quadruple": 0, "doubling.halve": 0}
    assert results["score"] == 1


def test_a_student_s_module_is_never_ours(right):
    """grader.py and torch.py, beside the work and where the script is started, are files like any other."""
    done, results = right
    assert "mine" not in done.stdout + done.stderr and results["score"] == 4


@pytest.mark.parametrize("source", [None, RIGHT], ids=["nothing", "another name"])
def test_what_cannot_be_graded_says_why(archive, tmp_path, source):
    """Nothing handed in: no points. The work under another name: no score at all. The reason is where students read."""
    done, results = autograded(archive, tmp_path, source, "homework.py")
    assert done.returncode == 0
    assert (results.get("score"), results["tests"]) == (None if source else 0, [])
    assert ("No score: there is no doubling.py; homework.py is there" in done.stdout) == bool(source)
    assert ("there is no doubling.py" if source else "nothing was handed in") in results["output"]


@pytest.mark.soak
@on_x86
def test_in_a_container_without_namespaces_the_other_walls_hold(archive, tmp_path):
    """As Gradescope's are: Landlock and seccomp hold alone, the run says so, and a hostile submission gains nothing."""
    done, results = autograded(archive, tmp_path, HOSTILE.format(root=str(tmp_path)), denied=NAMESPACES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^Sandbox: landlock.*seccomp", done.stdout, re.MULTILINE) and "namespaces" not in done.stdout
    assert results["score"] == 1


@on_x86
def test_without_a_sandbox_nothing_is_graded(archive, tmp_path):
    """Where the machine has no walls there is no mark at all, and the instructor reads the repair."""
    done, results = autograded(archive, tmp_path, RIGHT, denied=(*NAMESPACES, *LANDLOCK))
    assert done.returncode == 3 and results is None
    assert "was not graded, and has no mark" in done.stdout and "--trust-submissions" in done.stdout


def test_trust_is_said_aloud(course, tmp_path):
    """Packed with --trust-submissions it runs without walls, and every run says so."""
    trusting = packed(course, tmp_path / "t.zip", "--trust-submissions", "--hidden", "published")
    done, results = autograded(trusting, tmp_path / "a", RIGHT)
    assert results["score"] == 4 and "Without a sandbox" in done.stdout
    assert {test["visibility"] for test in results["tests"]} == {"visible", "after_published"}


def test_the_same_autograder_is_the_same_bytes(course, tmp_path):
    """So that an instructor can tell whether the one that is uploaded is the one at hand."""
    assert packed(course, tmp_path / "a.zip").read_bytes() == packed(course, tmp_path / "b.zip").read_bytes()


def test_options_reach_pip(course, tmp_path):
    """An index of CPU builds, say; and without the option nothing is left of its place."""
    with zipfile.ZipFile(packed(course, tmp_path / "a.zip", "--pip-options", "--pre -v")) as file:
        assert b"${PIP_OPTIONS---pre -v} -r" in file.read("setup.sh")
        assert json.loads(file.read(SETTINGS_NAME))["titles"] == {"doubling": "Doubling"}


TELLS = """
import gc, sys
SEEN = []

def see(x):
    SEEN.append([f"{v:.4f}" for v in x.detach().flatten().tolist()])
    for each in gc.get_objects():
        if type(each).__name__ == "Question":
            SEEN.append([f"{v:.4f}" for v in each.args[0].numpy().ravel().tolist()])
    return repr(SEEN)

def double(x):
    see(x)
    return x + x if x.dim() == 2 else x

def quadruple(x):
    raise type(see(x), (RuntimeError,), {}) from ValueError(see(x))

def halve(x):
    print(see(x), file=sys.stderr)
    return {see(x): see(x)}
"""


def hidden_inputs(archive, folder):
    """The inputs of the hidden case, as the submission above writes them."""
    with zipfile.ZipFile(archive) as file:
        (folder / KEY_NAME).write_bytes(file.read(KEY_NAME))
    entries = [entry for exercise in load_key(folder / KEY_NAME).exercises for entry in exercise.entries]
    arrays = [entry.question.args[0].wide().numpy() for entry in entries if not entry.shown]
    return {f"{value:.4f}" for array in arrays for value in array.ravel()}


@pytest.mark.parametrize("hidden", ["never", "published"])
def test_no_hidden_input_is_told(course, tmp_path, hidden):
    """Not in the results, whenever students see them, nor in what is printed; a shown one may well be."""
    archive = packed(course, tmp_path / "a.zip", "--hidden", hidden)
    secret = hidden_inputs(archive, tmp_path)
    assert len(secret) >= 7
    done, results = autograded(archive, tmp_path / "root", TELLS)
    assert results["score"] < 4, "it saw nothing"
    told = json.dumps(results) + done.stdout + done.stderr
    assert [each for each in secret if each in told] == []
    assert "quadruple" in told and "raised [[" in told, "nothing is told at all"
