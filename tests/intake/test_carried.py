"""A submission that travels as raw bytes is read as it would have been read where it lay."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import carried as carried_module
from grader.intake.carried import TooMuchToCarryError, carried_files
from grader.intake.files import MAX_BYTES, MAX_NOTEBOOK_BYTES, Unreadable
from grader.intake.handed_in import HandedIn, Part
from grader.intake.read import read_handed_in, read_members

WANTED = {"softmax": ("softmax",), "norms": ("lp_norm",)}
SOURCE = "import helpers\n\n\ndef softmax(X):\n    return helpers.twice(X)\n"
HELPERS = "def twice(X):\n    return X + X\n"
NOTEBOOK = json.dumps(
    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "source": SOURCE, "metadata": {}, "outputs": [], "execution_count": None, "id": "a"}]}
)  # fmt: skip


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def tarred(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


def _written(files: dict[str, bytes | str]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return write


def _with_links(folder: Path) -> None:
    (folder / "real.py").write_text(SOURCE)
    (folder / "softmax.py").symlink_to(folder / "real.py")
    (folder / "deeper").symlink_to(folder)
    os.mkfifo(folder / "norms.py")


def _with_an_odd_name(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/softmax\xff.py")).write_text(SOURCE)


HANDED_IN: dict[str, Callable[[Path], None]] = {
    "a module, and one of the student's own": _written({"softmax.py": SOURCE, "helpers.py": HELPERS, "notes.txt": "x"}),
    "a notebook": _written({"softmax.ipynb": NOTEBOOK}),
    "deeper, under another name": _written({"a/b/Softmax (1).py": SOURCE, "a/b/helpers.py": HELPERS}),
    "two that differ": _written({"softmax.py": SOURCE, "softmax_final.py": SOURCE.replace("twice", "thrice")}),
    "a zip": _written({"work.zip": zipped({"w/softmax.py": SOURCE, "w/helpers.py": HELPERS})}),
    "a tar": _written({"work.tar.gz": tarred({"softmax.py": SOURCE, "../../etc/passwd": "x"})}),
    "a zip that is none": _written({"work.zip": b"PK\x03\x04 and then nothing"}),
    "a file of Windows": _written({"softmax.py": SOURCE.replace("\n", "\r\n").encode("utf-16")}),
    "too large a module": _written({"softmax.py": b"#" * (MAX_BYTES + 1)}),
    "a module as large as may be": _written({"softmax.py": SOURCE.encode() + b"#" * (MAX_BYTES - len(SOURCE))}),
    "too large a notebook": _written({"softmax.ipynb": b"#" * (MAX_NOTEBOOK_BYTES + 1)}),
    "bytes that are no text": _written({"softmax.py": bytes(range(256))}),
    "links, and a line to wait at": _with_links,
    "a name that is no text": _with_an_odd_name,
    "hidden files": _written({".softmax.py": SOURCE, "__MACOSX/softmax.py": SOURCE, ".DS_Store": b"\0"}),
    "nothing": lambda folder: None,
}


@pytest.mark.parametrize("write", HANDED_IN.values(), ids=HANDED_IN.keys())
def test_it_is_read_as_it_would_be_where_it_lies(tmp_path: Path, write: Callable[[Path], None]) -> None:
    """Sources, problems, notes and digest; also when the files have gone meanwhile."""
    folder = tmp_path / "ada"
    folder.mkdir()
    write(folder)
    for mapped in ((), (("norms", "notes.txt"),)):
        here = HandedIn("ada", (Part(folder),), notes=("is late",) if mapped else (), mapped=mapped)
        read = read_handed_in(here, WANTED)
        there = HandedIn("ada", notes=here.notes, mapped=mapped)
        elsewhere = read_members(there, [each.member for each in carried_files(here.parts)], WANTED)
        assert elsewhere == read
        assert elsewhere.digest == read.digest
    assert read.problem or read.sources, "what a submission shows must be something"


def test_a_student_in_the_zip_of_a_class(tmp_path: Path) -> None:
    """It is cut out of the zip, and no other student's work travels with it."""
    (tmp_path / "class.zip").write_bytes(zipped({"ada/softmax.py": SOURCE, "bob/softmax.py": "secret of bob's"}))
    here = HandedIn("ada", (Part(tmp_path / "class.zip", "ada/"),))
    files = carried_files(here.parts)
    assert [(each.path, each.data) for each in files] == [("softmax.py", SOURCE.encode())]
    assert read_members(HandedIn("ada"), [each.member for each in files], WANTED) == read_handed_in(here, WANTED)


def test_what_cannot_travel_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is a link; more bytes than are sent to another machine."""
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(Unreadable, match="symbolic link"):
        carried_files([Part(tmp_path / "link")])
    monkeypatch.setattr(carried_module, "MAX_CARRIED", 3 << 20)
    for number in range(4):
        (tmp_path / f"data{number}.txt").write_bytes(bytes(1 << 20))
    with pytest.raises(TooMuchToCarryError, match="more than 3 MiB together"):
        carried_files([Part(tmp_path)])
