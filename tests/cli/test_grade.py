"""`d2l-grade`: what it says, and its exit codes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from grader.cli.grade import grade as grade_command
from tests.helpers.commands import CHECK, GRADE, Here, run


@pytest.mark.parametrize(
    ("broken", "command", "arguments"),
    [
        ("import grader.cli.checker as m; m.read_workspace = lambda *_: 1 / 0; ", CHECK, []),
        (
            "import grader.cli.run as m; m.intake = lambda *_: 1 / 0; ",
            GRADE,
            ["run", ".", "--course", "{tiny}"],
        ),
    ],
    ids=["d2l-check", "d2l-grade"],
)
def test_our_fault_is_three(kit: Path, tiny: Path, broken: str, command: str, arguments: list[str]) -> None:
    """An error of ours is said to be ours, in one line without a traceback."""
    result = run(broken + command, *(each.format(tiny=tiny) for each in arguments), cwd=kit)
    assert result.returncode == 3
    (line,) = result.stderr.splitlines()
    assert "this is our fault, not yours: ZeroDivisionError: division by zero" in line


@pytest.fixture(scope="module")
def two_students(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for student, text in {
        "wrong one": "def double(x):\n    return x\n",
        "李 雷": "def double(x):\n    return x + x\n",
    }.items():
        (folder / student).mkdir()
        (folder / student / "doubling.py").write_text(text)
    (folder / "nobody").mkdir()
    return folder


def test_a_run_is_zero_whatever_the_marks(two_students: Path, tiny: Path, tmp_path: Path) -> None:
    """The class was gone through; who could not be graded is listed with a reason; the files are there and parse."""
    out = tmp_path / "out"
    result = run(GRADE, two_students, "-o", out, "--course", tiny, "--seed", 7, "--jobs", 1, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert re.search(r"nobody .*nothing was handed in", result.stdout)
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["schema"] == 2
    assert document["sandbox"]
    marks = {each["student"]: (each["status"], each["points"]) for each in document["submissions"]}
    assert marks == {"nobody": ("absent", 0), "wrong one": ("graded", 0), "李 雷": ("graded", 1)}
    assert (out / "report.html").stat().st_size > 1000
    assert len((out / "grades.csv").read_text(encoding="utf-8").splitlines()) == 4
    assert {path.stem for path in (out / "feedback").iterdir()} == {"nobody", "wrong one", "李 雷"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nowhere"], "There is no folder nowhere."),
        (["run", "a.txt"], "a.txt is a file. Give the folder that holds one folder per student"),
        (["run", "empty"], "empty holds no submissions"),
        (["run", "flat"], "put them into a folder per student"),
        (
            ["run", "{class}", "--topics", "duobling"],
            "There is no topic and no exercise 'duobling'. Did you mean doubling?",
        ),
        (["run", "{class}", "-o", "a.txt"], "a.txt cannot be written"),
        (["run", "{class}", "--course", "empty"], "empty is not a course: it has no exercises/course.toml."),
        (["run", "{class}", "--jobs", "0"], "--jobs"),
        (["package", "duobling"], "Did you mean doubling?"),
        (["doctor", "duobling"], "Did you mean doubling?"),
    ],
)
def test_usage_is_two(
    two_students: Path, tiny: Path, here: Here, tmp_path: Path, arguments: list[str], says: str
) -> None:
    """Each mistake of an instructor on the command line is one line on stderr."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "softmax.py").write_text("")
    (tmp_path / "a.txt").write_text("")
    given = [each.format(**{"class": two_students}) for each in arguments]
    command = given if "--course" in given else [*given, "--course", str(tiny)]
    code, output, complaint = here(grade_command, command, tmp_path)
    assert (code, output) == (2, "")
    (line,) = complaint.splitlines()
    assert says in line


def test_a_command_that_is_none(tmp_path: Path) -> None:
    """Neither a command nor a folder: 2, and one line."""
    result = run(GRADE, "nowhere", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert "There is no command and no folder 'nowhere'." in line


def test_an_unsound_course_is_one(tiny: Path, here: Here, tmp_path: Path) -> None:
    """The doctor names the repair and ends with 1; a sound course ends with 0."""
    assert here(grade_command, ["doctor", "--course", str(tiny), "--seeds", "1"], tmp_path)[0] == 0
    shutil.copytree(tiny, tmp_path / "course")
    stub = tmp_path / "course" / "exercises" / "doubling.py"
    stub.write_text(stub.read_text().replace("def double(x: Tensor)", "def double(y: Tensor)"))
    code, output, _ = here(grade_command, ["doctor", "--course", str(tmp_path / "course"), "--seeds", "1"], tmp_path)
    assert code == 1
    assert "doubling.double" in output


def test_a_topic_that_is_called_like_a_command(tiny: Path, here: Here, tmp_path: Path) -> None:
    """d2l-check list is the command, so nobody could check such a topic: the doctor says so."""
    shutil.copytree(tiny, tmp_path / "course")
    for path in (tmp_path / "course" / "exercises" / "doubling.py", tmp_path / "course" / "solutions" / "doubling"):
        path.rename(path.with_name(path.name.replace("doubling", "list")))
    course = tmp_path / "course" / "exercises" / "course.toml"
    course.write_text(course.read_text().replace("doubling", "list"))
    code, output, _ = here(grade_command, ["doctor", "--course", str(tmp_path / "course"), "--seeds", "1"], tmp_path)
    assert code == 1
    assert "list.py: d2l-check list is a command. Give the topic another name" in output
