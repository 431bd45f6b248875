"""Downloads and archives as learning systems, students and attackers make them."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from grader.intake.layout import intake
from grader.intake.read import read_handed_in
from grader.intake.roster import Roster
from grader.intake.submission import Submission

Files = Mapping[str, str | bytes]


def bytes_of(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def folder_of(path: Path, files: Files) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(bytes_of(content))
    return path


def zip_of(files: Files, change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> bytes:
    """A zip; `change` may alter each entry before it is written."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, bytes_of(content))
    return made.getvalue()


def zip_named_in(encoding: str, files: Files) -> bytes:
    """A zip whose names are in the encoding of some Windows, with nothing that says so."""
    codes = {name: str(place).ljust(len(name.encode(encoding)), "x") for place, name in enumerate(files)}
    made = zip_of({codes[name]: content for name, content in files.items()})
    for name, code in codes.items():
        made = made.replace(code.encode(), name.encode(encoding))
    return made


def tar_of(
    files: Files, packed: str = "", change: Callable[[tarfile.TarInfo], None] = lambda info: None, format: int = 2
) -> bytes:
    """A tar, packed with "gz", "xz", "bz2" or not at all; the same bytes whenever it is made."""
    made, inside = io.BytesIO(), "" if packed == "gz" else packed
    with tarfile.open(fileobj=made, mode=f"w:{inside}", format=format) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(bytes_of(content))
            change(info)
            archive.addfile(info, io.BytesIO(bytes_of(content)))
    # tarfile would write the time of day into a gzip's header.
    return gzip.compress(made.getvalue(), mtime=0) if packed == "gz" else made.getvalue()


def read(path: Path, *topics: str, layout: str | None = None, roster: Roster | None = None) -> dict[str, Submission]:
    """Everyone's submission."""
    found = intake(path, layout, roster).handed_in
    return {each.student: read_handed_in(each, dict.fromkeys(topics or ("softmax",), ())) for each in found}


# What learning systems write, as their own documentation and sources describe it.

CANVAS: Files = {
    "doeada_12345_67890_softmax.py": "ada = 1",
    "doeada_12345_67891_dropout-2.py": "ada = 2",
    "liebo_LATE_12346_67892_softmax-1.py": "li = 1",
    "liebo_LATE_12346_67893_softmax.py": "li = 0",
    "liebo_LATE_12346_67894_softmax-10.py": "li = 10",
    "o_brien_12347_67895_hw_1_2_3.zip": zip_of({"hw/softmax.py": "brien = 1"}),
    "李雷_12348_67896_softmax.ipynb": '{"cells": [{"cell_type": "code", "source": "lei = 1"}], "metadata": {}}',
    "eve_12349_text.html": "<p>def softmax(x): return 1</p>",
    "doeada_22222_67897_softmax.py": "another = 1",
}
ANONYMOUS: Files = {
    "anon_Xk3Pq_67890_softmax.py": "x = 1",
    "LATE_anon_7mWz2_67891_softmax.py": "x = 2",
}
MOODLE: Files = {
    "Ada Doe_12345_assignsubmission_file_/softmax.py": "ada = 1",
    "Ada Doe_12345_assignsubmission_onlinetext_/onlinetext.html": "<p>as discussed</p>",
    "Anna-Lena von der Au_12346_assignsubmission_file/week 1/softmax.py": "anna = 1",
    "李 雷_12347_assignsubmission_file_/hw.tar.gz": tar_of({"softmax.py": "lei = 1"}, "gz"),
    "Eve_12348_assignsubmission_onlinetext_/onlinetext.html": "<p>def softmax</p>",
    "Default group_assignsubmission_file_/softmax.py": "group = 1",
    "Zoe_12349_assignsubmission_file_/essay.pdf": "%PDF",
}
MOODLE_FLAT: Files = {
    "Ada Doe_12345_assignsubmission_file_softmax.py": "ada = 1",
    "Bob_12346_assignsubmission_file_softmax.py": "bob = 1",
    "Eve_12348_assignsubmission_onlinetext_onlinetext.html": "<p>def softmax</p>",
}
METADATA = """---
submission_101:
  :submitters:
  - :name: Ada Doe
    :sid: '0042'
    :email: ada@example.edu
  :created_at: 2026-03-01 12:00:00.000000000 Z
  :score: 3.0
  :status: processed
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    output: "nothing: to see"
  :history: []
submission_102:
  :submitters:
  - :name: Bob
    :sid: 0777
    :email: bob@example.edu
  - :name: 李雷
    :sid:
    :email: lei@example.edu
  :created_at: 2026-03-01 13:00:00.000000000 Z
submission_103:
  :submitters:
  - :name: Ada Doe
    :sid: '0042'
    :email: ada@example.edu
  :created_at: 2026-03-02 09:00:00.000000000 Z
"""
GRADESCOPE: Files = {
    "submission_metadata.yml": METADATA,
    "submission_101/softmax.py": "old = 1",
    "submission_102/src/softmax.py": "group = 1",
    "submission_103/softmax.py": "new = 1",
    "submission_999/softmax.py": "nobody = 1",
}
FOLDERS: Files = {
    "ada/softmax.py": "ada = 1",
    "bob.zip": zip_of({"softmax.py": "bob = 1"}),
    "cyd.tar.xz": tar_of({"hw/softmax.py": "cyd = 1"}, "xz"),
    "dan.tar": tar_of({"./softmax.py": "dan = 1"}),
    "eve.tar.bz2": tar_of({"softmax.py": "eve = 1"}, "bz2"),
    "fay.v2.tgz": tar_of({"softmax.py": "fay = 1"}, "gz"),
    "gil/homework.zip": zip_of({"softmax.py": "gil = 1"}),
    "notes.txt": "x",
    ".DS_Store": "x",
    "__MACOSX/ada/._softmax.py": "x",
}
