"""The files of a submission: whatever editor wrote them is read, and what is odd costs one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.grading.examine import examine
from grader.intake.files import Unreadable, read_source
from grader.model.keys.key import AnswerKey
from grader.model.result import Verdict
from grader.report.explanation import explanation
from grader.sandbox.session import Sandbox
from tests.helpers.submissions import (
    only,
    read_class,
    right,
)

TEXT = "# 注意：减去最大值\ndef f():\n    return '溢出'\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.encode("gbk"),
        TEXT.replace("\n", "\r\n").encode("gb18030"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "BOM", "CRLF", "CR", "GBK", "GB18030", "UTF-16", "UTF-16 BE"],
)
def test_encodings_are_read(data: bytes, tmp_path: Path) -> None:
    """Whatever editor wrote it, the text is the text."""
    path = tmp_path / "softmax.py"
    path.write_bytes(data)
    assert read_source(path) == TEXT


@pytest.mark.parametrize(
    ("source", "encoding"),
    [
        ("# Größe der Matrix\ns = 'für'\n", "cp1252"),
        ('"""Carrés élevés"""\nx = "é"\n', "cp1252"),
        ("# każda wartość\ns = 'źle'\n", "cp1250"),
        ("# среднее по строкам\n", "cp1251"),
    ],
)
def test_what_a_windows_editor_saves_is_read(tmp_path: Path, source: str, encoding: str) -> None:
    """In the encoding of its country, which the file does not name."""
    path = tmp_path / "softmax.py"
    path.write_bytes(source.encode(encoding))
    assert read_source(path) == source


def test_a_declared_encoding_is_believed(tmp_path: Path) -> None:
    """PEP 263: what the first lines say comes before any guess."""
    text = "# -*- coding: latin-1 -*-\nname = 'Amélie'\n"
    path = tmp_path / "softmax.py"
    path.write_bytes(text.encode("latin-1"))
    assert read_source(path) == text


def giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 20)


def link(path: Path) -> None:
    target = path.parent.parent / "secret.py"
    target.write_text("x = 1\n")
    path.symlink_to(target)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


def no_encoding(path: Path) -> None:
    path.write_bytes(b"# \x81 \x8d\n")


def unreadable(path: Path) -> None:
    path.write_text("x = 1\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")


ODD = {
    giant: "softmax.py is too large (100.0 MiB; 1 are allowed)",
    link: "softmax.py is a symbolic link",
    device: "softmax.py is a symbolic link",
    os.mkfifo: "softmax.py is not a regular file",
    binary: "softmax.py is not text",
    no_encoding: "softmax.py is in an unknown encoding; save it as UTF-8",
    unreadable: "softmax.py cannot be read: Permission denied",
}


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_odd_files_are_one_line_and_the_class_goes_on(
    make: object, sandbox: Sandbox, key: AnswerKey, tmp_path: Path
) -> None:
    """The exercises of that file have no mark and the line; the student's other file and the other student are graded."""
    assert callable(make)
    for student in ("odd", "usual"):
        (tmp_path / student).mkdir()
        (tmp_path / student / "broadcasting.py").write_text(right("broadcasting"))
    (tmp_path / "usual" / "softmax.py").write_text(right("softmax"))
    make(tmp_path / "odd" / "softmax.py")
    asked = only(key, "broadcasting.center", "softmax.softmax")
    odd, usual = (examine(asked, each, sandbox) for each in read_class(tmp_path, ("broadcasting", "softmax")))
    assert [each.verdict for each in odd.exercises] == [Verdict.PASSED, Verdict.NOT_GRADED]
    assert {explanation(check) for check in odd.exercises[1].checks} == {ODD[make]}  # type: ignore[index]
    assert all(each.passed for each in usual.exercises)


def test_a_folder_named_like_a_file_is_no_file(tmp_path: Path) -> None:
    """It is looked into like any other folder; what lies in it is found."""
    (tmp_path / "a" / "softmax.py").mkdir(parents=True)
    (tmp_path / "b" / "homework" / "week 3").mkdir(parents=True)
    (tmp_path / "b" / "homework" / "week 3" / "softmax.py").write_text("x = 1\n")
    nothing, something = read_class(tmp_path, ["softmax"])
    assert nothing.problem
    assert nothing.absent
    assert something.sources == {"softmax": "x = 1\n"}


def test_of_two_files_neither_is_guessed(tmp_path: Path) -> None:
    """Two softmax.py in two folders: the student says which. One at the top is the one."""
    for place in ("one", "two"):
        (tmp_path / "a" / place).mkdir(parents=True)
        (tmp_path / "a" / place / "softmax.py").write_text(f"# {place}\n")
    (submission,) = read_class(tmp_path, ["softmax"])
    assert "softmax" in submission.problems
    assert submission.problems["softmax"].startswith("one/softmax.py and two/softmax.py differ")
    (tmp_path / "a" / "softmax.py").write_text("# top\n")
    (submission,) = read_class(tmp_path, ["softmax"])
    assert submission.sources == {"softmax": "# top\n"}


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    """A submission that is a link to elsewhere is refused by name."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "softmax.py").write_text("x = 1\n")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "eve").symlink_to(tmp_path / "elsewhere")
    (submission,) = read_class(tmp_path / "class", ["softmax"])
    assert submission.problem == "the folder is a symbolic link"
    with pytest.raises(Unreadable, match="is a folder"):
        read_source(tmp_path / "class")
