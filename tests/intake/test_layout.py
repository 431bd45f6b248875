"""Downloads as their systems' own documentation and sources describe them, as folders and as the zip they came as."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake.layout import LAYOUTS, intake
from grader.model.errors import UsageError
from grader.model.student import Student
from tests.helpers.downloads import (
    ANONYMOUS,
    CANVAS,
    FOLDERS,
    GRADESCOPE,
    MOODLE,
    MOODLE_FLAT,
    Files,
    folder_of,
    read,
    tar_of,
    zip_named_in,
    zip_of,
)


@pytest.fixture(params=["folder", "zip", "folder in a folder", "folder in a zip"])
def arrived(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Makes a download, in one of the ways in which it may lie on an instructor's disk."""

    def made(files: Files) -> Path:
        below = {f"assignment 7/{name}": content for name, content in files.items()}
        packed = zip_of(below if request.param == "folder in a zip" else files)
        if request.param.endswith("zip"):
            (tmp_path / "submissions.zip").write_bytes(packed)
            return tmp_path / "submissions.zip"
        return folder_of(tmp_path / "class", below if request.param == "folder in a folder" else files)

    return made


def test_canvas(arrived) -> None:  # type: ignore[no-untyped-def]
    """Who, Canvas's id, LATE, re-uploads, archives, text entries, underscores and Chinese in names."""
    path = arrived(CANVAS)
    found = read(path, "softmax", "dropout")
    assert intake(path).says == LAYOUTS["canvas"].says
    assert {student: dict(each.sources) for student, each in found.items()} == {
        "doeada_12345": {"softmax": "ada = 1", "dropout": "ada = 2"},
        "doeada_22222": {"softmax": "another = 1"},
        "eve_12349": {},
        "liebo_12346": {"softmax": "li = 10"},
        "o_brien_12347": {"softmax": "brien = 1"},
        "李雷_12348": {"softmax": "lei = 1"},
    }
    assert found["liebo_12346"].notes == (
        "handed in late, says Canvas", "softmax-1.py was uploaded again", "softmax.py was uploaded again",
    )  # fmt: skip
    assert "text or a link was handed in" in str(found["eve_12349"].problem)
    assert intake(path).late == ("liebo_12346",)
    assert intake(path).about[0] == Student("doeada_12345", "doeada", id="12345")


def test_canvas_marked_anonymously(arrived) -> None:  # type: ignore[no-untyped-def]
    """There is no name, and the id has letters in it."""
    found = read(arrived(ANONYMOUS))
    assert {student: dict(each.sources) for student, each in found.items()} == {
        "anon_7mWz2": {"softmax": "x = 2"}, "anon_Xk3Pq": {"softmax": "x = 1"},
    }  # fmt: skip
    assert found["anon_7mWz2"].notes


def test_moodle(arrived) -> None:  # type: ignore[no-untyped-def]
    """Full names with spaces, the participant's number, an online text beside or instead of files, a group."""
    path = arrived(MOODLE)
    found = read(path)
    assert intake(path).says == LAYOUTS["moodle"].says
    assert {student: each.sources.get("softmax") for student, each in found.items()} == {
        "Ada Doe_12345": "ada = 1",
        "Anna-Lena von der Au_12346": "anna = 1",
        "Default group": "group = 1",
        "Eve_12348": None,
        "Zoe_12349": None,
        "李 雷_12347": "lei = 1",
    }
    assert found["Zoe_12349"].problem == "there is no softmax.py; essay.pdf is there, which is not read"
    assert "an online text was handed in" in str(found["Eve_12348"].problem)
    assert not found["Eve_12348"].absent
    assert intake(path).about[0] == Student("Ada Doe_12345", "Ada Doe", id="12345")


def test_moodle_without_folders(arrived) -> None:  # type: ignore[no-untyped-def]
    """ "Download submissions in folders" is a choice: without it all of that is in the files' names."""
    found = read(arrived(MOODLE_FLAT))
    assert [each.sources.get("softmax") for each in found.values()] == ["ada = 1", "bob = 1", None]


def test_gradescope(arrived) -> None:  # type: ignore[no-untyped-def]
    """People and their numbers as text; everyone of a group is graded; of two submissions the last one."""
    path = arrived(GRADESCOPE)
    found = read(path)
    assert intake(path).says == LAYOUTS["gradescope"].says
    assert {student: each.sources["softmax"] for student, each in found.items()} == {
        "ada@example.edu": "new = 1",
        "bob@example.edu": "group = 1",
        "lei@example.edu": "group = 1",
        "submission_999": "nobody = 1",
    }
    ada, bob, lei, _ = intake(path).about
    assert (ada.name, ada.email, ada.sis_id) == ("Ada Doe", "ada@example.edu", "0042")
    assert (bob.sis_id, lei.sis_id, lei.name) == ("0777", "", "李雷")


@pytest.mark.parametrize("text", ["a: [", "just text", "", "- 1\n- 2\n", "[" * 100_000, "\0"])
def test_metadata_that_is_none(tmp_path: Path, text: str) -> None:
    """It is one line about that file."""
    folder_of(tmp_path, {"submission_metadata.yml": text, "submission_1/softmax.py": ""})
    with pytest.raises(UsageError, match=r"submission_metadata\.yml is not what Gradescope writes"):
        intake(tmp_path)


def test_folders_and_archives(tmp_path: Path) -> None:
    """A folder or an archive of any kind for each student, mixed."""
    found = read(folder_of(tmp_path, FOLDERS))
    assert {student: dict(each.sources) for student, each in found.items()} == {
        name: {"softmax": f"{name.partition('.')[0]} = 1"}
        for name in ("ada", "bob", "cyd", "dan", "eve", "fay.v2", "gil")
    }


def test_folders_in_a_zip_with_a_folder_around_them(tmp_path: Path) -> None:
    """As file managers pack a folder; but a zip with one student in it is that student's."""
    (tmp_path / "class.zip").write_bytes(zip_of({f"class/{name}": content for name, content in FOLDERS.items()}))
    (tmp_path / "one.zip").write_bytes(zip_of({"ada/week 1/softmax.py": "x = 1"}))
    assert len(read(tmp_path / "class.zip")) == 7
    assert list(read(tmp_path / "one.zip")) == ["ada"]


@pytest.mark.parametrize("encoding", ["gb18030", "cp437", "utf-8"])
def test_names_in_the_encoding_of_some_windows(tmp_path: Path, encoding: str) -> None:
    """A zip need not say how its names are written."""
    names = ("Müller", "André") if encoding == "cp437" else ("李雷", "王珺", "張曉明")
    files = {f"{name}/softmax.py": "x = 1" for name in names}
    (tmp_path / "class.zip").write_bytes(zip_named_in(encoding, files))
    assert set(read(tmp_path / "class.zip")) == set(names)


def test_nbgrader(tmp_path: Path) -> None:
    """A course folder of nbgrader's: what it has collected."""
    folder_of(
        tmp_path, {"nbgrader_config.py": "", "submitted/ada/ps1/softmax.py": "ada = 1", "source/ps1/softmax.py": ""}
    )
    assert intake(tmp_path).says == LAYOUTS["nbgrader"].says
    assert {student: each.sources for student, each in read(tmp_path).items()} == {"ada": {"softmax": "ada = 1"}}
    assert list(read(tmp_path / "submitted")) == ["ada"]


def test_a_student_does_not_choose_the_layout(tmp_path: Path) -> None:
    """A file called as another system would call it changes nothing for the class."""
    hostile = {
        "eve_1_2_a_1_assignsubmission_file_.py": "", "eve_1_3_submission_metadata.yml": "x", "eve_1_4_5_6_softmax.py": "",
    }  # fmt: skip
    found = intake(folder_of(tmp_path, {**CANVAS, **hostile}))
    assert found.says == LAYOUTS["canvas"].says
    assert len(found.handed_in) == 7


def test_the_layout_may_be_said(tmp_path: Path) -> None:
    """Where it is recognised wrongly."""
    folder_of(tmp_path, MOODLE)
    assert "Ada Doe_12345_assignsubmission_file_" in read(tmp_path, layout="folders")
    with pytest.raises(UsageError, match="holds no submissions: Canvas's download is expected"):
        intake(tmp_path, "canvas")


def test_packing_again_changes_no_digest(tmp_path: Path) -> None:
    """Work is the files that are read, not how they are wrapped up: it need not be graded again."""
    files = {"softmax.py": "x = 1"}
    folder_of(tmp_path / "a", {"ada/softmax.py": "x = 1"})
    folder_of(tmp_path / "b", {"ada.zip": zip_of(files)})
    folder_of(tmp_path / "c", {"ada.tgz": tar_of(files, "gz")})
    folder_of(tmp_path / "d", {"ada.zip": zip_of({"softmax.py": "x = 2"})})
    first, second, third, other = (read(tmp_path / name)["ada"].digest for name in "abcd")
    assert first == second == third != other
