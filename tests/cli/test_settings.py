"""d2l.toml, -q, -v, --dry-run, errors that name the help of their own command, and Ctrl-C."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli import common, package
from grader.cli.grade import grade
from grader.cli.settings import SETTINGS, defaults
from grader.model.errors import UsageError
from tests.helpers.commands import Here, run
from tests.helpers.commands import here as here
from tests.helpers.course import ROOT
from tests.helpers.mean_course import write_mean_course

ALL = 'course = "c"\nroster = "r.csv"\nlayout = "canvas"\nout = "marks"\njobs = 3\n'


def test_what_is_said_once_holds_for_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is an option of theirs; paths begin at the file's folder, from wherever below it one works."""
    (tmp_path / "d2l.toml").write_text(ALL)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    found = defaults()
    assert found["run"] == {
        "course": str(tmp_path / "c"), "roster": str(tmp_path / "r.csv"), "layout": "canvas",
        "out": str(tmp_path / "marks"), "jobs": 3,
    }  # fmt: skip
    assert found["doctor"] == {"course": str(tmp_path / "c"), "jobs": 3}
    assert found["nbgrader"] == {"init": {"course": str(tmp_path / "c"), "jobs": 3}}


def test_every_default_is_an_option_of_its_command() -> None:
    """Or it would be set in vain."""
    for name, setting in SETTINGS.items():
        for words in setting.commands:
            command = grade
            for word in words.split():
                command = command.commands[word]  # type: ignore[attr-defined]
            assert name in {parameter.name for parameter in command.params}, (name, words)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("jbs = 2\n", "d2l.toml: there is no setting 'jbs'. Did you mean jobs?"),
        ("jobs = 0\n", "d2l.toml: jobs is a whole number above 0, not 0."),
        ("jobs = true\n", "d2l.toml: jobs is a whole number above 0, not True."),
        ('layout = "blackboard"\n', "d2l.toml: layout is one of gradescope, moodle, canvas, nbgrader, folders, not"),
        ("course = 3\n", "d2l.toml: course is a folder, not 3."),
        ("course = \n", "d2l.toml cannot be read: Invalid value (at line 1, column 10). Correct it."),
    ],
)
def test_a_file_that_cannot_be_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str) -> None:
    """Is said before anything is done."""
    (tmp_path / "d2l.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        defaults()
    assert says in str(error.value)


def test_more_or_less_is_said(tmp_path: Path, here: Here) -> None:
    """-q leaves errors; -v tells where a setting comes from."""
    write_mean_course(tmp_path / "c")
    (tmp_path / "d2l.toml").write_text('course = "c"\n')
    code, said, told = here(grade, ["package", "means", "--dry-run", "-v"], tmp_path)
    assert (code, said) == (0, "would write kit.zip: means\n")
    assert f"course = {tmp_path / 'c'} (from {tmp_path / 'd2l.toml'})" in told
    assert here(grade, ["package", "means", "--dry-run", "-q"], tmp_path) == (0, "", "")
    code, said, told = here(grade, ["package", "medians", "-q"], tmp_path)
    assert (code, said) == (2, "")
    assert "There is no topic and no exercise 'medians'. Did you mean means?" in told


def test_a_quiet_doctor_prints_problems(tmp_path: Path, here: Here) -> None:
    """They are errors, and go where errors go."""
    course = write_mean_course(tmp_path)
    (course / "exercises" / "modes.py").write_text('"""Modes."""\n')
    code, said, told = here(grade, ["doctor", "--seeds", "1", "-q"], course)
    assert (code, said) == (1, "")
    assert told.startswith("✗ exercises/modes.py: is no topic: course.toml does not list 'modes'.")


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--scheduler", "tcp://far.example:8786"), "would carry submissions and hidden answers in the clear"),
        (("--scheduler", "nowhere"), "'nowhere' is no scheduler."),
        (("--regrade", "medians"), "--regrade: There is no exercise 'medians'."),
        (("--map", "ada:means.py=medians"), "there is no topic 'medians'"),
        (("--times", "times.csv"), "times.csv"),
        (("--roster", "roster.csv"), "roster.csv"),
        (("--assignment", "first"), "first"),
    ],
)
def test_a_dry_run_refuses_what_a_run_refuses(option: tuple[str, str], says: str, tmp_path: Path, here: Here) -> None:
    """In the same words, with the same exit code; neither writes anything."""
    course = write_mean_course(tmp_path / "c")
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "class" / "ada" / "means.py").write_text("def mean(x): return x.mean()\n")
    command = ["run", "class", "-o", "out", "--course", str(course), *option]
    dry, real = (here(grade, [*command, *more], tmp_path) for more in (["--dry-run"], []))
    assert (dry[0], real[0]) == (2, 2), (dry, real)
    assert says in dry[2]
    assert dry[2] == real[2]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "asks"),
    [
        (["export", "--format", "nope"], "Try d2l-grade export --help."),
        (["nbgrader", "init"], "Try d2l-grade nbgrader init --help."),
        (["doctor", "--seeds", "0"], "Try d2l-grade doctor --help."),
        (["--nope"], "Try d2l-grade --help."),
    ],
)
def test_errors_end_with_the_help_that_helps(arguments: list[str], asks: str, tmp_path: Path, here: Here) -> None:
    """That of the command that was asked for."""
    code, _, told = here(grade, arguments, tmp_path)
    assert (code, told.strip().endswith(asks)) == (2, True), told


def test_package_without_a_course(tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the course of the checkout, else the kit in the wheel, else says what to give."""
    assert here(grade, ["package", "norms", "--dry-run"], tmp_path)[:2] == (0, "would write kit.zip: norms\n")
    monkeypatch.setattr("grader.cli.grade.course_of_checkout", lambda: None)
    code, _, told = here(grade, ["package", "norms"], tmp_path)
    assert (code, "There is no course here, and this d2l-grader carries none. Say --course FOLDER." in told) == (
        2,
        True,
    )


def test_a_kit_of_the_wheels_course(tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the same files as one made from the course itself."""
    from zipfile import ZipFile

    course = write_mean_course(tmp_path / "c")
    assert here(grade, ["package", "means", "--jobs", "1", "-o", "one.zip"], course)[0] == 0
    with ZipFile(course / "one.zip") as archive:
        archive.extractall(tmp_path / "data")
    monkeypatch.setattr("grader.cli.grade.course_of_checkout", lambda: None)
    monkeypatch.setattr(package, "built_in", lambda: tmp_path / "data")
    assert common.course_around() is None or common.course_around() == course
    code, said, _ = here(grade, ["package", "means", "-o", str(tmp_path / "two.zip")], tmp_path)
    assert (code, "It is of the built-in course, Means." in said) == (0, True)
    with ZipFile(course / "one.zip") as one, ZipFile(tmp_path / "two.zip") as two:
        assert {name: one.read(name) for name in one.namelist()} == {name: two.read(name) for name in two.namelist()}


SWALLOWED = """
import os, signal
from grader.cli.common import stopped_at_once
before = signal.getsignal(signal.SIGINT)
with stopped_at_once():
    pass
assert signal.getsignal(signal.SIGINT) is before
with stopped_at_once():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        pass
    print("went on")
"""


def test_ctrl_c_is_no_answer(tmp_path: Path) -> None:
    """The doctor asks pages in its own process, where an exception of any kind is an answer; Ctrl-C ends it anyway."""
    ended = run(SWALLOWED, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert (ended.returncode, ended.stdout) == (130, "")
    assert "stopped." in ended.stderr


def test_the_folder_of_d2l_toml_is_for_all_assignments(tmp_path: Path, here: Here) -> None:
    """Each assignment has a folder in it; what the command line says is meant as it stands."""
    (tmp_path / "d2l.toml").write_text('out = "marks"\n')
    _, _, of_file = here(grade, ["marks", "--assignment", "hw1"], tmp_path)
    assert "marks/hw1" in of_file
    _, _, of_line = here(grade, ["marks", "--assignment", "hw1", "-o", "elsewhere"], tmp_path)
    assert "elsewhere" in of_line and "elsewhere/hw1" not in of_line
